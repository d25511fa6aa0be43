"""Credit notes over all or parts of an invoice: properties that hold for every invoice."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from services.billing.credit_pricing import (
    TaxedAmount,
    Taxes,
    credit_rest_of_taxes,
    totals_by_taxes,
)
from tests.values.pricing_oracle import random_document
from values.money import to_decimal
from values.pricing import DocumentPrice, LinePrice, Totals, calculate

invoices = st.builds(random_document, st.randoms(use_true_random=False))
checked = settings(max_examples=200, deadline=None)


def _amounts(document: DocumentPrice) -> dict[Taxes, TaxedAmount]:
    return totals_by_taxes(calculate(document), [line.taxes for line in document.lines])


def _credit(
    invoice: DocumentPrice, rest: Mapping[Taxes, TaxedAmount], amounts: Mapping[Taxes, int]
) -> Totals:
    """Return a credit note over these amounts, each a line: with tax where prices include it."""
    lines = [
        LinePrice(quantity=Decimal(1), unit_price=to_decimal(amount, invoice.currency), taxes=taxes)
        for taxes, amount in amounts.items()
    ]
    note = replace(invoice, lines=lines, discount_percent=None, discount_amount=None)
    included = invoice.prices_include_tax
    taxes = [line.taxes for line in lines]
    return credit_rest_of_taxes(calculate(note), taxes, rest, prices_include_tax=included)


def _left(invoice: DocumentPrice, amount: TaxedAmount) -> int:
    return amount.total if invoice.prices_include_tax else amount.base


@checked
@given(invoices)
def test_crediting_the_amounts_of_an_invoice_credits_its_taxes(invoice: DocumentPrice) -> None:
    whole, totals = _amounts(invoice), calculate(invoice)
    note = _credit(invoice, whole, {own: _left(invoice, amount) for own, amount in whole.items()})
    assert note.taxes == totals.taxes
    assert (note.tax, note.total) == (totals.tax, totals.total)


@checked
@given(invoices, st.randoms(use_true_random=False))
def test_parts_never_exceed_the_invoice_and_add_up_to_it(
    invoice: DocumentPrice, random: Random
) -> None:
    rest, total = _amounts(invoice), 0
    while any(rest.values()):
        amounts = {own: _part(random, _left(invoice, left)) for own, left in rest.items()}
        note = _credit(invoice, rest, amounts)
        credited = totals_by_taxes(note, list(amounts))
        assert all(rest[own].contains(amount) for own, amount in credited.items())
        assert note.total == note.subtotal - note.discount + note.tax
        if invoice.prices_include_tax:
            assert note.total == sum(amounts.values())
        rest = {own: left - credited[own] for own, left in rest.items()}
        total += note.total
    assert total == calculate(invoice).total


def _part(random: Random, left: int) -> int:
    """Return a part of what is left: often all, and sometimes a single unit or nothing."""
    if random.random() < 0.3:
        return left
    part = random.choice((0, min(1, abs(left)), random.randint(0, abs(left))))
    return part if left > 0 else -part


@checked
@given(invoices, st.randoms(use_true_random=False))
def test_taxes_of_lines_add_up_to_those_of_the_credit_note(
    invoice: DocumentPrice, random: Random
) -> None:
    rest = _amounts(invoice)
    lines = [line for line in invoice.lines if random.random() < 0.5] or invoice.lines
    part = replace(invoice, lines=lines, discount_percent=None, discount_amount=None)
    taxes = [line.taxes for line in lines]
    totals = calculate(part)
    note = credit_rest_of_taxes(totals, taxes, rest, prices_include_tax=part.prices_include_tax)
    assert note.tax == sum(sum(line.taxes) for line in note.lines)
    assert note.amount == totals.amount
    assert (note.total == totals.total) or not part.prices_include_tax
