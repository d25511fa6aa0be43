"""The audit log: recording who did what, in the transaction that does it.

What concerns security is also a line of the log, `security.…`, for those who watch the portal.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final
from uuid import UUID

from structlog import get_logger

from auth.staff import Staff, system_actor
from db.transactions import after_commit
from models import AuditAction, AuditEntry, Customer, User
from models.documents import PricedDocument

_MAX_SUBJECT: Final = 200
"""Characters that the log keeps of an object's name. Stripe's ids may be longer."""
_SECURITY: Final = frozenset(
    {
        AuditAction.API_KEY_CREATED,
        AuditAction.API_KEY_REVOKED,
        AuditAction.BANK_DETAILS_CHANGED,
        AuditAction.PASSWORD_CHOSEN,
        AuditAction.PASSWORD_CONFIRMED,
        AuditAction.RECOVERY_CODES_REPLACED,
        AuditAction.RECOVERY_CODE_USED,
        AuditAction.SECOND_FACTOR_DISABLED,
        AuditAction.SECOND_FACTOR_ENABLED,
        AuditAction.SECOND_FACTOR_NOT_REQUIRED,
        AuditAction.SECOND_FACTOR_REQUIRED,
        AuditAction.SECOND_FACTOR_RESET,
        AuditAction.SESSION_ENDED,
        AuditAction.SIGNED_IN,
        AuditAction.SIGNED_OUT,
        AuditAction.STRIPE_CONNECTED,
        AuditAction.STRIPE_DISCONNECTED,
        AuditAction.USER_INVITED,
        AuditAction.USER_REMOVED,
        AuditAction.USER_UPDATED,
        AuditAction.WEBHOOK_CREATED,
        AuditAction.WEBHOOK_DELETED,
        AuditAction.WEBHOOK_SECRET_ROTATED,
        AuditAction.WEBHOOK_UPDATED,
    }
)
"""Failed sign-ins and requests for a password are logged where they occur, since many concern
nobody."""

log = get_logger("invotify.security")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


def person(user: User) -> Staff:
    """Return the actor for what somebody does in the name of a user, without a session."""
    return system_actor(user.company_id, user.name)


async def note(
    staff: Staff,
    action: AuditAction,
    subject_id: UUID,
    subject: str,
    *,
    detail: str | None = None,
    logged: Mapping[str, object] = _NOTHING,
) -> None:
    """Add an entry for what `staff` did to the object called `subject`.

    `detail` says why, or what was changed from what to what. What is `logged` is part of the line
    for monitoring, and must be neither secret nor personal.
    """
    await note_all(staff, action, [(subject_id, subject)], detail=detail, logged=logged)


async def note_document(
    staff: Staff, action: AuditAction, document: PricedDocument, *, detail: str | None = None
) -> None:
    """Add an entry for what `staff` did to a document, which its customer's timeline has, too."""
    subject = (document.id, document.label)
    await note_all(staff, action, [subject], customer_id=document.customer_id, detail=detail)


async def note_customer(
    staff: Staff,
    action: AuditAction,
    customer: Customer,
    *,
    subject: str | None = None,
) -> None:
    """Add an entry for what `staff` did to a customer, or to `subject`, which is theirs."""
    subjects = [(customer.id, subject or customer.name)]
    await note_all(staff, action, subjects, customer_id=customer.id)


async def note_all(
    staff: Staff,
    action: AuditAction,
    subjects: Iterable[tuple[UUID, str]],
    *,
    customer_id: UUID | None = None,
    detail: str | None = None,
    logged: Mapping[str, object] = _NOTHING,
) -> None:
    """Add an entry for each of `subjects`, ids and names of objects of a customer or of none."""
    subjects = list(subjects)
    await AuditEntry.bulk_create(
        AuditEntry(
            company_id=staff.company_id,
            action=action,
            actor=staff.name,
            credential_id=staff.credential_id,
            subject_id=subject_id,
            subject=subject[:_MAX_SUBJECT],
            customer_id=customer_id,
            detail=detail,
        )
        for subject_id, subject in subjects
    )
    if action in _SECURITY:
        for subject_id, _ in subjects:
            after_commit(partial(_log, staff, action, subject_id, logged))


def _log(staff: Staff, action: AuditAction, subject_id: UUID, logged: Mapping[str, object]) -> None:
    """Log the event with ids only: names and addresses of people don't belong in the log."""
    event = f"security.{action.lower()}"
    log.info(
        event,
        company_id=str(staff.company_id),
        user_id=staff.user_id and str(staff.user_id),
        credential_id=str(staff.credential_id),
        subject_id=str(subject_id),
        **logged,
    )
