"""From what Stripe reports to the ledger.

A report only moves rows forward: a checkout's status (`Checkout.move_to`), a payment reversal's
rank, and the most that was ever refunded. What is booked is the difference between what those rows
say and what was booked before. So reports may come in any order and any number of times.

Locks: company → customer → the surplus's credit notes → invoice → checkout. The company's, since a
credit note may have to be numbered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias
from uuid import UUID

from db.statements import fetch
from db.transactions import transactional
from i18n.translations import translations_for
from integrations.stripe.webhook_payloads import (
    ChargeReport,
    Event,
    InvalidPayload,
    PaymentReversalReport,
    SessionReport,
)
from models import (
    Checkout,
    CheckoutStatus,
    Company,
    CreditApplication,
    CreditNote,
    CreditNoteStatus,
    Customer,
    EventStatus,
    Invoice,
    InvoiceChange,
    InvoiceStatus,
    Payment,
    PaymentReversal,
    PaymentReversalKind,
    PaymentReversalStatus,
    Reversal,
    StripeEvent,
    Surplus,
)
from services.ledger import balances
from services.ledger.document_numbers import CREDIT_NOTES, next_number
from services.ledger.invoice_events import record_event
from services.ledger.open_checkouts import expire_open_checkouts

METHOD: Final = "Stripe"
"""How payments that came of a checkout say they came."""
_PENDING: Final = """
    SELECT COALESCE(SUM(amount), 0) AS pending FROM checkout
    WHERE invoice_id = $1 AND status = 'PENDING'
"""


_Change: TypeAlias = tuple[InvoiceChange, int]
"""What happened, and to how many minor units."""
_TOLD: Final = {
    CheckoutStatus.PENDING: InvoiceChange.PAYMENT_PENDING,
    CheckoutStatus.FAILED: InvoiceChange.PAYMENT_FAILED,
    CheckoutStatus.PAID: InvoiceChange.PAYMENT_RECEIVED,
}
_TAKEN: Final = {
    PaymentReversalKind.REFUND: InvoiceChange.REFUNDED,
    PaymentReversalKind.DISPUTE: InvoiceChange.DISPUTED,
}


class ReportMismatch(Exception):
    """The report does not fit what we have asked for; nothing was changed."""


@dataclass(frozen=True, slots=True)
class _Locked:
    """A checkout with what hangs on it, all of it locked until the transaction ends."""

    customer: Customer
    notes: Sequence[CreditNote]
    """Of the invoice's surplus, of which something may be left."""
    invoice: Invoice
    checkout: Checkout


@transactional
async def settle_session(checkout_id: UUID, report: SessionReport) -> Checkout:
    """Return the checkout as it is with what Stripe says of its session. Raises ReportMismatch."""
    locked = await _lock(checkout_id)
    _check_session(locked.checkout, report)
    checkout = locked.checkout
    checkout.session_id = report.session_id
    learnt = checkout.payment_intent is None and report.payment_intent is not None
    checkout.payment_intent = checkout.payment_intent or report.payment_intent
    # That it is open is known from its answer, which has the page's address as well.
    moved = report.status is not CheckoutStatus.OPEN and checkout.move_to(report.status)
    await checkout.save(update_fields=["session_id", "payment_intent", "status", "payable_for"])
    if learnt:
        await _take_what_waited(checkout)
    changes = await _book(locked)
    if moved and checkout.status in _TOLD:
        changes.insert(0, (_TOLD[checkout.status], checkout.amount))
    await _tell(locked.invoice, changes)
    return checkout


@transactional
async def settle_payment_reversals(
    checkout_id: UUID,
    charge: ChargeReport | None,
    payment_reversals: Sequence[PaymentReversalReport],
) -> Checkout:
    """Apply refunds and disputes of the checkout's payment. Raises ReportMismatch."""
    locked = await _lock(checkout_id)
    await _take_back(locked.checkout, charge, payment_reversals)
    await _tell(locked.invoice, await _book(locked))
    return locked.checkout


async def _tell(invoice: Invoice, changes: Sequence[_Change]) -> None:
    """Note what happened, for those who follow the invoice."""
    for change, amount in changes:
        await record_event(invoice, change, amount)


# --- what is reported -----------------------------------------------------------------------------


