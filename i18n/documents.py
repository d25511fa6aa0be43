"""A document's lines, sums and references in words: the same on pages, in PDFs and in e-mails."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol, Self

from i18n.formatting import (
    format_date,
    format_minor,
    format_percent,
    format_period,
    format_price,
)
from i18n.tax_reasons import tax_reasons
from i18n.taxes import TaxWords
from i18n.translations import translations_for
from i18n.units import format_quantity
from values.parties import Party
from values.taxes import TaxCategory, TaxedLine, TaxRate, TaxTotal, second_rate, summarize


class LineContent(Protocol):
    """A line of a document, with amounts in minor units: a row, or part of a PDF."""

    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def quantity(self) -> Decimal: ...  # noqa: D102
    @property
    def unit(self) -> str | None: ...  # noqa: D102
    @property
    def unit_price(self) -> Decimal: ...  # noqa: D102
    @property
    def discount_percent(self) -> Decimal | None: ...  # noqa: D102
    @property
    def discount_amount(self) -> int: ...  # noqa: D102
    @property
    def amount(self) -> int: ...  # noqa: D102
    @property
    def tax_category(self) -> TaxCategory: ...  # noqa: D102
    @property
    def tax_name(self) -> str | None: ...  # noqa: D102
    @property
    def tax_rate(self) -> Decimal: ...  # noqa: D102
    @property
    def second_tax_name(self) -> str | None: ...  # noqa: D102
    @property
    def second_tax_rate(self) -> Decimal | None: ...  # noqa: D102


class Sums(Protocol):
    """The sums of a document, in minor units: a row, or a PDF's content."""

    @property
    def prices_include_tax(self) -> bool: ...  # noqa: D102
    @property
    def subtotal(self) -> int: ...  # noqa: D102
    @property
    def discount_percent(self) -> Decimal | None: ...  # noqa: D102
    @property
    def discount_amount(self) -> int: ...  # noqa: D102
    @property
    def total(self) -> int: ...  # noqa: D102


class References(Protocol):
    """What a document refers to: a row, or a PDF's content."""

    @property
    def period_start(self) -> date | None: ...  # noqa: D102
    @property
    def period_end(self) -> date | None: ...  # noqa: D102
    @property
    def purchase_order(self) -> str | None: ...  # noqa: D102
    @property
    def buyer_reference(self) -> str | None: ...  # noqa: D102


class StoredLine(LineContent, TaxedLine, Protocol):
    """A row of a line, with its share of the document's taxes."""


class StoredDocument(Sums, References, Protocol):
    """The row of a document, loaded with all that it shows."""

    @property
    def currency(self) -> str: ...  # noqa: D102
    @property
    def seller(self) -> Party: ...  # noqa: D102
    @property
    def written_in(self) -> str: ...  # noqa: D102
    @property
    def tax_exemption_reason(self) -> str | None: ...  # noqa: D102


class Row(NamedTuple):
    """A text or an amount with its label."""

    label: str
    text: str


