"""Pills: the states of invoices in lists, for clients and staff."""

from datetime import date
from typing import Final, NamedTuple

from i18n.relative_times import describe_due_date
from i18n.translations import translations_for
from models import Invoice, InvoiceStatus

_SOON: Final = 3
"""How many days before it a due date counts as near."""


class Pill(NamedTuple):
    """A state in words, with an icon of `icons.html` and a colour of `portal.css`."""

    kind: str
    icon: str
    text: str


def due_pills(invoice: Invoice, today: date) -> list[Pill]:
    """Return the state of an invoice in a list."""
    language = invoice.written_in
    _ = translations_for(language).gettext
    match invoice.status:
        case InvoiceStatus.CANCELLED:
            return [Pill("", "minus", _("Cancelled"))]
        case InvoiceStatus.PAID:
            return [Pill("is-good", "check", _("Paid"))]
    if invoice.remaining <= 0:
        return [Pill("is-info", "repeat", _("Payment on its way"))]
    pills = [Pill("is-info", "half", _("Part paid"))] if invoice.amount_paid else []
    if invoice.due_date is not None:
        return [*pills, due_pill(invoice.due_date, today, language)]
    return pills or [Pill("is-info", "clock", _("Open"))]


def due_pill(due: date, today: date, language: str) -> Pill:
    """Return whether an invoice is due soon, later or overdue on the day `today`."""
    text, days = describe_due_date(due, today, language), (due - today).days
    if days < 0:
        return Pill("is-bad", "alert", text)
    return Pill("is-warn" if days <= _SOON else "is-info", "clock", text)
