"""Stripe's events. Each takes effect once, in the transaction that records it.

An event that can't be applied is kept, shown to staff, and can be applied again. Events about
something else are recorded, too: the account belongs to the business, which may use it elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

from tortoise.queryset import QuerySet

from auth.staff import Staff
from db.statements import fetch
from db.transactions import transactional
from errors import NotFound
from integrations.stripe.payment_details import PaymentDetails
from integrations.stripe.webhook_payloads import (
    AccountReport,
    ChargeReport,
    Event,
    InvalidPayload,
    PaymentReversalReport,
    SessionReport,
    is_id,
)
from models import AuditAction, Checkout, Company, EventStatus, StripeEvent
from services.checkout.settlement import ReportMismatch, settle_payment_reversals, settle_session
from services.checkout.stripe_accounts import apply_account_report
from services.common import audit_log

PORTAL_ERROR: Final = "The portal failed to apply this event. Its log has the details."
_WRONG_ACCOUNT: Final = "The event is from another account than the checkout's."
_UNRELATED: Final = "The event is not about anything that was created here."
_KEPT: Final = frozenset({EventStatus.WAITING, EventStatus.PARKED})
"""Statuses in which the payload is kept, to apply it later."""
_LOCK_PAID_COMPANIES: Final = """
    SELECT id FROM company WHERE id IN (SELECT company_id FROM checkout WHERE account = $1)
    ORDER BY id FOR NO KEY UPDATE
"""

_CheckoutReport: TypeAlias = SessionReport | ChargeReport | PaymentReversalReport


@dataclass(frozen=True, slots=True)
class EventOutcome:
    """What became of an event, and why it had no effect, if it had none."""

    status: EventStatus
    detail: str | None = None
    company_id: UUID | None = None
    payment_intent: str | None = None
    """The payment that a WAITING event waits for."""


@transactional
async def receive(
    event: Event, *, livemode: bool, details: PaymentDetails | None = None
) -> StripeEvent:
    """Apply an event, and return its row. One that was applied before has no effect.

    `livemode`: whether real money moves here. Events of the other mode are parked. `details`: what
    is known of the payment of a session.
    """
    if not await _record(event):
        row = await StripeEvent.get(id=event.id)
        if row.payload is None:
            return row
    return await _apply(event, livemode=livemode, details=details)


@transactional
async def park(event: Event) -> StripeEvent:
    """Keep an event that the portal has failed to apply, for staff to look at."""
    await _record(event)
    row = await StripeEvent.get(id=event.id)
    if row.payload is not None:
        row.status = EventStatus.PARKED
        row.detail = PORTAL_ERROR
        row.company_id = await _company_of(event)
        await row.save(update_fields=["status", "detail", "company_id"])
    return row


@transactional
async def replay(staff: Staff, event_id: str, *, livemode: bool) -> StripeEvent:
    """Apply one of the company's kept events again. An applied one stays as it is.

    Raises NotFound.
    """
    if not is_id(event_id):
        raise NotFound
    row = await StripeEvent.get_or_none(id=event_id, company_id=staff.company_id)
    if row is None:
        raise NotFound
    if row.payload is None:
        return row
    row = await _apply(Event.parse(row.payload), livemode=livemode)
    await audit_log.note(staff, AuditAction.STRIPE_EVENT_REPLAYED, staff.company_id, row.id)
    return row


def events_of(staff: Staff, statuses: Sequence[EventStatus]) -> QuerySet[StripeEvent]:
    """Return the company's events with these statuses."""
    return StripeEvent.filter(company_id=staff.company_id, status__in=statuses)


async def _record(event: Event) -> bool:
    """Record that an event was received; False if it was before.

    If it is being received twice at the same time, this waits for the first transaction.
    """
    added = await fetch(
        "INSERT INTO stripe_event (id, type, account, status, payload, created_at, received_at)"
        " VALUES ($1, $2, $3, 'PARKED', $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING id",
        event.id,
        event.type,
        event.account,
        event.payload,
        event.created_at,
        datetime.now(UTC),
    )
    return bool(added)


async def _apply(
    event: Event, *, livemode: bool, details: PaymentDetails | None = None
) -> StripeEvent:
    outcome = await _process(event, details, livemode=livemode)
    company_id = outcome.company_id or await _company_of(event)
    row = await StripeEvent.get(id=event.id)
    row.company_id = company_id or row.company_id
    row.status = outcome.status
    row.detail = outcome.detail
    row.payment_intent = outcome.payment_intent
    if row.status not in _KEPT:
        row.payload = None
    await row.save(update_fields=["company_id", "status", "detail", "payment_intent", "payload"])
    return row


