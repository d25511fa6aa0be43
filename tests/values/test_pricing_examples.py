"""Worked examples of documents whose figures other tools have got wrong, or that laws give."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pytest

from banking.currencies import EXPONENTS
from tests.values.pricing_oracle import GST, QST, standard, untaxed
from values.money import Minor
from values.pricing import DocumentPrice, LinePrice, Totals, calculate
from values.taxes import TaxCategory, TaxRate, TaxRounding

REVERSE_CHARGE: Final = untaxed(TaxCategory.REVERSE_CHARGE)
OUT_OF_SCOPE: Final = untaxed(TaxCategory.OUT_OF_SCOPE)


def _line(
    unit_price: str, *taxes: str | TaxRate, quantity: str = "1", **discount: Any
) -> LinePrice:
    return LinePrice(
        quantity=Decimal(quantity),
        unit_price=Decimal(unit_price),
        taxes=tuple(standard(tax) if isinstance(tax, str) else tax for tax in taxes),
        **discount,
    )


def _totals(currency: str, lines: Sequence[LinePrice], **document: Any) -> Totals:
    return calculate(DocumentPrice(currency=currency, lines=lines, **document))


def _shown(totals: Totals, currency: str) -> list[str]:
    """Return subtotal, discount, tax and total in main units."""
    minors = (totals.subtotal, totals.discount, totals.tax, totals.total)
    return [str(Decimal(minor).scaleb(-EXPONENTS[currency])) for minor in minors]


@pytest.mark.parametrize(
    ("currency", "lines", "subtotal", "tax", "total"),
    [
        ("JPY", [_line("5", "10")] * 10, "50", "5", "55"),
        ("JPY", [_line("333", "10")] * 10, "3330", "333", "3663"),
        ("JPY", [_line("107", "8")] * 10, "1070", "86", "1156"),
        ("EUR", [_line("0.13", "19")] * 40, "5.20", "0.99", "6.19"),
        ("EUR", [_line("0.05", "10")] * 1000, "50.00", "5.00", "55.00"),
        ("EUR", [_line("0.04", "10")] * 1000, "40.00", "4.00", "44.00"),
        ("EUR", [_line("0.33", "19")] * 10, "3.30", "0.63", "3.93"),
        ("EUR", [_line("0.33", "19", quantity="10")], "3.30", "0.63", "3.93"),
        ("EUR", [_line("33.335", "19")] * 3, "100.02", "19.00", "119.02"),
    ],
)
def test_tax_is_rounded_once_however_many_lines_there_are(
    currency: str, lines: list[LinePrice], subtotal: str, tax: str, total: str
) -> None:
    no_discount = str(Decimal(0).scaleb(-EXPONENTS[currency]))
    assert _shown(_totals(currency, lines), currency) == [subtotal, no_discount, tax, total]


@pytest.mark.parametrize(
    ("currency", "lines", "subtotal", "tax", "total"),
    [
        # Two taxes, each of them rounded for itself, on the price without the other.
        ("CAD", [_line("140", GST, QST)], "140.00", "20.97", "160.97"),
        ("CAD", [_line("1140", GST, QST)], "1140.00", "170.72", "1310.72"),
        ("CAD", [_line("0.50", GST, QST)], "0.50", "0.08", "0.58"),
        ("CAD", [_line("7.05", GST, QST)], "7.05", "1.05", "8.10"),
        # Unit prices with more decimals than the currency.
        ("EUR", [_line("0.1648", "19", quantity="7000")], "1153.60", "219.18", "1372.78"),
        ("EUR", [_line("0.02925", "21", quantity="1000")], "29.25", "6.14", "35.39"),
        ("JPY", [_line("0.5", "10", quantity="3")], "2", "0", "2"),
        ("KWD", [_line("0.0005", "5", quantity="1001")], "0.501", "0.025", "0.526"),
        # Parts of an hour.
        ("EUR", [_line("60", "20", quantity="0.965167")], "57.91", "11.58", "69.49"),
        # A rebate, and a down payment, as lines of their own.
        ("EUR", [_line("8500", "19"), _line("-7500", "19")], "1000.00", "190.00", "1190.00"),
        ("EUR", [_line("100", "19"), _line("10", "19", quantity="-1")], "90.00", "17.10", "107.10"),
        # More is taken back at one rate than there is of it.
        ("EUR", [_line("100", "7"), _line("-10", "19")], "90.00", "5.10", "95.10"),
        # Stamp duty and other sums without tax.
        ("EUR", [_line("100", "22"), _line("2", OUT_OF_SCOPE)], "102.00", "22.00", "124.00"),
        ("EUR", [_line("2500", REVERSE_CHARGE)], "2500.00", "0.00", "2500.00"),
        # A tax that is withheld, which is one with a negative rate.
        ("EUR", [_line("1000", "21", standard("-15", "IRPF"))], "1000.00", "60.00", "1060.00"),
        ("EUR", [_line("138.66", "19")], "138.66", "26.35", "165.01"),
        ("EUR", [_line("0", "19")], "0.00", "0.00", "0.00"),
    ],
)
def test_documents_that_other_tools_get_wrong(
    currency: str, lines: list[LinePrice], subtotal: str, tax: str, total: str
) -> None:
    shown = _shown(_totals(currency, lines), currency)
    assert [shown[0], *shown[2:]] == [subtotal, tax, total]


@pytest.mark.parametrize(
    ("amounts", "rate", "included", "tax"),
    [
        (["5"] * 10, "10", False, 5),
        (["107"] * 10, "8", False, 85),
        (["99"], "10", False, 9),
        (["-99"], "10", False, -9),
        (["1000"], "10", True, 90),
        (["110"] * 3, "10", True, 30),
    ],
)
def test_a_japanese_company_can_round_down(
    amounts: list[str], rate: str, included: bool, tax: int
) -> None:
    lines = [_line(amount, rate) for amount in amounts]
    totals = _totals("JPY", lines, prices_include_tax=included, rounding=TaxRounding.DOWN)
    assert totals.tax == tax


@pytest.mark.parametrize(
    ("currency", "lines", "subtotal", "tax", "total"),
    [
        ("EUR", [_line("500", "10")], "454.55", "45.45", "500.00"),
        ("GBP", [_line("9.99", "20")] * 3, "24.97", "5.00", "29.97"),
        ("EUR", [_line("0.01", "19")] * 119, "1.00", "0.19", "1.19"),
        ("EUR", [_line("119", "19"), _line("107", "7")], "200.00", "26.00", "226.00"),
        ("CAD", [_line("114.98", GST, QST)], "100.00", "14.98", "114.98"),
        ("CAD", [_line("114.98", GST, QST), _line("105", GST)], "200.00", "19.98", "219.98"),
        ("JPY", [_line("108", "8"), _line("110", "10")], "200", "18", "218"),
        ("EUR", [_line("-11.90", "19")], "-10.00", "-1.90", "-11.90"),
    ],
)
def test_prices_with_tax_are_what_is_to_pay(
    currency: str, lines: list[LinePrice], subtotal: str, tax: str, total: str
) -> None:
    shown = _shown(_totals(currency, lines, prices_include_tax=True), currency)
    assert [shown[0], *shown[2:]] == [subtotal, tax, total]


@pytest.mark.parametrize("rate", ["19", "25", "5.5"])
def test_every_amount_with_tax_can_be_reached(rate: str) -> None:
    for cents in range(1, 1000):
        lines = [_line(str(Decimal(cents).scaleb(-2)), rate)]
        totals = _totals("EUR", lines, prices_include_tax=True)
        assert (totals.total, totals.subtotal + totals.tax) == (cents, cents)


@pytest.mark.parametrize(
    ("lines", "document", "shown"),
    [
        (
            [_line("100", "21")],
            {"discount_amount": Minor(2500)},
            ["100.00", "25.00", "15.75", "90.75"],
        ),
        (
            [_line("125", "10")],
            {"discount_percent": Decimal(20)},
            ["125.00", "25.00", "10.00", "110.00"],
        ),
        # Half a cent of discount is rounded up.
        (
            [_line("0.20", "19")],
            {"discount_percent": Decimal("2.5")},
            ["0.20", "0.01", "0.04", "0.23"],
        ),
        # Nothing is left to tax.
        (
            [_line("50.44", "19"), _line("0.01", "7")],
            {"discount_percent": Decimal(100)},
            ["50.45", "50.45", "0.00", "0.00"],
        ),
        # A discount of 50.00 on prices with tax.
        (
            [_line("500", "10")],
            {"discount_amount": Minor(5000), "prices_include_tax": True},
            ["454.55", "45.46", "40.91", "450.00"],
        ),
        # Nothing can be taken off nothing.
        (
            [_line("5", "19"), _line("-5", "7")],
            {"discount_amount": Minor(100)},
            ["0.00", "0.00", "0.60", "0.60"],
        ),
    ],
)
def test_the_discount_comes_off_before_tax(
    lines: list[LinePrice], document: dict[str, Any], shown: list[str]
) -> None:
    assert _shown(_totals("EUR", lines, **document), "EUR") == shown


def test_the_discount_is_spread_over_the_rates_in_proportion_even_if_lines_are_tiny() -> None:
    lines = [_line("0.05", "19")] * 500 + [_line("0.05", "7")] * 500
    taxes = _totals("EUR", lines, discount_amount=Minor(500)).taxes
    assert [(str(tax.rate), tax.base, tax.tax) for tax in taxes] == [
        ("19", 2250, 428),
        ("7", 2250, 158),
    ]


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        (_line("100", "19", discount_percent=Decimal(10)), 9000),
        (_line("100", "19", discount_amount=Minor(1)), 9999),
        (_line("-100", "19", discount_percent=Decimal(10)), -9000),
        (_line("100", "19", quantity="-1", discount_amount=Minor(1)), -9999),
        # 12.5 % of 0.12 is 0.015, rounded up. 0.115 is rounded to 0.12 before.
        (_line("0.12", "19", discount_percent=Decimal("12.5")), 10),
        (_line("0.115", "19", discount_percent=Decimal("12.5")), 10),
        (_line("1.25", "19", discount_percent=Decimal(100)), 0),
        (_line("0.005", "19"), 1),
        (_line("-0.005", "19"), -1),
        (_line("0.004999", "19"), 0),
        (_line("0.000001", "19", quantity="4999.999999"), 0),
    ],
)
def test_a_line_is_rounded_before_its_own_discount_and_after(line: LinePrice, amount: int) -> None:
    assert _totals("EUR", [line]).lines[0].amount == amount


def test_of_equal_shares_the_higher_rate_and_the_earlier_line_get_the_cent() -> None:
    lines = [_line("1", "7"), _line("1", "19"), _line("1", "19"), _line("1", "7")]
    totals = _totals("EUR", lines, discount_amount=Minor(1))
    assert [line.discount for line in totals.lines] == [0, 1, 0, 0]
