"""Noting down who did what, inside the transaction that does it."""

from uuid import UUID

from auth.staff import Staff
from models import AuditAction, AuditEntry


async def note(staff: Staff, action: AuditAction, subject_id: UUID, subject: str) -> None:
    """Add an entry for what `staff` did to the thing that people call `subject`."""
    await AuditEntry.create(
        company_id=staff.company_id,
        action=action,
        actor=staff.name,
        credential_id=staff.credential_id,
        subject_id=subject_id,
        subject=subject,
    )
