"""Money: from decimals to minor units, and back."""

import ast
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import models
from banking.currencies import EXPONENTS
from errors import BadInput
from models import Invoice
from tests.support.clients import Business
from values.money import MAX_AMOUNT, Minor, Money, to_decimal, to_minor, to_text

currencies = st.sampled_from(sorted(EXPONENTS))
amounts = st.integers(-MAX_AMOUNT, MAX_AMOUNT)


@given(amounts, currencies)
def test_minor_units_round_trip_through_decimals(minor: int, currency: str) -> None:
    assert to_minor(to_decimal(minor, currency), currency, field="x") == minor


@given(amounts, currencies)
def test_an_amount_has_all_decimals_of_its_currency(minor: int, currency: str) -> None:
    amount = Money(Minor(minor), currency).amount
    assert -amount.as_tuple().exponent == EXPONENTS[currency]  # type: ignore[operator]


@given(amounts.filter(lambda minor: minor % 10), currencies)
def test_too_many_decimals_are_refused(minor: int, currency: str) -> None:
    amount = to_decimal(minor, currency).scaleb(-1)
    with pytest.raises(BadInput) as refusal:
        to_minor(amount, currency, field="unitPrice")
    assert refusal.value.field == "unitPrice"
    assert refusal.value.message == f"{currency} has {EXPONENTS[currency]} decimals."


@pytest.mark.parametrize("text", ["1." + "0" * 70 + "1", "0.001", "1e-999999", "-0.005"])
def test_tiny_fractions_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="EUR has 2 decimals"):
        to_minor(Decimal(text), "EUR", field="x")


@pytest.mark.parametrize("text", ["1.10", "1.1", "1.1000000000", "11e-1", "+1.1"])
def test_trailing_zeros_change_nothing(text: str) -> None:
    assert to_minor(Decimal(text), "EUR", field="x") == 110


@pytest.mark.parametrize("text", ["10000000000000.01", "-10000000000000.01", "1e999999", "inf"])
def test_an_amount_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="out of range"):
        to_minor(Decimal(text), "EUR", field="x")


def test_non_numbers_are_refused() -> None:
    for text in ("nan", "snan", "-inf"):
        with pytest.raises(BadInput):
            to_minor(Decimal(text), "EUR", field="x")


def test_the_largest_amount_is_in_range() -> None:
    assert to_minor(Decimal("10000000000000.00"), "EUR", field="x") == MAX_AMOUNT
    assert to_minor(Decimal(10**15), "JPY", field="x") == MAX_AMOUNT


@given(st.integers(-(2**63), 2**63 - 1), currencies)
def test_an_amount_as_text_is_its_decimal(minor: int, currency: str) -> None:
    assert to_text(minor, currency) == format(to_decimal(minor, currency), "f")


@pytest.mark.parametrize(
    ("currency", "minor", "amount"),
    [("EUR", 1999, "19.99"), ("JPY", 1999, "1999"), ("KWD", 1999, "1.999"), ("ISK", 5, "5")],
)
def test_amounts_have_the_currency_s_decimals(currency: str, minor: int, amount: str) -> None:
    assert str(to_decimal(minor, currency)) == amount


def test_every_currency_has_a_code_and_an_exponent() -> None:
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
    assert set(EXPONENTS.values()) == {0, 2, 3}


async def _stored_and_shown(
    business: Business, customer_id: str, price: str, currency: str
) -> tuple[int, Any]:
    """Return the total of a new draft: the stored one, and the API's."""
    line = {"description": "Work", "quantity": "1", "unitPrice": price}
    invoice_id = await business.make_draft(customerId=customer_id, currency=currency, lines=[line])
    shown = await business.invoice(invoice_id, "total { amount currency formatted }")
    return (await Invoice.get(id=UUID(invoice_id))).total, shown["total"]


async def test_every_currency_round_trips_through_database_and_api(business: Business) -> None:
    wrong = {}
    customer_id = await business.make_customer()
    for currency in EXPONENTS:
        price = str(to_decimal(1_234_567, currency))
        stored, shown = await _stored_and_shown(business, customer_id, price, currency)
        formatted = shown.pop("formatted")
        if (stored, shown) != (1_234_567, {"amount": price, "currency": currency}) or not formatted:
            wrong[currency] = (stored, shown, formatted)
    assert wrong == {}


def test_no_module_calculates_with_floats() -> None:
    folder = Path(models.__file__).parent
    for path in [*folder.glob("*.py"), folder.parent / "services/billing/pricing.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), path
            assert not (isinstance(node, ast.Name) and node.id == "float"), path
