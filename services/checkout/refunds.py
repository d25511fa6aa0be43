"""Refunding payments through Stripe.

The request is stored and committed before Stripe is asked, and its id is the idempotency key. What
Stripe answers is settled like its webhooks, by the same rules. So any step may be interrupted, and
`refund_worker.py` continues from there.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from structlog import get_logger

from auth.staff import Staff
from db.statements import database_time, fetch, placeholders
from db.transactions import transactional
from errors import Conflict, PaymentProviderError, Text, gather_refusals
from i18n.translations import N_
from integrations.stripe.amounts import Limits, to_stripe
from integrations.stripe.client import (
    StripeAccessDenied,
    StripeClient,
    StripeRequestRejected,
)
from integrations.stripe.webhook_payloads import PaymentReversalReport
from models import (
    AuditAction,
    Checkout,
    Invoice,
    Payment,
    PaymentReversalKind,
    PaymentReversalStatus,
    StripeRefund,
    StripeRefundStatus,
)
from services.billing.creditable import can_credit, load_creditable
from services.checkout.settlement import ReportMismatch, settle_payment_reversals
from services.checkout.shares import checkout_of, shares_of
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.validation import MAX_REASON, clean_optional
from services.ledger.balances import check_positive
from services.ledger.locking import lock_ledger
from values.money import AmountReason, AmountRefused, AmountTooLarge, Minor, to_minor

LEASE: Final = timedelta(seconds=90)
"""How long one process has to ask Stripe before another one does. Longer than a call takes."""
_NEW_KEY_EVERY: Final = timedelta(minutes=10)
"""Stripe repeats even an error for a day under the same key, so a later attempt has a new one."""
_REFUSALS: Final = {
    "charge_already_refunded": N_("Stripe has refunded all of this payment already."),
    "charge_disputed": N_("The payer's bank disputes this payment, so Stripe doesn't refund it."),
    "balance_insufficient": N_("The balance at Stripe is too low for this refund."),
    "insufficient_funds": N_("The balance at Stripe is too low for this refund."),
}
"""What Stripe's error codes mean: https://docs.stripe.com/error-codes."""
_TOO_MUCH: Final = N_("Less than this is left to refund at Stripe.")
_NO_ACCESS: Final = N_("Stripe denies access to the account that received this payment.")
_REFUSED: Final = N_("Stripe refused this refund. Look at the payment in Stripe's dashboard.")
_NO_STRIPE: Final = Text("Online payment isn't switched on for this server.")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """What of a payment can be refunded, in minor units."""

    is_online: bool = False
    """Whether it was made through Stripe."""
    amount: int = 0
    """Less than all, if some was refunded, is being refunded, or is disputed."""


_REFUNDABLE: Final = """
    SELECT payment.id, payment.invoice_id, payment.amount
        - (SELECT COALESCE(SUM(amount), 0) FROM reversal WHERE payment_id = payment.id)
        - (SELECT COALESCE(SUM(amount), 0) FROM stripe_refund
            WHERE payment_id = payment.id AND status = 'REQUESTED') AS amount
    FROM payment JOIN checkout_share ON checkout_share.id = payment.id
    WHERE payment.{column} IN {ids}
"""
_LOCK_CHECKOUT: Final = """
    SELECT id FROM checkout
    WHERE id = (SELECT checkout_id FROM checkout_share WHERE id = $1) FOR NO KEY UPDATE
"""


async def load_refundable(payment_ids: list[UUID]) -> list[Refundable]:
    """Return what of each payment can be refunded, in one statement."""
    ids = placeholders(1, len(payment_ids))
    rows = await fetch(_REFUNDABLE.format(column="id", ids=ids), *payment_ids)
    online = {
        UUID(str(row["id"])): Refundable(is_online=True, amount=max(0, int(row["amount"])))
        for row in rows
    }
    return [online.get(payment_id, Refundable()) for payment_id in payment_ids]


async def load_refundable_of(invoice_ids: list[UUID]) -> list[int]:
    """Return what can be refunded of each invoice's payments, in minor units, in one statement."""
    ids = placeholders(1, len(invoice_ids))
    rows = await fetch(_REFUNDABLE.format(column="invoice_id", ids=ids), *invoice_ids)
    amounts: Counter[UUID] = Counter()
    for row in rows:
        amounts[UUID(str(row["invoice_id"]))] += max(0, int(row["amount"]))
    return [amounts[invoice_id] for invoice_id in invoice_ids]


