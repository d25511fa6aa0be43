"""How lines, discounts and taxes add up: properties that hold for every document."""

from dataclasses import fields, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banking.currencies import EXPONENTS
from tests.values.pricing_oracle import figures_of, line_amounts, random_document, tax_part
from values.pricing import DocumentPrice, LinePrice, LineTotal, Totals, calculate
from values.taxes import TaxRate, TaxRounding

documents = st.builds(random_document, st.randoms(use_true_random=False))
checked = settings(max_examples=100, deadline=None)


@settings(max_examples=300, deadline=None)
@given(documents)
def test_documents_come_to_what_an_independent_calculation_gives(document: DocumentPrice) -> None:
    _check(document)


@pytest.mark.parametrize("rounding", TaxRounding)
@pytest.mark.parametrize("included", [False, True])
def test_so_they_do_in_every_currency(
    included: bool, rounding: TaxRounding, pytestconfig: pytest.Config
) -> None:
    random = Random(f"{included} {rounding}")
    for currency in sorted(EXPONENTS) * (100 if pytestconfig.getoption("full") else 5):
        document = random_document(random, currency)
        _check(replace(document, prices_include_tax=included, rounding=rounding))


def _check(document: DocumentPrice) -> None:
    totals = calculate(document)
    expected = figures_of(document)
    assert [line.amount for line in totals.lines] == line_amounts(document.lines, document.currency)
    assert {
        TaxRate(category=tax.category, name=tax.name, rate=tax.rate): (tax.base, tax.tax)
        for tax in totals.taxes
    } == expected.taxes
    assert _sums(totals) == (expected.subtotal, expected.discount, expected.tax, expected.total)
    assert all(type(figure) is int for figure in _every_figure(totals))


def _sums(totals: Totals) -> tuple[int, int, int, int]:
    return totals.subtotal, totals.discount, totals.tax, totals.total


def _every_figure(totals: Totals) -> list[object]:
    lines = [getattr(line, field.name) for line in totals.lines for field in fields(LineTotal)[:3]]
    shares = [share for line in totals.lines for share in line.taxes]
    taxes = [figure for tax in totals.taxes for figure in (tax.base, tax.tax)]
    return [totals.amount, *_sums(totals), *lines, *shares, *taxes]


@checked
@given(documents)
def test_the_lines_add_up_to_the_document(document: DocumentPrice) -> None:
    totals = calculate(document)
    assert totals.total == totals.subtotal - totals.discount + totals.tax
    assert totals.amount == sum(line.amount for line in totals.lines)
    assert totals.subtotal == sum(line.net for line in totals.lines)
    assert totals.discount == sum(line.discount for line in totals.lines)
    assert totals.tax == sum(sum(line.taxes) for line in totals.lines)
    assert totals.tax == sum(tax.tax for tax in totals.taxes)


@checked
@given(documents)
def test_shares_of_lines_are_exact_but_for_less_than_a_unit(document: DocumentPrice) -> None:
    totals = calculate(document)
    discount = sum(figures_of(document).discounts.values())
    part = Fraction(discount, totals.amount) if discount else Fraction(0)
    for price, line in zip(document.lines, totals.lines, strict=True):
        left = line.net - line.discount + (sum(line.taxes) if document.prices_include_tax else 0)
        assert abs((line.amount - left) - line.amount * part) < 1
        factors = [tax_part(document, price.taxes, rate) for rate in price.taxes]
        for share, factor in zip(line.taxes, factors, strict=True):
            assert abs(share - left * factor) < 1
        included = sum(factors, Fraction(0)) if document.prices_include_tax else Fraction(0)
        assert abs(line.net - line.amount * (1 - included)) < len(factors)


@checked
@given(documents)
def test_a_tax_is_its_base_times_its_rate(document: DocumentPrice) -> None:
    totals = calculate(replace(document, prices_include_tax=False))
    rounding = ROUND_HALF_UP if document.rounding is TaxRounding.HALF_UP else ROUND_DOWN
    with localcontext(prec=60):
        for tax in totals.taxes:
            exact = tax.base * tax.rate / 100
            assert tax.tax == int(exact.to_integral_value(rounding))


@checked
@given(documents)
def test_an_included_tax_is_its_base_times_its_rate_but_for_a_unit(document: DocumentPrice) -> None:
    lines = [replace(line, taxes=line.taxes[:1]) for line in document.lines]
    totals = calculate(replace(document, lines=lines, prices_include_tax=True))
    rounding = ROUND_HALF_UP if document.rounding is TaxRounding.HALF_UP else ROUND_DOWN
    with localcontext(prec=60):
        for tax in totals.taxes:
            exact = tax.base * tax.rate / 100
            assert abs(tax.tax - int(exact.to_integral_value(rounding))) <= 1


@checked
@given(documents)
def test_where_prices_include_tax_the_total_is_what_they_say(document: DocumentPrice) -> None:
    totals = calculate(replace(document, prices_include_tax=True))
    discount = sum(figures_of(document).discounts.values())
    assert totals.total == totals.amount - discount


@checked
@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_no_figure_of_the_document(
    document: DocumentPrice, random: Random
) -> None:
    lines = list(document.lines)
    random.shuffle(lines)
    before, after = calculate(document), calculate(replace(document, lines=lines))
    assert _sums(after) == _sums(before)
    assert _taxes(after) == _taxes(before)


def _taxes(totals: Totals) -> list[tuple[object, ...]]:
    return [(tax.category, tax.name, tax.rate, tax.base, tax.tax) for tax in totals.taxes]


@checked
@given(documents)
def test_the_opposite_quantities_have_the_opposite_figures(document: DocumentPrice) -> None:
    document = replace(document, discount_amount=None, discount_percent=None)
    opposite = [replace(line, quantity=-line.quantity) for line in document.lines]
    totals = calculate(replace(document, lines=opposite))
    assert _sums(totals) == tuple(-figure for figure in _sums(calculate(document)))


@checked
@given(documents, st.integers(1, 9), st.integers(1, 10**6))
def test_one_line_of_many_is_the_same_as_many_lines_of_one(
    document: DocumentPrice, many: int, minor: int
) -> None:
    price = Decimal(minor).scaleb(-EXPONENTS[document.currency])
    taxes = document.lines[0].taxes
    one = LinePrice(quantity=Decimal(1), unit_price=price, taxes=taxes)
    apart = replace(document, lines=[*document.lines, *[one] * many])
    together = replace(apart, lines=[*document.lines, replace(one, quantity=Decimal(many))])
    assert _sums(calculate(apart)) == _sums(calculate(together))
    assert calculate(apart).taxes == calculate(together).taxes


@checked
@given(documents)
def test_figures_ignore_the_caller_s_decimal_context(document: DocumentPrice) -> None:
    expected = calculate(document)
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert calculate(document) == expected