async def _process(event: Event, details: PaymentDetails | None, *, livemode: bool) -> EventOutcome:
    """Apply what an event reports."""
    if not event.is_handled:
        return _ignored("Events of this type have no effect here.")
    try:
        report = event.read()
    except InvalidPayload as error:
        return EventOutcome(status=EventStatus.PARKED, detail=str(error))
    if isinstance(report, SessionReport) and details is not None:
        report = replace(report, details=details)
    if isinstance(report, AccountReport):
        return await _process_account(event, report, livemode=livemode)
    checkout = await _find_checkout(event, report, livemode=livemode)
    if isinstance(checkout, EventOutcome):
        return checkout
    return await _settle(event, checkout, report, livemode=livemode)


async def _settle(
    event: Event, checkout: Checkout, report: _CheckoutReport, *, livemode: bool
) -> EventOutcome:
    if event.account != checkout.account:
        return EventOutcome(status=EventStatus.PARKED, detail=_WRONG_ACCOUNT)
    if event.livemode != livemode:
        return EventOutcome(status=EventStatus.PARKED, detail=_wrong_mode(event))
    try:
        match report:
            case SessionReport():
                await settle_session(checkout.id, report)
            case ChargeReport():
                await settle_payment_reversals(checkout.id, report, ())
            case PaymentReversalReport():
                await settle_payment_reversals(checkout.id, None, [report])
    except ReportMismatch as mismatch:
        return EventOutcome(
            status=EventStatus.PARKED, detail=str(mismatch), company_id=checkout.company_id
        )
    return EventOutcome(status=EventStatus.APPLIED, company_id=checkout.company_id)


async def _process_account(event: Event, report: AccountReport, *, livemode: bool) -> EventOutcome:
    """Update the companies that have this account."""
    # The endpoint for real money also gets an account's events about test money.
    if event.livemode != livemode:
        return _ignored(_wrong_mode(event))
    companies = (
        await Company.filter(stripe_account=event.account or "")
        .select_for_update(no_key=True)
        .order_by("id")
    )
    if event.account is None or not companies:
        return _ignored(_UNRELATED)
    for company in companies:
        await apply_account_report(company, report, event.created_at)
    return EventOutcome(status=EventStatus.APPLIED, company_id=companies[0].id)


# --- which checkout -------------------------------------------------------------------------------


async def _find_checkout(
    event: Event, report: _CheckoutReport, *, livemode: bool
) -> Checkout | EventOutcome:
    """Return the checkout that is reported about, or the outcome if we know none."""
    if isinstance(report, SessionReport):
        checkout = await Checkout.get_or_none(session_id=report.session_id)
        return checkout or await _by_client_reference(report) or _ignored(_UNRELATED)
    if report.payment_intent is None:
        return _ignored(_UNRELATED)
    checkout = await Checkout.get_or_none(payment_intent=report.payment_intent)
    if checkout is not None:
        return checkout
    return await _find_unknown_payment(event, report.payment_intent, livemode=livemode)


async def _by_client_reference(report: SessionReport) -> Checkout | None:
    """Return the checkout that asked for the session: Stripe's response may have been lost.

    Settlement checks that the session matches.
    """
    try:
        checkout_id = UUID(report.reference)
    except (TypeError, ValueError, AttributeError):
        return None
    return await Checkout.get_or_none(id=checkout_id)


async def _find_unknown_payment(
    event: Event, payment_intent: str, *, livemode: bool
) -> Checkout | EventOutcome:
    """Return the checkout of a payment that a concurrent settlement may just have stored.

    Settlement holds the company's lock, so after waiting for it either the payment is known or
    settlement will see this event WAITING.
    """
    if not await fetch(_LOCK_PAID_COMPANIES, event.account):
        return _ignored(_UNRELATED)
    checkout = await Checkout.get_or_none(payment_intent=payment_intent)
    if checkout is not None:
        return checkout
    if event.livemode != livemode:
        return _ignored(_wrong_mode(event))
    return EventOutcome(
        status=EventStatus.WAITING,
        detail="The payment is not known here yet.",
        payment_intent=payment_intent,
    )


def _ignored(detail: str) -> EventOutcome:
    return EventOutcome(status=EventStatus.IGNORED, detail=detail)


def _wrong_mode(event: Event) -> str:
    return f"The event is about {'real' if event.livemode else 'test'} money."


async def _company_of(event: Event) -> UUID | None:
    """Return the company that has, or had, the account of an event, if there is one."""
    if event.account is None:
        return None
    company = await Company.filter(stripe_account=event.account).order_by("id").first()
    if company is not None:
        return company.id
    checkout = await Checkout.filter(account=event.account).order_by("id").first()
    return None if checkout is None else checkout.company_id
