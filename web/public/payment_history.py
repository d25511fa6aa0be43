"""What the page of an invoice shows of its payments, credit, refunds and failed payments."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

from core.urls import PATHS
from i18n.formatting import format_money
from i18n.payments import describe_entry, describe_paid_with, failure_reason
from i18n.translations import translations_for
from models import Invoice
from models.invoices import FailedPayment, HistoryEntry, PaymentHistory, PaymentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """A payment, a refund or the like in words."""

    at: datetime
    """The time in the company's time zone."""
    text: str
    amount: str
    kind: PaymentKind
    receipt_url: str | None
    """The page of a payment's receipt."""

    @property
    def day(self) -> date:
        """The day in the company's time zone."""
        return self.at.date()

    @classmethod
    def of(cls, entry: HistoryEntry, invoice: Invoice, page_url: str) -> Self:
        """Return an entry of the history of the invoice, whose page is at `page_url`."""
        language, is_payment = invoice.written_in, entry.kind is PaymentKind.PAYMENT
        return cls(
            at=entry.at.astimezone(_zone(invoice)),
            text=describe_entry(entry, language),
            amount=format_money(invoice.money(entry.amount), language),
            kind=entry.kind,
            receipt_url=PATHS.receipt(page_url, entry.payment_id) if is_payment else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPaymentView:
    """A payment that failed days after the client made it, in words."""

    at: datetime
    """The time in the company's time zone."""
    started: date
    """The day on which the client made it."""
    text: str
    amount: str
    reason: str | None
    """Why, to follow a colon; None if that isn't known."""

    @property
    def day(self) -> date:
        """The day on which it failed."""
        return self.at.date()

    @classmethod
    def of(cls, failed: FailedPayment, invoice: Invoice) -> Self:
        """Return a failed payment of the invoice."""
        language, zone, paid_with = invoice.written_in, _zone(invoice), failed.paid_with
        unknown = translations_for(language).gettext("Online payment")
        return cls(
            at=failed.failed_at.astimezone(zone),
            started=failed.started_at.astimezone(zone).date(),
            text=describe_paid_with(paid_with, language) if paid_with else unknown,
            amount=format_money(invoice.money(failed.amount), language),
            reason=failure_reason(failed.failure_code, language),
        )


def payment_values(invoice: Invoice, history: PaymentHistory, page_url: str) -> dict[str, Any]:
    """Return the values of the page at `page_url`: each payment, and what they take off the total.

    `failed` is the payment that has failed last, if the client should know at the top of the page.
    """

    def deduction(minor: int) -> str | None:
        return format_money(invoice.money(-minor), invoice.written_in) if minor else None

    failed = [FailedPaymentView.of(each, invoice) for each in history.failed]
    return {
        "payments": [PaymentView.of(entry, invoice, page_url) for entry in history.entries],
        "failed_payments": failed,
        "failed": failed[-1] if _is_still_unpaid(invoice, history) else None,
        "paid": deduction(invoice.amount_paid),
        "waived": deduction(invoice.written_off),
    }


def _is_still_unpaid(invoice: Invoice, history: PaymentHistory) -> bool:
    """Whether a payment has failed, and the client has not paid since."""
    if not history.failed or not invoice.amount_due or invoice.amount_pending:
        return False
    failed_at = history.failed[-1].failed_at
    paid = [entry for entry in history.entries if entry.kind is PaymentKind.PAYMENT]
    return all(entry.at < failed_at for entry in paid)


def _zone(invoice: Invoice) -> ZoneInfo:
    return ZoneInfo(invoice.company.time_zone)