async def _lock(checkout_id: UUID) -> _Locked:
    found = await Checkout.get(id=checkout_id).select_related("invoice")
    company = await Company.filter(id=found.company_id).select_for_update(no_key=True).get()
    owned = Customer.filter(id=found.invoice.customer_id)
    customer = await owned.select_for_update(no_key=True).get()
    customer.company = company
    notes = await CreditNote.filter(surpluses__invoice_id=found.invoice_id).order_by("id")
    if notes:
        ids = [note.id for note in notes]
        notes = await CreditNote.filter(id__in=ids).order_by("id").select_for_update(no_key=True)
    invoice = await Invoice.filter(id=found.invoice_id).select_for_update(no_key=True).get()
    checkout = await Checkout.filter(id=checkout_id).select_for_update(no_key=True).get()
    return _Locked(customer, notes, invoice, checkout)


def _check_session(checkout: Checkout, report: SessionReport) -> None:
    """Raise ReportMismatch if this can't be the session that we have asked for."""
    if checkout.session_id not in {None, report.session_id}:
        message = "Another session was opened for this attempt to pay."
        raise ReportMismatch(message)
    if report.currency not in {None, checkout.currency}:
        message = f"It is in {report.currency} and not in {checkout.currency}."
        raise ReportMismatch(message)
    if report.amount not in {None, checkout.amount}:
        message = "It is for another amount."
        raise ReportMismatch(message)
    if checkout.payment_intent and report.payment_intent not in {None, checkout.payment_intent}:
        message = "It has another PaymentIntent than before."
        raise ReportMismatch(message)


async def _take_what_waited(checkout: Checkout) -> None:
    """Take in what was reported of the payment before we heard of it."""
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
                    await _take_back(checkout, charge, ())
                case PaymentReversalReport() as payment_reversal:
                    await _take_back(checkout, None, [payment_reversal])
        except (InvalidPayload, ReportMismatch) as reason:
            row.status, row.detail = EventStatus.PARKED, str(reason)
        else:
            row.status, row.payload = EventStatus.APPLIED, None
        row.company_id = checkout.company_id
        await row.save(update_fields=["status", "detail", "payload", "company_id"])


async def _take_back(
    checkout: Checkout,
    charge: ChargeReport | None,
    payment_reversals: Sequence[PaymentReversalReport],
) -> None:
    """Take in what is reported, all of it or, if something is ReportMismatch, nothing."""
    reports = [*(charge.refunds if charge else ()), *payment_reversals]
    for said in (*([charge] if charge else ()), *reports):
        if said.currency != checkout.currency:
            message = f"It is in {said.currency} and not in {checkout.currency}."
            raise ReportMismatch(message)
    known = PaymentReversal.filter(id__in=[report.id for report in reports])
    if await known.exclude(checkout_id=checkout.id).exists():
        message = "It was reported of another payment."
        raise ReportMismatch(message)
    for report in reports:
        await _note_payment_reversal(checkout, report)
    if charge is not None and charge.refunded > checkout.charge_refunded:
        checkout.charge_refunded = charge.refunded
        await checkout.save(update_fields=["charge_refunded"])


async def _note_payment_reversal(checkout: Checkout, report: PaymentReversalReport) -> None:
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


# --- what is booked -------------------------------------------------------------------------------


def taken_back(
    paid: int, charge_refunded: int, payment_reversals: Sequence[PaymentReversal]
) -> dict[PaymentReversalKind, int]:
    """Return how much of `paid` its refunds and its disputes take back, in minor units.

    A charge says how much of it was refunded in all, and refunds say it one by one. Both speak of
    the same money, and either may be all that reaches us. Both count a refund that fails later.
    """
    refunds = [row for row in payment_reversals if row.kind is PaymentReversalKind.REFUND]
    disputes = [row for row in payment_reversals if row.kind is PaymentReversalKind.DISPUTE]
    ever = max(charge_refunded, sum(row.amount for row in refunds))
    returned = sum(row.amount for row in refunds if row.status is PaymentReversalStatus.RETURNED)
    refunded = min(paid, ever - returned)
    disputed = sum(row.amount for row in disputes if row.status is PaymentReversalStatus.TAKEN)
    return {
        PaymentReversalKind.REFUND: refunded,
        PaymentReversalKind.DISPUTE: min(paid - refunded, disputed),
    }


