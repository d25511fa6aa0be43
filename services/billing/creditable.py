"""What of an invoice isn't credited yet: the invoice less its live credit notes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from db.statements import fetch, placeholders
from errors import BadInput, Conflict, Text
from models import LIVE_CREDIT, CreditNote, CreditNoteLine, Invoice, InvoiceStatus
from models.documents import DocumentLine
from services.billing.copies import discount_of, line_draft
from services.billing.credit_pricing import (
    TaxedAmount,
    Taxes,
    amounts_by_taxes,
    credit_rest_of_taxes,
    stored_totals,
    totals_by_taxes,
)
from services.billing.loaders import lines_of
from services.billing.pricing import Discount, LineDraft, NamedTax
from values.money import AmountReason, AmountTooLarge, AmountTooSmall, Money, to_decimal
from values.pricing import Totals
from values.taxes import TaxRate

_CREDITED: Final = """
    SELECT invoice_id, SUM(total) AS credited FROM credit_note
    WHERE status IN ('ISSUED', 'APPLIED') AND invoice_id IN {ids} GROUP BY invoice_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditable:
    """What of an invoice isn't credited yet, in minor units."""

    invoice: Invoice
    lines: Sequence[DocumentLine]
    """Those of the invoice."""
    credited: int
    """The total of its live credit notes."""
    amounts: Mapping[Taxes, TaxedAmount]
    """What is left by the taxes of its lines."""

    @property
    def total(self) -> int:
        """What is left, with tax."""
        left: int = self.invoice.total - self.credited
        return left

    def price(
        self,
        lines: Sequence[LineDraft],
        discount: Discount,
        entered: Totals,
        *,
        prices_include_tax: bool,
    ) -> Totals:
        """Return the figures of a credit note whose lines would otherwise come to `entered`.

        Lines and discount of the whole invoice have the figures with which it was issued, by
        whatever rules that was. The prices can include tax where those of the invoice don't. Raises
        BadInput for a tax that the invoice doesn't have, AmountTooSmall, and AmountTooLarge for
        more than is left.
        """
        taxes = [line.taxes for line in lines]
        has_same_terms = prices_include_tax == self.invoice.prices_include_tax
        if has_same_terms and self._is_whole(lines, discount):
            totals = stored_totals(self.lines, [line.amount for line in self.lines])
        else:
            totals = credit_rest_of_taxes(
                entered, taxes, self.amounts, prices_include_tax=prices_include_tax
            )
        if totals.total <= 0:
            raise AmountTooSmall(
                Text("The total must be greater than zero."),
                reason=AmountReason.NOT_POSITIVE,
                field="lines",
            )
        if refusal := self.refusal_of(totals.total, totals_by_taxes(totals, taxes)):
            raise refusal
        return totals

    def refusal_of(
        self, total: int, amounts: Mapping[Taxes, TaxedAmount]
    ) -> AmountTooLarge | BadInput | None:
        """Return why not so much can be credited, or None if it can."""
        if refusal := self.refusal_of_total(total, "lines"):
            return refusal
        for taxes, amount in amounts.items():
            left = self.amounts.get(taxes)
            if left is None or not left.contains(amount):
                return self._refusal_of_tax(taxes, amount, left)
        return None

    def refusal_of_total(self, total: int, field: str) -> AmountTooLarge | None:
        """Return why not so much can be credited in all, or None if it can."""
        if total <= self.total:
            return None
        limit = self.invoice.money(self.total)
        message = Text("Only %(amount)s of this invoice isn't credited yet.", amount=limit)
        return _too_large(message, limit, field)

    def _refusal_of_tax(
        self, taxes: Taxes, amount: TaxedAmount, left: TaxedAmount | None
    ) -> AmountTooLarge | BadInput:
        if left is None:
            known = ", ".join(map(_describe, self.amounts))
            return BadInput(
                Text(
                    "The invoice has no line with %(taxes)s, only with %(known)s.",
                    taxes=_describe(taxes),
                    known=known,
                ),
                field="lines",
            )
        if amount.base * left.base < 0:
            base = self.invoice.money(left.base)
            return BadInput(
                Text(
                    "With %(taxes)s, %(amount)s isn't credited yet. Change the sign.",
                    taxes=_describe(taxes),
                    amount=base,
                ),
                field="lines",
            )
        limit = self.invoice.money(left.base)
        return _too_large(
            Text(
                "With %(taxes)s, only %(amount)s without tax isn't credited yet.",
                taxes=_describe(taxes),
                amount=limit,
            ),
            limit,
            "lines",
        )

    def _is_whole(self, lines: Sequence[LineDraft], discount: Discount) -> bool:
        currency = self.invoice.currency
        whole = [_prices(line_draft(line, currency)) for line in self.lines]
        return (
            not self.credited
            and discount == discount_of(self.invoice)
            and [_prices(line) for line in lines] == whole
        )


