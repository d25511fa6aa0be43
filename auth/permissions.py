"""What a user or an API key may be allowed to do."""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """A right within one company; the matrix of fields and permissions is in schema/README.md."""

    VIEW_INVOICES = "VIEW_INVOICES"
    MANAGE_INVOICES = "MANAGE_INVOICES"
    MANAGE_COMPANY = "MANAGE_COMPANY"


def dump_permissions(permissions: Iterable[Permission]) -> str:
    """Return the stored form: the names in a fixed order, separated by spaces."""
    chosen = set(permissions)
    return " ".join(permission for permission in Permission if permission in chosen)


def parse_permissions(stored: str) -> frozenset[Permission]:
    """Return the permissions of a stored form."""
    return frozenset(map(Permission, stored.split()))