async def _book(locked: _Locked) -> list[_Change]:
    """Add to the ledger what is missing, and have the invoice's figures follow.

    Returns what was taken back or came back, in minor units.
    """
    invoice, checkout = locked.invoice, locked.checkout
    changes: list[_Change] = []
    if checkout.status is CheckoutStatus.PAID:
        await _book_payment(checkout)
        changes = await _book_payment_reversals(checkout)
    balance = await _settle_surplus(locked, await balances.balance(invoice.id))
    [sums] = await fetch(_PENDING, invoice.id)
    invoice.amount_paid = max(0, balance)
    invoice.amount_pending = int(sums["pending"])
    if invoice.status is not InvoiceStatus.CANCELLED:
        invoice.status = invoice.status_when_paid(invoice.amount_paid)
    await invoice.save(update_fields=["amount_paid", "amount_pending", "status", "updated_at"])
    await expire_open_checkouts(
        invoice.id, over=max(0, invoice.amount_due - invoice.amount_pending)
    )
    return changes


async def _book_payment(checkout: Checkout) -> None:
    """Add the payment, which has the checkout's own id: so there is one at most."""
    if not await Payment.exists(id=checkout.id):
        await Payment.create(
            id=checkout.id,
            company_id=checkout.company_id,
            invoice_id=checkout.invoice_id,
            amount=checkout.amount,
            method=METHOD,
            reference=(checkout.payment_intent or checkout.session_id or "")[:200] or None,
            received_at=datetime.now(UTC),
        )


async def _book_payment_reversals(checkout: Checkout) -> list[_Change]:
    changes: list[_Change] = []
    payment_reversals = await PaymentReversal.filter(checkout_id=checkout.id)
    booked = await fetch(
        "SELECT kind, SUM(amount) AS amount FROM reversal WHERE payment_id = $1 GROUP BY kind",
        checkout.id,
    )
    before = {row["kind"]: int(row["amount"]) for row in booked}
    for kind, amount in taken_back(
        checkout.amount, checkout.charge_refunded, payment_reversals
    ).items():
        difference = amount - before.get(kind.value, 0)
        if difference:
            await Reversal.create(
                company_id=checkout.company_id,
                invoice_id=checkout.invoice_id,
                payment_id=checkout.id,
                kind=kind,
                amount=difference,
            )
            told = _TAKEN[kind] if difference > 0 else InvoiceChange.REVERSAL_RETURNED
            changes.append((told, abs(difference)))
    return changes


async def _settle_surplus(locked: _Locked, balance: int) -> int:
    """Return what counts as paid once surplus is credit, or credit of surplus fills a gap."""
    invoice = locked.invoice
    room = 0 if invoice.status is InvoiceStatus.CANCELLED else invoice.total
    if balance > room:
        await _credit(locked, balance - room)
        return room
    for note in locked.notes:
        used = min(note.remaining, room - balance)
        if used > 0:
            await _use_credit(note, invoice, used)
            balance += used
    return balance


async def _credit(locked: _Locked, amount: int) -> None:
    """Give the customer `amount` minor units good, which the invoice does not need."""
    invoice, customer = locked.invoice, locked.customer
    gettext = translations_for(customer.language_with(customer.company)).gettext
    note = await CreditNote.create(
        company_id=invoice.company_id,
        customer_id=invoice.customer_id,
        number=await next_number(invoice.company_id, CREDIT_NOTES),
        status=CreditNoteStatus.ISSUED,
        currency=invoice.currency,
        total=amount,
        reason=gettext("Overpaid on invoice %(number)s") % {"number": invoice.number},
        issued_at=datetime.now(UTC),
    )
    await Surplus.create(
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        credit_note_id=note.id,
        amount=amount,
    )


async def _use_credit(note: CreditNote, invoice: Invoice, amount: int) -> None:
    await CreditApplication.create(
        company_id=invoice.company_id,
        credit_note_id=note.id,
        invoice_id=invoice.id,
        amount=amount,
    )
    note.applied, note.status = note.applied + amount, CreditNoteStatus.APPLIED
    await note.save(update_fields=["applied", "status"])
