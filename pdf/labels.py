"""The texts of a document in its language: titles, labels, dates and amounts."""

from datetime import date
from decimal import Decimal
from typing import Final

from i18n.formatting import format_date, format_money, format_number, format_percent, format_price
from i18n.locales import direction_of
from i18n.translations import translations_for
from models.money import Minor, Money
from pdf.documents import DocumentKind, Party, PdfDocument, TaxShare
from pdf.text import one_line

_MAX_ADDRESS_LINES: Final = 12


class Labels:
    """The texts of one document."""

    def __init__(self, document: PdfDocument) -> None:
        self._document = document
        self._language = document.language
        self._gettext = translations_for(document.language).gettext
        self.rtl = direction_of(document.language) == "rtl"

    # --- values ---------------------------------------------------------------------------------

    def money(self, minor: int) -> str:
        """Return an amount in minor units, for example as "€1,234.50"."""
        return format_money(Money(Minor(minor), self._document.currency), self._language)

    def price(self, amount: Decimal) -> str:
        """Return a unit price in the main unit with all its decimals, for example "€0.1648"."""
        return format_price(amount, self._document.currency, self._language)

    def number(self, value: Decimal) -> str:
        """Return a number without trailing zeros, for example "1,234.5"."""
        return format_number(_plain(value), self._language)

    def percent(self, value: Decimal) -> str:
        """Return a percentage without trailing zeros, for example "7.7%"."""
        return format_percent(_plain(value), self._language)

    def day(self, value: date) -> str:
        """Return a date, for example "November 30, 2026"."""
        return format_date(value, self._language)

    # --- the document ---------------------------------------------------------------------------

    def title(self) -> str:
        """Return the kind of document, for example "Invoice"."""
        _ = self._gettext
        return {
            DocumentKind.INVOICE: _("Invoice"),
            DocumentKind.QUOTE: _("Quote"),
            DocumentKind.CREDIT_NOTE: _("Credit note"),
        }[self._document.kind]

    def name(self) -> str:
        """Return the kind and number, for example "Invoice 2026-0001"."""
        _ = self._gettext
        number = self._left_to_right(self._document.number)
        texts = {
            DocumentKind.INVOICE: _("Invoice %(number)s"),
            DocumentKind.QUOTE: _("Quote %(number)s"),
            DocumentKind.CREDIT_NOTE: _("Credit note %(number)s"),
        }
        return texts[self._document.kind] % {"number": number}

    def watermark(self) -> str | None:
        """Return the text across the pages of a document that can't be paid or accepted."""
        _ = self._gettext
        return {
            "DRAFT": _("Draft"),
            "CANCELLED": _("Cancelled"),
            "VOID": _("Void"),
        }.get(self._document.status)

    def sender(self) -> str:
        """Return the heading of the business."""
        _ = self._gettext
        return _("From")

    def recipient(self) -> str:
        """Return the heading of the customer."""
        _ = self._gettext
        return {
            DocumentKind.INVOICE: _("Billed to"),
            DocumentKind.QUOTE: _("Prepared for"),
            DocumentKind.CREDIT_NOTE: _("Credited to"),
        }[self._document.kind]

    def party(self, party: Party) -> list[str]:
        """Return the lines below a party's name."""
        others = (*party.tax_ids, party.email, party.phone, party.website)
        texts = (_join_if_long(party.address), *(text and one_line(text) for text in others))
        return [text for text in texts if text]

    def facts(self) -> list[tuple[str, str]]:
        """Return the number and dates with their labels."""
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
        """Return the column headings of the lines."""
        _ = self._gettext
        return _("Description"), _("Quantity"), _("Unit price"), _("Tax"), _("Amount")

    # --- totals ---------------------------------------------------------------------------------

    def subtotals(self) -> list[tuple[str, str]]:
        """Return subtotal, discount and taxes with their labels."""
        if not self._document.lines:
            return []
        _, document = self._gettext, self._document
        rows = [(_("Subtotal"), self.money(document.subtotal))]
        if document.discount:
            rows.append((_("Discount"), self.deduction(document.discount)))
        return rows + [(self.tax(share), self.money(share.tax)) for share in document.taxes]

    def tax(self, share: TaxShare) -> str:
        """Return the label of a tax: its rate and the taxable amount."""
        _ = self._gettext
        values = {"rate": self.percent(share.rate), "amount": self.money(share.taxable)}
        return _("Tax %(rate)s on %(amount)s") % values

    def total(self) -> tuple[str, str]:
        """Return the total with its label."""
        _ = self._gettext
        return _("Total"), self.money(self._document.total)

    def settlements(self) -> list[tuple[str, str]]:
        """Return the paid or used amount and pending payments, with their labels."""
        _, document = self._gettext, self._document
        rows = []
        if document.paid:
            label = _("Used") if document.kind is DocumentKind.CREDIT_NOTE else _("Amount paid")
            rows.append((label, self.deduction(document.paid)))
        if document.pending:
            rows.append((_("On its way"), self.money(document.pending)))
        return rows

    def due(self) -> tuple[str, str] | None:
        """Return the amount due or the credit left, with its label; None for a quote."""
        _, document = self._gettext, self._document
        if document.due is None:
            return None
        is_credit_note = document.kind is DocumentKind.CREDIT_NOTE
        label = _("Credit left") if is_credit_note else _("Amount due")
        return label, self.money(document.due)

    def deduction(self, minor: int) -> str:
        """Return an amount with a minus sign."""
        _ = self._gettext
        return _("−%(amount)s") % {"amount": self.money(minor)}

    # --- how to pay -----------------------------------------------------------------------------

    def transfer_heading(self) -> str:
        """Return the heading of the account."""
        _ = self._gettext
        return _("Bank transfer")

    def transfer(self) -> list[tuple[str, str]]:
        """Return the account and the reference with their labels."""
        _, transfer = self._gettext, self._document.transfer
        if transfer is None:
            return []
        reference = transfer.reference.formatted if transfer.reference else ""
        rows = [
            (_("Account holder"), transfer.account_holder),
            (_("IBAN"), self._left_to_right(transfer.formatted_iban or "")),
            (_("Account"), "\n".join(transfer.account_lines)),
            (_("BIC"), transfer.bic),
            (_("Reference"), self._left_to_right(reference)),
        ]
        return [(label, value) for label, value in rows if value]

    def transfer_hint(self) -> str:
        """Return the text below the account, next to its QR code."""
        _ = self._gettext
        return _("Scan the code with your banking app.")

    def _left_to_right(self, code: str) -> str:
        """Return a code with a mark that keeps its parts in order in right-to-left text."""
        return f"\N{LEFT-TO-RIGHT MARK}{code}" if self.rtl and code else code

    # --- other ----------------------------------------------------------------------------------

    def live_page_hint(self) -> str:
        """Return the text next to the QR code."""
        _ = self._gettext
        return _("See the latest version online:")

    def notes(self) -> str:
        """Return the heading of the notes."""
        _ = self._gettext
        return _("Reason") if self._document.kind is DocumentKind.CREDIT_NOTE else _("Notes")

    def page(self, number: int, count: int) -> str:
        """Return a page number, for example "Page 1 of 3"."""
        _ = self._gettext
        values = {
            "number": format_number(Decimal(number), self._language),
            "count": format_number(Decimal(count), self._language),
        }
        return _("Page %(number)s of %(count)s") % values


def _join_if_long(address: str | None) -> str | None:
    """Return an address, on a single line if it has very many."""
    lines = [line for line in (address or "").splitlines() if line.strip()]
    return ("\n" if len(lines) <= _MAX_ADDRESS_LINES else ", ").join(lines) or None


def _plain(value: Decimal) -> Decimal:
    """Return `value` without trailing zeros."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
