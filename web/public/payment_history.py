"""What the page of an invoice shows of its payments, credit, refunds and failed payments."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Self
from zoneinfo import ZoneInfo

from core.urls import PATHS
from i18n.formatting import format_money
from i18n.payments import describe_entry, describe_paid_with, failure_reason
from i18n.translations import translations_for
from models import Invoice
from values.payments import FailedPayment, HistoryEntry, PaymentHistory, PaymentKind

_ICONS: Final = {
    PaymentKind.PAYMENT: "card",
    PaymentKind.CREDIT: "file",
    PaymentKind.REFUND: "card",
    PaymentKind.DISPUTE: "card",
    PaymentKind.WRITE_OFF: "minus",
    PaymentKind.REVERSAL: "back",
}


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
    is_taken_back: bool

    @property
    def day(self) -> date:
        """The day in the company's time zone."""
        return self.at.date()

    @property
    def icon(self) -> str:
        """Its icon in `icons.html`."""
        return "back" if self.is_taken_back else _ICONS[self.kind]

    @property
    def dot(self) -> str:
        """The class of its colour in `portal.css`."""
        return "is-good" if self.kind is PaymentKind.PAYMENT else ""

    @property
    def note(self) -> str | None:
        """More about it."""
        return None

    @classmethod
    def of(cls, entry: HistoryEntry, invoice: Invoice, page_url: str) -> Self:
        """Return an entry of the history of the invoice, whose page is at `page_url`."""
        language = invoice.written_in
        return cls(
            at=entry.at.astimezone(_zone(invoice)),
            text=describe_entry(entry, language),
            amount=format_money(invoice.money(entry.amount), language),
            kind=entry.kind,
            receipt_url=PATHS.receipt(page_url, entry.receipt_id) if entry.receipt_id else None,
            is_taken_back=entry.amount < 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPaymentView:
    """A payment that failed days after the client made it, in words."""

    at: datetime
    """The time in the company's time zone."""
    started: date
    """The day on which the client made it."""
    text: str
    """That it failed."""
    amount: str
    paid_with: str
    reason: str | None
    """Why, to follow a colon; None if that isn't known."""
    icon: ClassVar = "x"
    dot: ClassVar = "is-bad"
    receipt_url: ClassVar = None

    @property
    def day(self) -> date:
        """The day on which it failed."""
        return self.at.date()

    @property
    def note(self) -> str:
        """What the client paid with, and why it failed."""
        return f"{self.paid_with}: {self.reason}" if self.reason else self.paid_with

    @classmethod
    def of(cls, failed: FailedPayment, invoice: Invoice) -> Self:
        """Return a failed payment of the invoice."""
        language, zone, paid_with = invoice.written_in, _zone(invoice), failed.paid_with
        _ = translations_for(language).gettext
        return cls(
            at=failed.failed_at.astimezone(zone),
            started=failed.started_at.astimezone(zone).date(),
            text=_("Payment failed"),
            paid_with=describe_paid_with(paid_with, language) if paid_with else _("Online payment"),
            amount=format_money(invoice.money(failed.amount), language),
            reason=failure_reason(failed.failure_code, language),
        )


def timeline(
    invoice: Invoice, history: PaymentHistory, page_url: str
) -> list[PaymentView | FailedPaymentView]:
    """Return what happened to the amount due of the invoice at `page_url`, newest first."""
    views: list[PaymentView | FailedPaymentView] = [
        *(PaymentView.of(entry, invoice, page_url) for entry in history.entries),
        *(FailedPaymentView.of(each, invoice) for each in history.failed),
    ]
    return sorted(views, key=lambda view: view.at)[::-1]  # also those of the same moment


def unpaid_since(invoice: Invoice, history: PaymentHistory) -> FailedPaymentView | None:
    """Return the payment that failed last, if the client should still pay because of it."""
    if not _is_still_unpaid(invoice, history):
        return None
    return FailedPaymentView.of(history.failed[-1], invoice)


def _is_still_unpaid(invoice: Invoice, history: PaymentHistory) -> bool:
    """Whether a payment has failed, and the client has not paid since."""
    if not history.failed or not invoice.amount_due or invoice.amount_pending:
        return False
    failed_at = history.failed[-1].failed_at
    paid = [entry for entry in history.entries if entry.kind is PaymentKind.PAYMENT]
    return all(entry.at < failed_at for entry in paid)


def _zone(invoice: Invoice) -> ZoneInfo:
    return ZoneInfo(invoice.company.time_zone)
