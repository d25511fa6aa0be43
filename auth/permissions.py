"""What users and API keys may be allowed to do."""

from collections.abc import Iterable
from enum import StrEnum


class Permission(StrEnum):
    """A right within one company. schema/README.md has the matrix of fields and permissions."""

    VIEW_INVOICES = "VIEW_INVOICES"
    MANAGE_INVOICES = "MANAGE_INVOICES"
    MANAGE_COMPANY = "MANAGE_COMPANY"


def sorted_permissions(permissions: Iterable[Permission]) -> list[Permission]:
    """Return the permissions from the weakest to the strongest, each once."""
    chosen = set(permissions)
    return [permission for permission in Permission if permission in chosen]


def dump_permissions(permissions: Iterable[Permission]) -> str:
    """Return the stored form: names in a fixed order, separated by spaces."""
    return " ".join(sorted_permissions(permissions))


def parse_permissions(stored: str) -> frozenset[Permission]:
    """Return the permissions of a stored form."""
    return frozenset(map(Permission, stored.split()))