def can_refund_any(refundable: int) -> Conflict | None:
    """Return why no payment of an invoice can be refunded, or None if one can.

    `refundable` is what `load_refundable_of` returns.
    """
    return (
        None if refundable else Conflict(Text("This invoice has no payment to refund at Stripe."))
    )


def can_refund(refundable: Refundable) -> Conflict | None:
    """Return why nothing of a payment can be refunded, or None if some of it can."""
    if not refundable.is_online:
        return Conflict(Text("This payment wasn't made through Stripe. Reverse it instead."))
    if not refundable.amount:
        return Conflict(Text("Nothing is left of this payment to refund."))
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """What to refund of a payment. Without an amount, all that is left."""

    payment_id: str
    amount: Decimal | None = None
    reason: str | None = None
    credit_invoice: bool = False
    """Whether the invoice is credited with the amount, so that it isn't due again."""


async def refund_payment(
    staff: Staff,
    stripe: StripeClient | None,
    request: RefundRequest,
    *,
    idempotency_key: str | None = None,
) -> Invoice:
    """Refund a payment through Stripe, and return its invoice.

    If Stripe doesn't answer, the refund stays requested, and Stripe is asked again until it does.
    Raises NotFound, BadInput, AmountRefused, and Conflict for a payment that can't be refunded, an
    invoice that can't be credited, or a key that was used with another request, and if Stripe
    refuses the refund.
    """
    if stripe is None:
        raise Conflict(_NO_STRIPE)
    refund = await _request(staff, request, idempotency_key)
    if refund.status is StripeRefundStatus.REQUESTED:
        refund = await process(stripe, refund)
    if refund.status is StripeRefundStatus.FAILED:
        raise Conflict(refund.detail and Text(refund.detail))
    payment = await Payment.get(id=refund.payment_id)
    return await Invoice.get(id=payment.invoice_id)


@transactional
async def _request(staff: Staff, request: RefundRequest, key: str | None) -> StripeRefund:
    """Store the request, or return the one that the same idempotency key stored before."""
    with gather_refusals() as refusals:
        reason = refusals.of(clean_optional, request.reason, "reason", most=MAX_REASON)
        identity = idempotency.identify(key, request)
        payment = await get_owned(Payment, staff, request.payment_id)
        if earlier := await idempotency.find_earlier(StripeRefund, staff, identity):
            return earlier
        ledger = await lock_ledger(staff.company_id, invoices=[payment.invoice_id])
        invoice = ledger.invoices[payment.invoice_id]
        await fetch(_LOCK_CHECKOUT, payment.id)
        [refundable] = await load_refundable([payment.id])
        if refusal := can_refund(refundable):
            raise refusal
        amount = _amount_to_refund(invoice, refundable, request.amount)
        if request.credit_invoice:
            await _require_creditable(invoice, amount)
    detail = f"{invoice.money(amount)}: {reason}" if reason else str(invoice.money(amount))
    await audit_log.note_document(staff, AuditAction.PAYMENT_REFUNDED, invoice, detail=detail)
    return await StripeRefund.create(
        company_id=staff.company_id,
        payment_id=payment.id,
        amount=amount,
        reason=reason,
        actor=staff.name,
        credits_invoice=request.credit_invoice,
        next_attempt_at=await database_time() + LEASE,
        **identity.columns,
    )


def _amount_to_refund(invoice: Invoice, refundable: Refundable, amount: Decimal | None) -> Minor:
    if amount is None:
        return Minor(refundable.amount)
    minor = to_minor(amount, invoice.currency, field="amount")
    check_positive(minor)
    if minor > refundable.amount:
        limit = invoice.money(refundable.amount)
        raise AmountTooLarge(
            Text("Only %(amount)s of this payment can be refunded.", amount=limit),
            reason=AmountReason.ABOVE_REFUNDABLE_AMOUNT,
            limit=limit,
        )
    step = Limits.of(invoice.currency).step
    if minor % step:
        limit = invoice.money(step)
        raise AmountRefused(
            Text("Refunds must be a multiple of %(amount)s.", amount=limit),
            reason=AmountReason.NOT_A_MULTIPLE,
            limit=limit,
        )
    return minor


