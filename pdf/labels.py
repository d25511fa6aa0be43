"""The texts of a document in its language: titles, labels, dates and amounts."""

from datetime import date
from typing import Final

from i18n.documents import DocumentWords, LineTexts, Row, corrects_invoice
from i18n.formatting import format_count, format_date, format_short_date
from i18n.locales import direction_of
from i18n.payments import describe_entry, method_of
from i18n.translations import translations_for
from pdf.cleaning import one_line
from pdf.documents import DocumentKind, Line, Party, PdfDocument
from values.payments import HistoryEntry

_MAX_ADDRESS_LINES: Final = 12
_MAX_TABLE_ROWS: Final = 12
"""More taxes than this are rows of the totals, which can flow over pages."""
_MAX_HISTORY: Final = 12
"""A longer history is summed up in one row."""


class Labels:
    """The texts of one document."""

    def __init__(self, document: PdfDocument) -> None:
        self._document = document
        self._language = document.language
        self._gettext = translations_for(document.language).gettext
        self._words = DocumentWords.of(
            document.taxes,
            currency=document.currency,
            country=document.country,
            language=document.language,
        )
        self.rtl = direction_of(document.language) == "rtl"

    # --- values ---------------------------------------------------------------------------------

    def money(self, minor: int) -> str:
        """Return an amount in minor units, for example as "€1,234.50"."""
        return self._words.money(minor)

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
            DocumentKind.RECEIPT: _("Receipt"),
            DocumentKind.STATEMENT: _("Statement of account"),
        }[self._document.kind]

    def name(self) -> str:
        """Return the kind and number, for example "Invoice 2026-0001" or "Invoice (Draft)"."""
        _ = self._gettext
        if not self._document.number:
            return f"{self.title()} ({_('Draft')})"
        number = self._left_to_right(self._document.number)
        texts = {
            DocumentKind.INVOICE: _("Invoice %(number)s"),
            DocumentKind.QUOTE: _("Quote %(number)s"),
            DocumentKind.CREDIT_NOTE: _("Credit note %(number)s"),
            DocumentKind.RECEIPT: _("Receipt for invoice %(number)s"),
            DocumentKind.STATEMENT: _("Statement of account, %(number)s"),
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

    def state(self) -> str | None:
        """Return what the watermark says, or that an invoice is paid."""
        _ = self._gettext
        if self._document.kind is DocumentKind.INVOICE and self._document.status == "PAID":
            return _("Paid")
        return self.watermark()

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
            DocumentKind.RECEIPT: _("Paid by"),
            DocumentKind.STATEMENT: _("Prepared for"),
        }[self._document.kind]

    def party(self, party: Party) -> list[str]:
        """Return the lines below a party's name."""
        others = (*party.tax_ids, party.email, party.phone, party.website)
        texts = (_join_if_long(party.address), *(text and one_line(text) for text in others))
        return [text for text in texts if text]

    def facts(self) -> list[Row]:
        """Return dates and references with their labels."""
        _, document = self._gettext, self._document
        if document.kind is DocumentKind.RECEIPT:
            return self._receipt_facts()
        dates = [
            (_("Issue date"), document.issue_date),
            (
                _("Valid until") if document.kind is DocumentKind.QUOTE else _("Due date"),
                document.due_date,
            ),
        ]
        return [
            *(Row(label, self.day(value)) for label, value in dates if value is not None),
            *self._words.references(document),
        ]

    def _receipt_facts(self) -> list[Row]:
        _, document = self._gettext, self._document
        assert document.issue_date is not None
        method = method_of(document.paid_with, self._language) if document.paid_with else None
        return [
            Row(_("Paid on"), self.day(document.issue_date)),
            *([Row(_("Paid with"), method)] if method else []),
            Row(_("Invoice"), document.number),
        ]

    def corrects(self) -> str:
        """Return which invoice a credit note corrects; empty if it corrects none."""
        invoice = self._document.corrected_invoice
        return corrects_invoice(invoice, self._language) if invoice else ""

    def delivered_to(self) -> str:
        """Return the heading of the delivery address."""
        _ = self._gettext
        return _("Delivered to")

    def delivery_address(self) -> str:
        """Return the delivery address, with line breaks."""
        return _join_if_long(self._document.delivery_address) or ""

    def columns(self) -> tuple[str, str, str, str, str]:
        """Return the column headings of the lines."""
        _ = self._gettext
        return (
            _("Description"),
            _("Quantity"),
            _("Unit price"),
            self._words.tax.name,
            _("Amount"),
        )

    def statement_columns(self) -> tuple[str, str, str, str]:
        """Return the column headings of a statement."""
        _ = self._gettext
        return (_("Date"), _("Description"), _("Amount"), _("Balance"))

    def short_day(self, value: date) -> str:
        """Return a date, for example "Nov 30, 2026"."""
        return format_short_date(value, self._language)

    def line(self, line: Line) -> LineTexts:
        """Return the texts of a line."""
        return self._words.line(line)

    # --- totals ---------------------------------------------------------------------------------

    def subtotals(self) -> list[Row]:
        """Return subtotal, discount and taxes with their labels."""
        if not self._document.lines:
            return []
        return self._words.subtotals(self._document, self._tax_rows())

    def included_taxes(self) -> list[Row]:
        """Return the taxes that are part of the total where prices include tax."""
        return self._words.included_taxes(self._document, self._tax_rows())

    def _tax_rows(self) -> list[Row]:
        taxes = self._document.taxes
        return [self._words.tax_sum(taxes)] if self.has_tax_table else self._words.taxes(taxes)

    @property
    def has_tax_table(self) -> bool:
        """Whether the taxes are in a table of their own.

        One tax is not, nor are two taxes on the same lines, whose bases don't add up, nor the taxes
        of a receipt, which are parts of what was paid.
        """
        document = self._document
        if document.kind is DocumentKind.RECEIPT:
            return False
        base = document.total - sum(total.tax for total in document.taxes)
        return (
            1 < len(document.taxes) <= _MAX_TABLE_ROWS
            and any(total.rate for total in document.taxes)
            and base == sum(total.base for total in document.taxes)
        )

    def tax_table(self) -> list[tuple[str, str, str, str]]:
        """Return the rows of the table of taxes: its head, a row for each, and the sums."""
        _, words, taxes = self._gettext, self._words, self._document.taxes
        base, tax = sum(total.base for total in taxes), sum(total.tax for total in taxes)
        return [
            (_("Rate"), _("Net"), words.tax.name, _("Gross")),
            *(
                (
                    words.tax.rate(total),
                    words.money(total.base),
                    words.money(total.tax),
                    words.money(total.base + total.tax),
                )
                for total in taxes
            ),
            (_("Total"), words.money(base), words.money(tax), words.money(base + tax)),
        ]

    def total(self) -> Row:
        """Return the total with its label."""
        _ = self._gettext
        is_receipt = self._document.kind is DocumentKind.RECEIPT
        label = _("Amount paid") if is_receipt else _("Total")
        return Row(label, self.money(self._document.total))

    def settlements(self) -> list[Row]:
        """Return what was paid, credited, refunded or used, and what is on its way."""
        _, document = self._gettext, self._document
        rows = []
        if 0 < len(document.history) <= _MAX_HISTORY:
            rows = list(map(self._settlement, document.history))
        elif document.paid:
            is_credit_note = document.kind is DocumentKind.CREDIT_NOTE
            label = _("Used on invoices") if is_credit_note else _("Amount paid")
            rows = [Row(label, self.money(-document.paid))]
        if document.paid_out:
            rows.append(Row(_("Paid out"), self.money(-document.paid_out)))
        if document.pending:
            rows.append(Row(_("On its way"), self.money(document.pending)))
        return rows

    def _settlement(self, entry: HistoryEntry) -> Row:
        _ = self._gettext
        values = {
            "what": describe_entry(entry, self._language),
            "date": format_short_date(entry.at.date(), self._language),
        }
        # What is taken back adds to what is due, and takes something off the payment of a receipt.
        is_receipt = self._document.kind is DocumentKind.RECEIPT
        amount = entry.amount if is_receipt else -entry.amount
        return Row(_("%(what)s, %(date)s") % values, self.money(amount))

    def due(self) -> Row | None:
        """Return the amount due or the credit left, with its label; None for a quote."""
        _, document = self._gettext, self._document
        if document.due is None:
            return None
        labels = {
            DocumentKind.CREDIT_NOTE: _("Credit left"),
            DocumentKind.RECEIPT: _("Left to pay on this invoice"),
        }
        return Row(labels.get(document.kind, _("Amount due")), self.money(document.due))

    # --- how to pay -----------------------------------------------------------------------------

    def transfer_heading(self) -> str:
        """Return the heading of the account."""
        _ = self._gettext
        return _("Bank transfer")

    def transfer(self) -> list[Row]:
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
        return [Row(label, value) for label, value in rows if value]

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

    def payment_terms(self) -> str:
        """Return the heading of the terms of payment."""
        _ = self._gettext
        return _("Payment terms")

    def notes(self) -> str:
        """Return the heading of the notes."""
        _ = self._gettext
        return _("Notes")

    def reason(self) -> str:
        """Return the heading of why a credit note was issued."""
        _ = self._gettext
        return _("Reason")

    def acceptance(self) -> str:
        """Return the heading of who accepted a quote."""
        _ = self._gettext
        return _("Accepted")

    def page(self, number: int, count: int) -> str:
        """Return a page number, for example "Page 1 of 3"."""
        _ = self._gettext
        values = {
            "number": format_count(number, self._language),
            "count": format_count(count, self._language),
        }
        return _("Page %(number)s of %(count)s") % values


def _join_if_long(address: str | None) -> str | None:
    """Return an address, on a single line if it has very many."""
    lines = [line for line in (address or "").splitlines() if line.strip()]
    return ("\n" if len(lines) <= _MAX_ADDRESS_LINES else ", ").join(lines) or None
