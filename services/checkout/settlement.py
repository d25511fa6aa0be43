"""Applying Stripe's reports of sessions, refunds and disputes to the ledger.

A report only moves rows forward: a checkout's status (`Checkout.move_to`), the rank of a payment
reversal, and the highest amount ever refunded. What is booked is the difference between what those
rows say and what was booked before. So reports can arrive in any order, any number of times.

The ledger of its invoices is locked before the checkout.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from db.statements import fetch, id_of
from db.transactions import transactional
from i18n.locales import DEFAULT_LANGUAGE
from i18n.payments import failure_reason
from integrations.stripe.payment_details import PaymentDetails
from integrations.stripe.webhook_payloads import (
    ChargeReport,
    Event,
    InvalidPayload,
    PaymentReversalReport,
    SessionReport,
)
from models import (
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    EventStatus,
    Invoice,
    InvoiceChange,
    Payment,
    PaymentReversal,
    PaymentReversalKind,
    PaymentReversalStatus,
    Reversal,
    StripeEvent,
    StripeRefund,
)
from services.billing.refund_credits import credit_refund
from services.checkout import refund_requests
from services.checkout.shares import save_moved, shares_of, take_back_each
from services.ledger.booking import Change, book
from services.ledger.locking import LockedLedger, lock_ledger
from services.ledger.payment_emails import (
    queue_failure_notice,
    queue_receipts,
    queue_refund_notice,
)
from values.money import Minor

METHOD: Final = "Stripe"
"""The method of payments from a checkout."""
_MAX_REFERENCE_LENGTH: Final = 200
_SESSION_COLUMNS: Final = (
    *("session_id", "payment_intent"),
    *("method_type", "method_brand", "method_last4"),
    *("started_at", "failed_at", "failure_code"),
)
_CHANGE_BY_STATUS: Final = {
    CheckoutStatus.PENDING: InvoiceChange.PAYMENT_PENDING,
    CheckoutStatus.FAILED: InvoiceChange.PAYMENT_FAILED,
    CheckoutStatus.PAID: InvoiceChange.PAYMENT_RECEIVED,
}
_CHANGE_BY_REVERSAL: Final = {
    PaymentReversalKind.REFUND: InvoiceChange.REFUNDED,
    PaymentReversalKind.DISPUTE: InvoiceChange.DISPUTED,
}
_BOOKED: Final = """
    SELECT payment_id, kind, SUM(reversal.amount) AS amount FROM reversal
    JOIN checkout_share ON checkout_share.id = payment_id
    WHERE checkout_id = $1 GROUP BY payment_id, kind
"""


class ReportMismatch(Exception):
    """The report is not about the checkout that we created. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class _Locked:
    """A checkout and the rows that depend on it, locked until the transaction ends."""

    ledger: LockedLedger
    checkout: Checkout
    shares: Sequence[CheckoutShare]

    def invoice_of(self, payment_id: UUID) -> Invoice:
        """Return the invoice that is paid with one of the shares, whose payment has its id."""
        [share] = [share for share in self.shares if share.id == payment_id]
        return self.ledger.invoices[share.invoice_id]


@transactional
async def settle_session(checkout_id: UUID, report: SessionReport) -> Checkout:
    """Apply a report of the checkout's session. Raises ReportMismatch."""
    locked = await _lock(checkout_id)
    _check_session(locked.checkout, report)
    checkout = locked.checkout
    checkout.session_id = report.session_id
    has_new_payment = checkout.payment_intent is None and report.payment_intent is not None
    checkout.payment_intent = checkout.payment_intent or report.payment_intent
    # OPEN is stored with the page's address, when Stripe returns the created session.
    has_moved = report.status is not CheckoutStatus.OPEN and checkout.move_to(report.status)
    _note_details(checkout, report.details, has_moved=has_moved)
    await save_moved(checkout, *_SESSION_COLUMNS)
    if has_new_payment:
        await _apply_waiting_events(checkout)
    if has_moved and checkout.status is CheckoutStatus.FAILED:
        await queue_failure_notice(locked.ledger.customer, locked.shares)
    await _book(locked, [*_changes(locked)] if has_moved else [])
    return checkout


@transactional
async def settle_payment_reversals(
    checkout_id: UUID,
    charge: ChargeReport | None,
    payment_reversals: Sequence[PaymentReversalReport],
) -> Checkout:
    """Apply refunds and disputes of the checkout's payment. Raises ReportMismatch."""
    locked = await _lock(checkout_id)
    reports = await _apply_payment_reversals(locked.checkout, charge, payment_reversals)
    requests = await refund_requests.match([share.id for share in locked.shares], reports)
    await _book(locked, [], requests)
    return locked.checkout


def _changes(locked: _Locked) -> Iterator[Change]:
    """Yield what happens to the invoices because the checkout has moved to its status."""
    checkout = locked.checkout
    if change := _CHANGE_BY_STATUS.get(checkout.status):
        for share in locked.shares:
            yield Change(
                invoice=locked.ledger.invoices[share.invoice_id],
                change=change,
                amount=share.amount,
                reason=failure_reason(checkout.failure_code, DEFAULT_LANGUAGE),
                subject_id=share.id,
            )


