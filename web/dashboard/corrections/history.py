"""The history of an invoice: what changed the amount due, by whom, why, and what can be undone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from auth.permissions import Permission
from auth.staff import Staff
from i18n.formatting import format_money
from i18n.payments import describe_paid_with, failure_reason, method_of
from models import Invoice, StripeRefund, StripeRefundStatus, Surplus
from schema.money import Money
from services.billing.credit_applications import can_reverse_application
from services.billing.loaders import load_applications_to, load_refunds, load_reversals
from services.billing.manual_payments import can_reverse_payment
from services.checkout.refunds import Refundable, can_refund, load_refundable
from services.checkout.shares import PaidTogether, load_paid_together
from values.payments import FailedPayment, HistoryEntry, PaymentHistory, PaymentKind

Link: TypeAlias = tuple[str, str]
"""A label and an address."""

_GIVEN: Final = {
    PaymentKind.PAYMENT: "Payment",
    PaymentKind.CREDIT: "Credit applied",
    PaymentKind.REFUND: "Refund came back",
    PaymentKind.DISPUTE: "Dispute won",
    PaymentKind.WRITE_OFF: "Written off",
}
_TAKEN_AWAY: Final = {
    PaymentKind.CREDIT: "Credit removed",
    PaymentKind.REFUND: "Refund",
    PaymentKind.DISPUTE: "Dispute",
    PaymentKind.WRITE_OFF: "Write-off reversed",
    PaymentKind.REVERSAL: "Payment reversed",
}
_REFUNDS: Final = {
    StripeRefundStatus.REQUESTED: "Refund requested, waiting for Stripe",
    StripeRefundStatus.FAILED: "Refund failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A row of an invoice's history, in words."""

    at: datetime
    text: str
    detail: str | None
    """How it was paid, or the number of the credit note."""
    reference: str | None
    actor: str | None
    reason: str | None
    amount: Money
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undoable:
    """What of an invoice's history can be undone, by the ids of its rows."""

    payments: Mapping[UUID, Sequence[Link]]
    applications: Collection[UUID]
    write_off: UUID | None
    """The latest one."""


async def load_refundable_payments(history: PaymentHistory) -> Mapping[UUID, Refundable]:
    """Return what can be refunded of each payment in an invoice's history, by their ids."""
    entries = history.entries
    payments = [entry.id for entry in entries if entry.kind is PaymentKind.PAYMENT and entry.id]
    refundable = await load_refundable(payments) if payments else []
    return dict(zip(payments, refundable, strict=True))


async def invoice_history(
    invoice: Invoice,
    history: PaymentHistory,
    refundable: Mapping[UUID, Refundable],
    staff: Staff,
) -> list[HistoryRow]:
    """Return what changed the amount due, and payments and refunds that failed, oldest first.

    `refundable` is what `load_refundable_payments` returns.
    """
    entries, payments = history.entries, list(refundable)
    refunds = [row for rows in await load_refunds(payments) for row in rows] if payments else []
    undoable = await _undoable(invoice, entries, refundable, staff)
    together = await load_paid_together(payments) if payments else {}
    rows = [
        _row(
            entry,
            invoice,
            staff,
            _links(entry, invoice, undoable),
            together.get(entry.id) if entry.id else None,
        )
        for entry in entries
    ]
    rows += [_failed_row(failed, invoice, staff) for failed in history.failed]
    rows += [_refund_row(refund, invoice, staff) for refund in refunds if refund.status in _REFUNDS]
    return sorted(rows, key=lambda row: row.at)


async def _undoable(
    invoice: Invoice,
    entries: Sequence[HistoryEntry],
    refundable: Mapping[UUID, Refundable],
    staff: Staff,
) -> _Undoable:
    if Permission.MANAGE_INVOICES not in staff.permissions:
        return _Undoable(payments={}, applications=(), write_off=None)
    reversals = await load_reversals(list(refundable)) if refundable else []
    has_credit = any(entry.kind is PaymentKind.CREDIT for entry in entries)
    return _Undoable(
        payments={
            payment_id: _payment_links(
                payment_id, can_be, is_reversed=reversed_.reversal is not None
            )
            for (payment_id, can_be), reversed_ in zip(refundable.items(), reversals, strict=True)
        },
        applications=await _removable_credit(invoice) if has_credit else (),
        write_off=next(
            (
                entry.id
                for entry in reversed(entries)
                if entry.kind is PaymentKind.WRITE_OFF and entry.amount > 0
            ),
            None,
        ),
    )


