"""What the page of an invoice shows of its payments, credit and refunds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from zoneinfo import ZoneInfo

from i18n.formatting import format_money
from i18n.payments import describe_entry
from models import Invoice
from models.invoices import HistoryEntry


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment, a refund or the like in words."""

    day: date
    """The day in the company's time zone."""
    text: str
    amount: str

    @classmethod
    def of(cls, entry: HistoryEntry, invoice: Invoice) -> Self:
        """Return an entry of the invoice's history."""
        language = invoice.written_in
        return cls(
            day=entry.at.astimezone(ZoneInfo(invoice.company.time_zone)).date(),
            text=describe_entry(entry, language),
            amount=format_money(invoice.money(entry.amount), language),
        )


def payment_values(invoice: Invoice, history: Sequence[HistoryEntry]) -> dict[str, Any]:
    """Return the template's values: each payment, and what they take off the total."""

    def deduction(minor: int) -> str | None:
        return format_money(invoice.money(-minor), invoice.written_in) if minor else None

    return {
        "payments": [PaymentView.of(entry, invoice) for entry in history],
        "paid": deduction(invoice.amount_paid),
        "waived": deduction(invoice.written_off),
    }
