"""What users change about themselves. Passwords and second factors have modules of their own."""

from typing import TypedDict

from auth.staff import Staff
from db.transactions import transactional
from errors import Forbidden, Text, gather_refusals
from i18n.translations import normalize_language
from models import AuditAction, User
from services.common import audit_log
from services.common.validation import clean


class AccountChanges(TypedDict, total=False):
    """New values. What is omitted stays as it is."""

    name: str
    language: str | None
    """A BCP 47 tag; None for the company's language."""


@transactional
async def update_account(staff: Staff, changes: AccountChanges) -> User:
    """Change the caller's name and language, and return the user.

    Raises BadInput, and Forbidden for an API key.
    """
    if not staff.is_person:
        raise Forbidden(Text("Only signed-in users have an account."))
    user = await User.select_for_update(no_key=True).get(id=staff.user_id)
    before = user.name, user.language
    with gather_refusals() as refusals:
        if "name" in changes:
            user.name = refusals.of(clean, changes["name"], "name", most=200) or ""
        if "language" in changes:
            chosen = changes["language"]
            user.language = refusals.of(normalize_language, chosen, "language") if chosen else None
    if (user.name, user.language) == before:
        return user
    await user.save(update_fields=["name", "language"])
    detail = f"Name: {before[0]} → {user.name}" if user.name != before[0] else None
    await audit_log.note(staff, AuditAction.USER_UPDATED, user.id, user.name, detail=detail)
    return user