async def _removable_credit(invoice: Invoice) -> Collection[UUID]:
    """Return the ids of the applications that can be reversed."""
    surpluses = await Surplus.filter(invoice_id=invoice.id)
    own = {surplus.credit_note_id for surplus in surpluses}
    [credits_] = await load_applications_to([invoice.id])
    return {
        credit.application.id
        for credit in credits_
        if not can_reverse_application(
            is_reversed=credit.reversal is not None,
            is_own_surplus=credit.application.credit_note_id in own,
        )
    }


def _payment_links(
    payment_id: UUID, refundable: Refundable, *, is_reversed: bool
) -> Sequence[Link]:
    links = []
    if not can_reverse_payment(is_online=refundable.is_online, is_reversed=is_reversed):
        links.append(("Reverse", f"/dashboard/payments/{payment_id}/reverse"))
    if not can_refund(refundable):
        links.append(("Refund", f"/dashboard/payments/{payment_id}/refund"))
    return links


def _links(entry: HistoryEntry, invoice: Invoice, undoable: _Undoable) -> Sequence[Link]:
    match entry.kind:
        case PaymentKind.PAYMENT:
            return undoable.payments.get(entry.id, ()) if entry.id else ()
        case PaymentKind.CREDIT if entry.id in undoable.applications:
            return [("Remove", f"/dashboard/applied-credit/{entry.id}/reverse")]
        case PaymentKind.WRITE_OFF if entry.id == undoable.write_off and invoice.written_off:
            return [("Reverse", f"/dashboard/invoices/{invoice.id}/reverse-write-off")]
    return ()


def _row(
    entry: HistoryEntry,
    invoice: Invoice,
    staff: Staff,
    links: Sequence[Link],
    together: PaidTogether | None,
) -> HistoryRow:
    is_surplus = entry.kind is PaymentKind.CREDIT and entry.amount < 0 and entry.actor is None
    texts = _GIVEN if entry.amount > 0 else _TAKEN_AWAY
    return HistoryRow(
        at=entry.at,
        text="Surplus kept as credit" if is_surplus else texts[entry.kind],
        detail=_detail(entry, invoice, staff, together),
        reference=entry.reference if entry.kind is PaymentKind.PAYMENT else None,
        actor=entry.actor,
        reason=entry.reason,
        amount=Money.of(invoice.money(entry.amount), staff.language),
        links=links,
    )


def _detail(
    entry: HistoryEntry, invoice: Invoice, staff: Staff, together: PaidTogether | None
) -> str | None:
    """Return how something was paid, and what else was paid with it."""
    detail = entry.credit_note or method_of(entry, staff.language)
    if together is None:
        return detail
    total = format_money(invoice.money(together.total), staff.language)
    part = f"part of {total}, together with {', '.join(together.others)}"
    return f"{detail}, {part}" if detail else part


def _failed_row(failed: FailedPayment, invoice: Invoice, staff: Staff) -> HistoryRow:
    paid_with = failed.paid_with
    return HistoryRow(
        at=failed.failed_at,
        text="Payment failed",
        detail=describe_paid_with(paid_with, staff.language) if paid_with else None,
        reference=None,
        actor=None,
        reason=failure_reason(failed.failure_code, staff.language),
        amount=Money.of(invoice.money(failed.amount), staff.language),
    )


def _refund_row(refund: StripeRefund, invoice: Invoice, staff: Staff) -> HistoryRow:
    return HistoryRow(
        at=refund.created_at,
        text=_REFUNDS[refund.status],
        detail=None,
        reference=None,
        actor=refund.actor,
        reason=refund.detail or refund.reason,
        amount=Money.of(invoice.money(refund.amount), staff.language),
    )
