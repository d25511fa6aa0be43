"""Stripe's events: each takes effect once, in the transaction that notes it.

An event that can't be applied is kept, is shown to staff, and can be applied again. What is about
nothing of ours is noted, since the account is the business's own and it may do more there.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from auth.staff import Staff
from db.statements import fetch
from db.transactions import transactional
from errors import NotFound
from integrations.stripe.webhook_payloads import (
    AccountReport,
    ChargeReport,
    Event,
    InvalidPayload,
    PaymentReversalReport,
    SessionReport,
)
from models import AuditAction, Checkout, Company, EventStatus, StripeEvent
from services.checkout.settlement import ReportMismatch, settle_payment_reversals, settle_session
from services.common import audit_log
from services.ledger.open_checkouts import expire_all_open_checkouts

FAULT: Final = "A fault of the portal's; its log says more."
_LONGEST_ID: Final = 255
_FOREIGN: Final = "It comes from another account than the one that was to be paid."
_NOT_OURS: Final = "It is about nothing that was asked for here."
_LOCK_THOSE_PAID: Final = """
    SELECT id FROM company WHERE id IN (SELECT company_id FROM checkout WHERE account = $1)
    ORDER BY id FOR NO KEY UPDATE
"""


class _Verdict(Exception):
    """What becomes of an event that has no effect, or none yet, and why."""

    def __init__(
        self,
        status: EventStatus,
        detail: str,
        *,
        waits_for: str | None = None,
        company_id: UUID | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.waits_for = waits_for
        self.company_id = company_id


@transactional
async def receive(event: Event, *, livemode: bool) -> StripeEvent:
    """Return what became of an event: now, or when it came before.

    `livemode`: whether real money moves here. Events of the other kind are parked.
    """
    if not await _note(event):
        row = await StripeEvent.get(id=event.id)
        if row.payload is None:
            return row
    return await _apply(event, livemode=livemode)


@transactional
async def park(event: Event) -> StripeEvent:
    """Keep an event that our own fault keeps from being applied, for people to look at."""
    await _note(event)
    row = await StripeEvent.get(id=event.id)
    if row.payload is not None:
        row.status, row.detail = EventStatus.PARKED, FAULT
        row.company_id = await _company_of(event)
        await row.save(update_fields=["status", "detail", "company_id"])
    return row


@transactional
async def replay(staff: Staff, event_id: str, *, livemode: bool) -> StripeEvent:
    """Apply an event of the company's that is kept, and return what became of it.

    What is applied already stays as it is. Raises NotFound.
    """
    if len(event_id) > _LONGEST_ID or "\x00" in event_id:  # it could not be in the column
        raise NotFound
    row = await StripeEvent.get_or_none(id=event_id, company_id=staff.company_id)
    if row is None:
        raise NotFound
    if row.payload is None:
        return row
    row = await _apply(Event.parse(row.payload), livemode=livemode)
    await audit_log.note(staff, AuditAction.STRIPE_EVENT_REPLAYED, staff.company_id, row.id[:200])
    return row


def events_of(staff: Staff, statuses: Sequence[EventStatus]) -> QuerySet[StripeEvent]:
    """Return the company's events with these statuses."""
    return StripeEvent.filter(company_id=staff.company_id, status__in=statuses)


