"""Changes of who may do what. Within a company they happen one after the other."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from auth.permissions import Permission
from auth.staff import Staff, still_valid
from errors import Unauthenticated
from models import Company

_NOTHING: Final = "none"


async def lock_rights(staff: Staff) -> Staff:
    """Lock the company, and return the caller with the rights that they have now.

    They may have lost some since they were authenticated. Raises PasswordRequired, Unauthenticated
    if the credential has ended, and Forbidden if it can't manage the company.
    """
    staff.require_recent_password()
    await lock_company(staff.company_id)
    current = (await still_valid([staff.credential_id])).get(staff.credential_id)
    if current is None:
        raise Unauthenticated
    current.require(Permission.MANAGE_COMPANY)
    return current


async def lock_company(company_id: UUID) -> None:
    """Lock the company, so that no rights change until the transaction ends."""
    await Company.select_for_update(no_key=True).get(id=company_id)


def describe_change(before: str, after: str) -> str:
    """Return what the audit log says of a change of stored permissions."""
    return f"Permissions: {_named(before)} → {_named(after)}"


def logged_change(before: str, after: str) -> Mapping[str, object]:
    """Return what the log for monitoring says of it."""
    return {"permissions_before": before.split(), "permissions_after": after.split()}


def _named(stored: str) -> str:
    return ", ".join(stored.split()) or _NOTHING