def _note_details(checkout: Checkout, details: PaymentDetails, *, has_moved: bool) -> None:
    """Note what the client paid with, and when and why the payment was delayed or failed."""
    if details.paid_with is not None and checkout.method_type is None:
        checkout.method_type = details.paid_with.type
        checkout.method_brand = details.paid_with.brand
        checkout.method_last4 = details.paid_with.last4
    if has_moved and checkout.status is CheckoutStatus.PENDING:
        checkout.started_at = datetime.now(UTC)
    if has_moved and checkout.status is CheckoutStatus.FAILED:
        checkout.failed_at = datetime.now(UTC)
    if checkout.failed_at is not None and checkout.failure_code is None:
        checkout.failure_code = details.failure_code


# --- reports --------------------------------------------------------------------------------------


async def _lock(checkout_id: UUID) -> _Locked:
    unlocked, shares = await Checkout.get(id=checkout_id), await shares_of(checkout_id)
    invoices = [share.invoice_id for share in shares]
    ledger = await lock_ledger(unlocked.company_id, invoices=invoices)
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    return _Locked(ledger=ledger, checkout=checkout, shares=shares)


def _check_session(checkout: Checkout, report: SessionReport) -> None:
    """Raise ReportMismatch if this is not the session that we asked for."""
    if checkout.session_id not in {None, report.session_id}:
        raise ReportMismatch("This checkout has another session.")
    if report.currency not in {None, checkout.currency}:
        raise ReportMismatch(f"The currency is {report.currency}, not {checkout.currency}.")
    if report.amount not in {None, checkout.amount}:
        raise ReportMismatch("The amount is not the checkout's.")
    if checkout.payment_intent and report.payment_intent not in {None, checkout.payment_intent}:
        raise ReportMismatch("This checkout has another PaymentIntent.")


async def _apply_waiting_events(checkout: Checkout) -> None:
    """Apply events that arrived before the payment was known."""
    waiting = await StripeEvent.filter(
        status=EventStatus.WAITING,
        payment_intent=checkout.payment_intent,
        account=checkout.account,
    ).order_by("id")
    for row in waiting:
        assert row.payload is not None
        try:
            match Event.parse(row.payload).read():
                case ChargeReport() as charge:
                    await _apply_payment_reversals(checkout, charge, ())
                case PaymentReversalReport() as payment_reversal:
                    await _apply_payment_reversals(checkout, None, [payment_reversal])
        except (InvalidPayload, ReportMismatch) as error:
            row.status = EventStatus.PARKED
            row.detail = str(error)
        else:
            row.status = EventStatus.APPLIED
            row.payload = None
        row.company_id = checkout.company_id
        await row.save(update_fields=["status", "detail", "payload", "company_id"])


async def _apply_payment_reversals(
    checkout: Checkout,
    charge: ChargeReport | None,
    payment_reversals: Sequence[PaymentReversalReport],
) -> Sequence[PaymentReversalReport]:
    """Store what is reported: all of it, or nothing if something doesn't match.

    Returns the reports in the checkout's currency.
    """
    if charge is not None:
        charge = charge.in_currency(checkout.currency, checkout.amount)
    reports = [*(charge.refunds if charge else ()), *payment_reversals]
    rows = await PaymentReversal.filter(id__in=[report.id for report in reports])
    if any(row.checkout_id != checkout.id for row in rows):
        raise ReportMismatch("Reported for another payment.")
    reports = _with_known_amounts(reports, {row.id: row.amount for row in rows}, checkout.currency)
    for report in (*([charge] if charge else ()), *reports):
        if report.currency != checkout.currency:
            raise ReportMismatch(f"The currency is {report.currency}, not {checkout.currency}.")
    for report in reports:
        await _store_payment_reversal(checkout, report)
    if charge is not None and charge.refunded > checkout.charge_refunded:
        checkout.charge_refunded = charge.refunded
        await checkout.save(update_fields=["charge_refunded"])
    return reports


def _with_known_amounts(
    reports: Sequence[PaymentReversalReport], amounts: Mapping[str, int], currency: str
) -> list[PaymentReversalReport]:
    """Return the reports; those in the client's currency have the amount that we know already."""
    return [
        replace(report, currency=currency, amount=Minor(amounts[report.id]))
        if report.currency != currency and report.id in amounts
        else report
        for report in reports
    ]


async def _store_payment_reversal(checkout: Checkout, report: PaymentReversalReport) -> None:
    if report.amount <= 0:
        return
    row = await PaymentReversal.get_or_none(id=report.id)
    if row is None:
        await PaymentReversal.create(
            id=report.id,
            company_id=checkout.company_id,
            checkout_id=checkout.id,
            kind=report.kind,
            status=report.status,
            amount=report.amount,
        )
        return
    row.amount = max(row.amount, report.amount)
    if report.status.rank > row.status.rank:
        row.status = report.status
    await row.save(update_fields=["amount", "status"])


# --- booking --------------------------------------------------------------------------------------