class LineTexts(NamedTuple):
    """A line in words."""

    description: str
    """The first line of the description."""
    details: str
    """The other lines of the description."""
    quantity: str
    unit_price: str
    discount: str
    """The line's own discount, in percent or as an amount; empty if there is none."""
    taxes: tuple[str, ...]
    amount: str

    @property
    def tax_length(self) -> int:
        """How many characters the taxes have together."""
        return sum(map(len, self.taxes))


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """The words of a document in `language`, with its amounts in `currency`."""

    language: str
    currency: str
    tax: TaxWords

    @classmethod
    def of(
        cls, taxes: Iterable[TaxTotal], *, currency: str, country: str | None, language: str
    ) -> Self:
        """Return the words of a document with these taxes, from a business in `country`."""
        words = TaxWords.of(taxes, country, language)
        return cls(language=language, currency=currency, tax=words)

    def money(self, minor: int) -> str:
        """Return an amount, for example "€1,234.50"."""
        return format_minor(minor, self.currency, self.language)

    def line(self, line: LineContent) -> LineTexts:
        """Return a line in words."""
        description, _, details = line.description.strip().partition("\n")
        return LineTexts(
            description=description.strip(),
            details=details.strip(),
            quantity=format_quantity(line.quantity, line.unit, self.language),
            unit_price=format_price(line.unit_price, self.currency, self.language),
            discount=self._line_discount(line),
            taxes=tuple(map(self.tax.rate, _taxes(line))),
            amount=self.money(line.amount),
        )

    def _line_discount(self, line: LineContent) -> str:
        if line.discount_percent:
            return format_percent(-line.discount_percent, self.language)
        discount = line.discount_amount if line.amount < 0 else -line.discount_amount
        return self.money(discount) if discount else ""  # it brings the amount nearer to zero

    # --- sums -----------------------------------------------------------------------------------

    def subtotals(self, sums: Sums, taxes: Sequence[Row]) -> list[Row]:
        """Return what leads to the total: subtotal, discount and `taxes`, unless prices have them.

        They are left out where they say nothing.
        """
        _ = translations_for(self.language).gettext
        rows = [*self._discount(sums), *([] if sums.prices_include_tax else taxes)]
        if not rows:
            return []
        gross = sums.total + sums.discount_amount
        subtotal = gross if sums.prices_include_tax else sums.subtotal
        return [Row(_("Subtotal"), self.money(subtotal)), *rows]

    def _discount(self, sums: Sums) -> list[Row]:
        if not sums.discount_amount:
            return []
        label = translations_for(self.language).gettext("Discount")
        if sums.discount_percent:
            label = f"{label} {format_percent(sums.discount_percent, self.language)}"
        return [Row(label, self.money(-sums.discount_amount))]

    def included_taxes(self, sums: Sums, taxes: Sequence[Row]) -> list[Row]:
        """Return `taxes` as parts of the total, where prices include tax."""
        if not sums.prices_include_tax:
            return []
        includes = translations_for(self.language).gettext("includes %(tax)s")
        return [Row(includes % {"tax": row.label}, row.text) for row in taxes]

    def taxes(self, taxes: Sequence[TaxTotal]) -> list[Row]:
        """Return each tax with its base, for example "VAT 19% on €100.00"; none if all are zero."""
        if not any(total.rate for total in taxes):
            return []
        on = translations_for(self.language).gettext("%(tax)s on %(amount)s")
        return [
            Row(
                on % {"tax": self.tax.tax(total), "amount": self.money(total.base)},
                self.money(total.tax),
            )
            for total in taxes
            if total.category is not TaxCategory.OUT_OF_SCOPE
        ]

    def tax_sum(self, taxes: Sequence[TaxTotal]) -> Row:
        """Return the sum of all taxes."""
        return Row(self.tax.name, self.money(sum(total.tax for total in taxes)))

    # --- references -----------------------------------------------------------------------------

    def references(self, references: References) -> list[Row]:
        """Return the days of the service, the customer's order number and its reference."""
        _ = translations_for(self.language).gettext
        start, end = references.period_start, references.period_end
        rows = []
        if start:
            label = _("Service date") if end is None or end == start else _("Service period")
            rows.append(Row(label, format_period(start, end, self.language)))
        if references.purchase_order:
            rows.append(Row(_("Your order number"), references.purchase_order))
        if references.buyer_reference:
            rows.append(Row(_("Your reference"), references.buyer_reference))
        return rows


class CorrectedInvoice(Protocol):
    """An invoice that a credit note corrects: a row, or part of a PDF's content."""

    @property
    def number(self) -> str | None: ...  # noqa: D102
    @property
    def issue_date(self) -> date | None: ...  # noqa: D102


def corrects_invoice(invoice: CorrectedInvoice, language: str) -> str:
    """Return which invoice a credit note corrects, which Directive 2006/112/EC asks for (219)."""
    _ = translations_for(language).gettext
    if invoice.issue_date is None:
        return _("Corrects invoice %(number)s") % {"number": invoice.number}
    day = format_date(invoice.issue_date, language)
    return _("Corrects invoice %(number)s of %(date)s") % {"number": invoice.number, "date": day}


def _taxes(line: LineContent) -> list[TaxRate]:
    taxes = [TaxRate(line.tax_category, line.tax_name, line.tax_rate)]
    if line.second_tax_rate is not None:
        taxes.append(second_rate(line.second_tax_name, line.second_tax_rate))
    return taxes


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document in words, as pages and e-mails show it."""

    tax_name: str
    """The heading of the lines' taxes."""
    lines: Sequence[LineTexts]
    subtotals: Sequence[Row]
    total: str
    included_taxes: Sequence[Row]
    tax_reasons: Sequence[str]
    """Why lines have no tax."""
    references: Sequence[Row]

    @classmethod
    def of(cls, document: StoredDocument, lines: Sequence[StoredLine]) -> Self:
        """Return the document in its language. Needs its company, customer and snapshots."""
        taxes, language = summarize(lines), document.written_in
        words = DocumentWords.of(
            taxes, currency=document.currency, country=document.seller.country, language=language
        )
        tax_rows = words.taxes(taxes)
        return cls(
            tax_name=words.tax.name,
            lines=list(map(words.line, lines)),
            subtotals=words.subtotals(document, tax_rows),
            total=words.money(document.total),
            included_taxes=words.included_taxes(
                document, words.taxes([total for total in taxes if total.tax])
            ),
            tax_reasons=tax_reasons(taxes, document.tax_exemption_reason, language),
            references=words.references(document),
        )
