"""Permissions in the words of the dashboard's pages."""

import re
from typing import Final

from auth.permissions import Permission

LABELS: Final = {
    Permission.VIEW_INVOICES: "See invoices",
    Permission.MANAGE_INVOICES: "Write and send invoices",
    Permission.MANAGE_COMPANY: "Manage the company",
}
_NAME: Final = re.compile("|".join(Permission))


def in_words(text: str) -> str:
    """Return a text with the label of each permission in place of its name."""
    return _NAME.sub(lambda name: f"“{LABELS[Permission(name[0])]}”", text)