def reversed_amounts(
    paid: int,
    charge_refunded: int,
    payment_reversals: Sequence[PaymentReversal],
    requested: int = 0,
) -> dict[PaymentReversalKind, int]:
    """Return how much of a payment its refunds and its disputes reverse, in minor units.

    Stripe reports refunds twice: one by one, and as a total of the charge. Either report may be the
    only one that reaches us. Both include refunds that fail later. The total may already include
    refunds that were `requested` here. They wait for their own reports, which say which they are.
    """
    refunds = [row for row in payment_reversals if row.kind is PaymentReversalKind.REFUND]
    disputes = [row for row in payment_reversals if row.kind is PaymentReversalKind.DISPUTE]
    ever_refunded = max(charge_refunded - requested, sum(row.amount for row in refunds))
    returned = sum(row.amount for row in refunds if row.status is PaymentReversalStatus.RETURNED)
    refunded = min(paid, ever_refunded - returned)
    disputed = sum(row.amount for row in disputes if row.status is PaymentReversalStatus.TAKEN)
    return {
        PaymentReversalKind.REFUND: refunded,
        PaymentReversalKind.DISPUTE: min(paid - refunded, disputed),
    }


async def _book(
    locked: _Locked, changes: Sequence[Change], requests: Sequence[StripeRefund] = ()
) -> None:
    """Add what is missing to the ledger, after `changes` of the checkout, and complete it.

    `requests` are refunds that were asked for here, and whose reports have just come.
    """
    checkout, booked = locked.checkout, list(changes)
    if checkout.status is CheckoutStatus.PAID:
        await _book_payments(locked)
        booked += await _book_payment_reversals(locked, requests)
        for request in requests:
            if request.credits_invoice:
                invoice = locked.invoice_of(request.payment_id)
                booked += await credit_refund(locked.ledger, invoice, request)
    await book(locked.ledger, *booked)


async def _book_payments(locked: _Locked) -> None:
    """Add the payments and their receipts, once: they have the ids of the shares."""
    checkout = locked.checkout
    if await Payment.exists(id=locked.shares[0].id):
        return
    reference = checkout.payment_intent or checkout.session_id or ""
    payments = [
        await Payment.create(
            id=share.id,
            company_id=checkout.company_id,
            invoice_id=share.invoice_id,
            amount=share.amount,
            currency=checkout.currency,
            method=METHOD,
            reference=reference[:_MAX_REFERENCE_LENGTH] or None,
            received_at=datetime.now(UTC),
        )
        for share in locked.shares
    ]
    await queue_receipts(locked.ledger.customer, payments)


async def _book_payment_reversals(
    locked: _Locked, requests: Sequence[StripeRefund]
) -> list[Change]:
    """Add the difference between what is reversed and what was booked before."""
    checkout, shares = locked.checkout, locked.shares
    rows = await fetch(_BOOKED, checkout.id)
    booked = {(id_of(row["payment_id"]), row["kind"]): int(row["amount"]) for row in rows}
    amounts = reversed_amounts(
        checkout.amount,
        checkout.charge_refunded,
        await PaymentReversal.filter(checkout_id=checkout.id),
        await refund_requests.requested_amount(checkout.id),
    )
    chosen = await refund_requests.chosen_amounts(checkout.id)
    of_each = take_back_each(
        amounts,
        [share.amount for share in shares],
        [chosen.get(share.id, 0) for share in shares],
    )
    added: list[Reversal] = []
    for share, of_share in zip(shares, of_each, strict=True):
        for kind, amount in of_share.items():
            left = amount - booked.get((share.id, kind.value), 0)
            for request in requests if kind is PaymentReversalKind.REFUND else ():
                part = min(left, request.amount) if request.payment_id == share.id else 0
                if part > 0:
                    added.append(await _add_reversal(locked, share, kind, part, request))
                    left -= part
            if left:
                added.append(await _add_reversal(locked, share, kind, left))
    refunds = [
        each for each in added if each.kind is PaymentReversalKind.REFUND and each.amount > 0
    ]
    await queue_refund_notice(locked.ledger.customer, refunds)
    return [_change_by(each, locked.ledger.invoices[each.invoice_id]) for each in added]


async def _add_reversal(
    locked: _Locked,
    share: CheckoutShare,
    kind: PaymentReversalKind,
    amount: int,
    request: StripeRefund | None = None,
) -> Reversal:
    return await Reversal.create(
        company_id=locked.checkout.company_id,
        invoice_id=share.invoice_id,
        payment_id=share.id,
        kind=kind,
        amount=amount,
        actor=request.actor if request else None,
        reason=request.reason if request else None,
    )


def _change_by(reversal: Reversal, invoice: Invoice) -> Change:
    change = InvoiceChange.REVERSAL_RETURNED
    if reversal.amount > 0:
        change = _CHANGE_BY_REVERSAL[reversal.kind]
    return Change(
        invoice=invoice,
        change=change,
        amount=abs(reversal.amount),
        actor=reversal.actor,
        reason=reversal.reason,
        subject_id=reversal.payment_id,
    )
