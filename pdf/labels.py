"""What a document says of itself, in its language: titles, labels, dates and amounts."""

from datetime import date
from decimal import Decimal
from typing import Final

from i18n.formatting import format_date, format_money, format_number, format_percent
from i18n.locales import direction_of
from i18n.translations import catalogue
from models.money import Minor, Money
from pdf.documents import Document, DocumentKind, Party, TaxShare
from pdf.text import one_line

_MOST_LINES: Final = 12
"""Of an address that has them one below the other."""


class Words:
    """The texts of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._language = document.language
        self._gettext = catalogue(document.language).gettext
        self.rtl = direction_of(document.language) == "rtl"

    # --- values ---------------------------------------------------------------------------------

    def money(self, minor: int) -> str:
        """Return an amount, e.g. "€1,234.50"."""
        return format_money(Money(Minor(minor), self._document.currency), self._language)

    def number(self, value: Decimal) -> str:
        """Return e.g. "1,234.5", without zeros at its end."""
        return format_number(_plain(value), self._language)

    def percent(self, value: Decimal) -> str:
        """Return e.g. "7.7%"."""
        return format_percent(_plain(value), self._language)

    def day(self, value: date) -> str:
        """Return e.g. "November 30, 2026"."""
        return format_date(value, self._language)

    # --- the document ---------------------------------------------------------------------------

    def title(self) -> str:
        """Return what the document is: "Invoice"."""
        _ = self._gettext
        return {
            DocumentKind.INVOICE: _("Invoice"),
            DocumentKind.QUOTE: _("Quote"),
            DocumentKind.CREDIT_NOTE: _("Credit note"),
        }[self._document.kind]

    def name(self) -> str:
        """Return which document it is: "Invoice 2026-0001"."""
        _ = self._gettext
        # The mark keeps the parts of a number in order behind letters that run leftwards.
        number = (
            f"\N{LEFT-TO-RIGHT MARK}{self._document.number}" if self.rtl else self._document.number
        )
        texts = {
            DocumentKind.INVOICE: _("Invoice %(number)s"),
            DocumentKind.QUOTE: _("Quote %(number)s"),
            DocumentKind.CREDIT_NOTE: _("Credit note %(number)s"),
        }
        return texts[self._document.kind] % {"number": number}

    def mark(self) -> str | None:
        """Return what stands across the pages of a document that is not to be paid or accepted."""
        _ = self._gettext
        return {
            "DRAFT": _("Draft"),
            "CANCELLED": _("Cancelled"),
            "VOID": _("Void"),
        }.get(self._document.status)

    def sender(self) -> str:
        """Return what the business is introduced with."""
        _ = self._gettext
        return _("From")

    def addressee(self) -> str:
        """Return what the customer is introduced with."""
        _ = self._gettext
        return {
            DocumentKind.INVOICE: _("Billed to"),
            DocumentKind.QUOTE: _("Prepared for"),
            DocumentKind.CREDIT_NOTE: _("Credited to"),
        }[self._document.kind]

    def party(self, party: Party) -> list[str]:
        """Return the lines below a party's name."""
        _ = self._gettext
        tax_id = _("Tax ID: %(tax_id)s") % {"tax_id": party.tax_id} if party.tax_id else None
        others = (party.email, party.phone, party.website, tax_id)
        known = (_few_lines(party.address), *(text and one_line(text) for text in others))
        return [text for text in known if text]

    def facts(self) -> list[tuple[str, str]]:
        """Return the number and the dates, each with its label."""
        _, document = self._gettext, self._document
        dates = [
            (_("Issue date"), document.issue_date),
            (
                _("Good until") if document.kind is DocumentKind.QUOTE else _("Due date"),
                document.due_date,
            ),
        ]
        return [
            (_("Number"), document.number),
            *((label, self.day(value)) for label, value in dates if value is not None),
        ]

    def columns(self) -> tuple[str, str, str, str, str]:
        """Return the head of the table of lines."""
        _ = self._gettext
        return _("Description"), _("Quantity"), _("Unit price"), _("Tax"), _("Amount")

    # --- totals ---------------------------------------------------------------------------------

    def sums(self) -> list[tuple[str, str]]:
        """Return what leads to the total, each with its label."""
        if not self._document.lines:
            return []
        _, document = self._gettext, self._document
        sums = [(_("Subtotal"), self.money(document.subtotal))]
        if document.discount:
            sums.append((_("Discount"), self.less(document.discount)))
        return sums + [(self.tax(share), self.money(share.tax)) for share in document.taxes]

    def tax(self, share: TaxShare) -> str:
        """Return what a tax is called: its rate, and what it is due on."""
        _ = self._gettext
        values = {"rate": self.percent(share.rate), "amount": self.money(share.taxable)}
        return _("Tax %(rate)s on %(amount)s") % values

    def total(self) -> tuple[str, str]:
        """Return the total with its label."""
        _ = self._gettext
        return _("Total"), self.money(self._document.total)

    def settled(self) -> list[tuple[str, str]]:
        """Return what was paid or used of the total, and what is on its way."""
        _, document = self._gettext, self._document
        settled = []
        if document.paid:
            label = _("Used") if document.kind is DocumentKind.CREDIT_NOTE else _("Amount paid")
            settled.append((label, self.less(document.paid)))
        if document.pending:
            settled.append((_("On its way"), self.money(document.pending)))
        return settled

    def due(self) -> tuple[str, str] | None:
        """Return what is left to pay or to use, with its label; None for a quote."""
        _, document = self._gettext, self._document
        if document.due is None:
            return None
        credit = document.kind is DocumentKind.CREDIT_NOTE
        return _("Credit left") if credit else _("Amount due"), self.money(document.due)

    def less(self, minor: int) -> str:
        """Return an amount that is taken off."""
        _ = self._gettext
        return _("−%(amount)s") % {"amount": self.money(minor)}

    # --- around ---------------------------------------------------------------------------------

    def invitation(self) -> str:
        """Return what stands beside the QR code."""
        _ = self._gettext
        return _("See the latest version online:")

    def notes(self) -> str:
        """Return the heading of the notes."""
        _ = self._gettext
        return _("Reason") if self._document.kind is DocumentKind.CREDIT_NOTE else _("Notes")

    def page(self, number: int, count: int) -> str:
        """Return e.g. "Page 1 of 3"."""
        _ = self._gettext
        values = {"number": format_number(Decimal(number), self._language)}
        values["count"] = format_number(Decimal(count), self._language)
        return _("Page %(number)s of %(count)s") % values


def _few_lines(address: str | None) -> str | None:
    """Return an address with its lines behind one another if they are very many."""
    lines = [line for line in (address or "").splitlines() if line.strip()]
    return ("\n" if len(lines) <= _MOST_LINES else ", ").join(lines) or None


def _plain(value: Decimal) -> Decimal:
    """Return `value` without zeros behind the point."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