def _prices(line: LineDraft) -> tuple[object, ...]:
    """Return what decides about the figures of a line."""
    return (
        line.quantity,
        line.unit_price,
        line.discount_percent or None,
        line.discount_amount or None,
        line.taxes,
    )


def _describe(taxes: Taxes) -> str:
    return " + ".join(_describe_tax(tax) for tax in taxes)


def _describe_tax(tax: TaxRate) -> str:
    """Return a tax as people enter it: "VAT 19 %", "0 % (EXEMPT)"."""
    rate = f"{tax.rate.normalize():f} %"
    name = rate if tax.name is None else f"{tax.name} {rate}"
    return name if tax.category.follows_from_rate else f"{name} ({tax.category})"


def _too_large(message: Text, limit: Money, field: str) -> AmountTooLarge:
    return AmountTooLarge(
        message, reason=AmountReason.ABOVE_CREDITABLE_AMOUNT, limit=limit, field=field
    )


async def load_creditable(invoice: Invoice) -> Creditable:
    """Return what of the invoice isn't credited yet. Lock it to rely on that."""
    lines = await lines_of(invoice)
    [credited] = await load_credited([invoice.id])
    credited_lines = await CreditNoteLine.filter(
        credit_note__invoice_id=invoice.id, credit_note__status__in=list(LIVE_CREDIT)
    )
    amounts = amounts_by_taxes(lines)
    for taxes, amount in amounts_by_taxes(credited_lines).items():
        amounts[taxes] = amounts[taxes] - amount
    return Creditable(invoice=invoice, lines=lines, credited=credited, amounts=amounts)


async def load_credited(invoice_ids: list[UUID]) -> list[int]:
    """Return the total of each invoice's live credit notes, in one statement."""
    ids = placeholders(1, len(invoice_ids))
    rows = await fetch(_CREDITED.format(ids=ids), *invoice_ids)
    credited = {UUID(str(row["invoice_id"])): int(row["credited"]) for row in rows}
    return [credited.get(invoice_id, 0) for invoice_id in invoice_ids]


def credited_by(notes: Iterable[CreditNote]) -> int:
    """Return the total of the live ones of an invoice's credit notes."""
    return sum(note.total for note in notes if note.status in LIVE_CREDIT)


def can_credit(invoice: Invoice, credited: int) -> Conflict | None:
    """Return why nothing of the invoice can be credited, or None if something can.

    `credited` is what `load_credited` returns.
    """
    if invoice.status is InvoiceStatus.DRAFT:
        return Conflict(Text("A draft can't be credited. Edit it instead."))
    if invoice.status is InvoiceStatus.CANCELLED:
        return Conflict(Text("This invoice is cancelled, so it can't be credited."))
    if not invoice.total:
        return Conflict(Text("The total of this invoice is zero, so there is nothing to credit."))
    if credited >= invoice.total:
        return Conflict(Text("This invoice is credited in full already."))
    return None


def rest_lines(creditable: Creditable, description: str) -> list[LineDraft]:
    """Return lines over all that isn't credited yet.

    They are those of the invoice or, once some of it is credited, one for each combination of
    taxes, which is called `description`.
    """
    currency = creditable.invoice.currency
    if not creditable.credited:
        return [line_draft(line, currency) for line in creditable.lines]
    return [
        _rest_line(taxes, amount, creditable.invoice, description)
        for taxes, amount in creditable.amounts.items()
        if amount
    ]


def discounted_line(line: DocumentLine, invoice: Invoice) -> LineDraft:
    """Return a line with its share of the invoice's discount as part of its own."""
    entered = line_draft(line, invoice.currency)
    charged = line.net - line.discount
    if invoice.prices_include_tax:
        charged += line.tax + line.second_tax
    if charged == line.amount:
        return entered
    discount = line.discount_amount + abs(line.amount - charged)
    return replace(
        entered, discount_percent=None, discount_amount=to_decimal(discount, invoice.currency)
    )


def _rest_line(taxes: Taxes, amount: TaxedAmount, invoice: Invoice, description: str) -> LineDraft:
    left = amount.total if invoice.prices_include_tax else amount.base
    return line_with_taxes(taxes, to_decimal(left, invoice.currency), description)


def line_with_taxes(taxes: Taxes, amount: Decimal, description: str) -> LineDraft:
    """Return a line over an amount in the currency's main unit, with these taxes."""
    first, second = taxes[0], taxes[1] if len(taxes) > 1 else None
    return LineDraft(
        description=description,
        quantity=Decimal(1),
        unit_price=amount,
        tax_rate=first.rate,
        tax_category=first.category,
        tax_name=first.name,
        second_tax=NamedTax(name=second.name or "", rate=second.rate) if second else None,
    )