async def _require_creditable(invoice: Invoice, amount: int) -> None:
    """Raise Conflict or AmountTooLarge unless so much of the invoice can still be credited."""
    creditable = await load_creditable(invoice)
    if refusal := can_credit(invoice, creditable.credited):
        raise refusal
    [row] = await fetch(
        "SELECT COALESCE(SUM(stripe_refund.amount), 0) AS amount FROM stripe_refund"
        " JOIN payment ON payment.id = payment_id WHERE invoice_id = $1"
        " AND status = 'REQUESTED' AND credits_invoice",
        invoice.id,
    )
    left = invoice.money(creditable.total - int(row["amount"]))
    if amount > left.minor:
        raise AmountTooLarge(
            Text("Only %(amount)s of this invoice isn't credited yet.", amount=left),
            reason=AmountReason.ABOVE_CREDITABLE_AMOUNT,
            limit=left,
        )


async def book_as_refunded(staff: Staff, request: RefundRequest) -> None:
    """Book a refund as if Stripe had just made it. For a rehearsal: no money moves.

    Raises what `refund_payment` raises before it asks Stripe.
    """
    refund = await _request(staff, request, None)
    checkout = await checkout_of(refund.payment_id)
    report = PaymentReversalReport(
        id=str(refund.id),
        kind=PaymentReversalKind.REFUND,
        status=PaymentReversalStatus.TAKEN,
        currency=checkout.currency,
        amount=Minor(refund.amount),
        payment_intent=checkout.payment_intent,
        request_id=str(refund.id),
    )
    await settle_payment_reversals(checkout.id, None, [report])


# --- asking Stripe --------------------------------------------------------------------------------


async def process(stripe: StripeClient, refund: StripeRefund) -> StripeRefund:
    """Ask Stripe for a requested refund, settle the answer, and return the row as it is then.

    It stays requested if Stripe doesn't answer.
    """
    checkout = await checkout_of(refund.payment_id)
    try:
        report = await _ask(stripe, checkout, refund)
    except StripeRequestRejected as rejection:
        return await _fail(refund.id, checkout.id, _why_refused(rejection))
    except PaymentProviderError:
        return await StripeRefund.get(id=refund.id)
    if report is None:
        text = N_("The client paid in another currency. Refund this in Stripe's dashboard.")
        return await _fail(refund.id, checkout.id, text)
    try:
        await settle_payment_reversals(checkout.id, None, [report])
    except ReportMismatch as mismatch:
        log.warning("refund.mismatch", refund=str(refund.id), detail=str(mismatch))
    return await StripeRefund.get(id=refund.id)


async def _ask(
    stripe: StripeClient, checkout: Checkout, refund: StripeRefund
) -> PaymentReversalReport | None:
    """Return the refund at Stripe; None if Stripe would take the amount for another currency."""
    account, intent = checkout.account, checkout.payment_intent
    if intent is None:
        raise PaymentProviderError
    age = datetime.now(UTC) - refund.created_at
    if age > LEASE / 2:
        # An earlier attempt may have succeeded.
        async for report in stripe.refunds_of(account, intent):
            if report.request_id == str(refund.id):
                return report
    if await stripe.payment_currency(account, intent) != checkout.currency:
        return None
    key = str(refund.id)
    if later := age // _NEW_KEY_EVERY:
        key = f"{key}-{later}"
    amount = to_stripe(refund.amount, checkout.currency)
    return await stripe.create_refund(account, key, intent, amount, str(refund.id))


def _why_refused(rejection: StripeRequestRejected) -> str:
    if isinstance(rejection, StripeAccessDenied):
        return _NO_ACCESS
    if rejection.parameter == "amount":
        return _TOO_MUCH
    return _REFUSALS.get(rejection.code or "", _REFUSED)


@transactional
async def _fail(refund_id: UUID, checkout_id: UUID, detail: str) -> StripeRefund:
    """End a request that Stripe refused, unless a report says by now that it was done."""
    checkout, shares = await Checkout.get(id=checkout_id), await shares_of(checkout_id)
    await lock_ledger(checkout.company_id, invoices=[share.invoice_id for share in shares])
    refund = await StripeRefund.filter(id=refund_id).select_for_update(no_key=True).get()
    if refund.status is StripeRefundStatus.REQUESTED:
        refund.status = StripeRefundStatus.FAILED
        refund.detail = detail
        refund.next_attempt_at = None
        await refund.save(update_fields=["status", "detail", "next_attempt_at"])
        # What the total of the charge says is no longer taken for this refund.
        await settle_payment_reversals(checkout_id, None, ())
    return refund
