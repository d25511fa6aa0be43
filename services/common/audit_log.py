"""The audit log: recording who did what, in the transaction that does it."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from auth.staff import Staff
from models import AuditAction, AuditEntry

_MAX_SUBJECT: Final = 200
"""Characters that the log keeps of an object's name. Stripe's ids may be longer."""


async def note(
    staff: Staff, action: AuditAction, subject_id: UUID, subject: str, *, detail: str | None = None
) -> None:
    """Add an entry for what `staff` did to the object called `subject`.

    `detail` says why, or what was changed from what to what.
    """
    await note_all(staff, action, [(subject_id, subject)], detail=detail)


async def note_all(
    staff: Staff,
    action: AuditAction,
    subjects: Iterable[tuple[UUID, str]],
    *,
    detail: str | None = None,
) -> None:
    """Add an entry for each of `subjects`, which are ids and names of objects."""
    await AuditEntry.bulk_create(
        AuditEntry(
            company_id=staff.company_id,
            action=action,
            actor=staff.name,
            credential_id=staff.credential_id,
            subject_id=subject_id,
            subject=subject[:_MAX_SUBJECT],
            detail=detail,
        )
        for subject_id, subject in subjects
    )