async def _note(event: Event) -> bool:
    """Note that an event has come; returns False if it had before.

    Of two at once the second waits until the first is through.
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


async def _apply(event: Event, *, livemode: bool) -> StripeEvent:
    company_id: UUID | None
    verdict = None
    try:
        company_id = await _take(event, livemode=livemode)
    except _Verdict as raised:
        verdict, company_id = raised, raised.company_id or await _company_of(event)
    row = await StripeEvent.get(id=event.id)
    row.company_id = company_id or row.company_id
    row.status = verdict.status if verdict else EventStatus.APPLIED
    row.detail = verdict.detail if verdict else None
    row.payment_intent = verdict.waits_for if verdict else None
    if row.status not in {EventStatus.WAITING, EventStatus.PARKED}:
        row.payload = None
    await row.save(update_fields=["company_id", "status", "detail", "payment_intent", "payload"])
    return row


async def _take(event: Event, *, livemode: bool) -> UUID:
    """Take in what an event reports, and return whose it is. Raises _Verdict for no effect."""
    if not event.is_handled:
        raise _Verdict(EventStatus.IGNORED, "Events of this type mean nothing here.")
    try:
        report = event.read()
    except InvalidPayload as reason:
        raise _Verdict(EventStatus.PARKED, str(reason)) from reason
    if isinstance(report, AccountReport):
        _require_mode(event, EventStatus.IGNORED, livemode=livemode)
        return await _take_account(event, report)
    if isinstance(report, SessionReport):
        checkout = await _opened_by(report)
    else:
        checkout = await _paid_by(event, report.payment_intent, livemode=livemode)
    if event.account != checkout.account:
        raise _Verdict(EventStatus.PARKED, _FOREIGN)
    _require_mode(event, EventStatus.PARKED, livemode=livemode)
    try:
        await _settle(checkout, report)
    except ReportMismatch as reason:
        raise _Verdict(EventStatus.PARKED, str(reason), company_id=checkout.company_id) from reason
    return checkout.company_id


async def _settle(
    checkout: Checkout, report: SessionReport | ChargeReport | PaymentReversalReport
) -> None:
    match report:
        case SessionReport():
            await settle_session(checkout.id, report)
        case ChargeReport():
            await settle_payment_reversals(checkout.id, report, ())
        case PaymentReversalReport():
            await settle_payment_reversals(checkout.id, None, [report])


def _require_mode(event: Event, otherwise: EventStatus, *, livemode: bool) -> None:
    """Raise _Verdict for test money where real money moves, and the other way round.

    An endpoint for real money hears of an account's test money, too.
    """
    if event.livemode != livemode:
        kind = "real money" if event.livemode else "test money"
        raise _Verdict(otherwise, f"It is about {kind}.")


async def _opened_by(report: SessionReport) -> Checkout:
    """Return the attempt whose session this is."""
    checkout = await Checkout.get_or_none(session_id=report.session_id) or await _hinted(report)
    if checkout is None:
        raise _Verdict(EventStatus.IGNORED, _NOT_OURS)
    return checkout


async def _hinted(report: SessionReport) -> Checkout | None:
    """Return the attempt of which the session may have come: its answer may never have reached us.

    Whether it fits is checked by whoever takes it in.
    """
    try:
        hint = UUID(report.reference)
    except (TypeError, ValueError, AttributeError):
        return None
    return await Checkout.get_or_none(id=hint)


async def _paid_by(event: Event, payment_intent: str | None, *, livemode: bool) -> Checkout:
    """Return the checkout whose payment this is; one that is not known yet may still be."""
    if payment_intent is None:
        raise _Verdict(EventStatus.IGNORED, _NOT_OURS)
    checkout = await Checkout.get_or_none(payment_intent=payment_intent)
    if checkout is None:
        # Whoever learns of a payment holds its company's lock. So either it is known once that is
        # free, or he will find this event waiting.
        if not await fetch(_LOCK_THOSE_PAID, event.account):
            raise _Verdict(EventStatus.IGNORED, _NOT_OURS)
        checkout = await Checkout.get_or_none(payment_intent=payment_intent)
    if checkout is None:
        _require_mode(event, EventStatus.IGNORED, livemode=livemode)
        raise _Verdict(
            EventStatus.WAITING,
            "It is about a payment that is not known here.",
            waits_for=payment_intent,
        )
    return checkout


async def _take_account(event: Event, report: AccountReport) -> UUID:
    """Have the companies with this account follow it; returns one of them."""
    companies = (
        await Company.filter(stripe_account=event.account or "")
        .select_for_update(no_key=True)
        .order_by("id")
    )
    if event.account is None or not companies:
        raise _Verdict(EventStatus.IGNORED, _NOT_OURS)
    for company in companies:
        await note_account(company, report, event.created_at)
    return companies[0].id


async def note_account(company: Company, report: AccountReport, at: datetime) -> None:
    """Have a locked company follow what Stripe said `at` that time, unless it has said more since.

    Of two reports of the same second the one that allows less holds.
    """
    if not report.connected:
        await forget_account(company)
        return
    reported_at = company.charges_reported_at
    if reported_at is not None and at < reported_at:
        return
    enabled = report.charges_enabled
    if at == reported_at:
        enabled = enabled and company.charges_enabled
    company.charges_enabled, company.charges_reported_at = enabled, at
    await company.save(update_fields=["charges_enabled", "charges_reported_at"])


async def forget_account(company: Company) -> None:
    """Disconnect a locked company from its account. Attempts to pay are called off."""
    company.stripe_account, company.charges_enabled = None, False
    company.charges_reported_at = None
    company.stripe_connections += 1
    await company.save(
        update_fields=[
            "stripe_account",
            "charges_enabled",
            "charges_reported_at",
            "stripe_connections",
        ]
    )
    await expire_all_open_checkouts("company_id", company.id)


async def _company_of(event: Event) -> UUID | None:
    """Return the company whose account an event comes from, or once was, if there is one."""
    if event.account is None:
        return None
    company = await Company.filter(stripe_account=event.account).order_by("id").first()
    if company is not None:
        return company.id
    checkout = await Checkout.filter(account=event.account).order_by("id").first()
    return None if checkout is None else checkout.company_id
