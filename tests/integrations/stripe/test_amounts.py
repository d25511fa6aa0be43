"""Amounts in Stripe's units are exact in every currency, and keep to Stripe's limits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.currencies import EXPONENTS
from dev.stripe_sandbox import currencies as sandbox
from dev.stripe_sandbox.errors import InvalidParameter
from integrations.stripe.amounts import Limits, from_stripe, to_stripe
from integrations.stripe.currencies import SUPPORTED
from values.money import to_minor

_currencies = st.sampled_from(sorted(SUPPORTED))


def _minor(amount: str, currency: str) -> int:
    return to_minor(Decimal(amount), currency, field="amount")


@pytest.mark.parametrize(
    ("currency", "amount", "stripe_amount"),
    [
        ("EUR", "19.99", 1999),
        ("USD", "0.50", 50),
        ("GBP", "1234.56", 123456),
        ("HUF", "1000.00", 100000),
        ("HUF", "175.50", 17550),
        ("TWD", "800.45", 80045),
        ("COP", "5000.00", 500000),
        ("IDR", "15000.00", 1500000),
        ("JPY", "500", 500),
        ("KRW", "1000", 1000),
        ("CLP", "990", 990),
        ("VND", "25000", 25000),
        ("XOF", "655", 655),
        ("ISK", "5", 500),
        ("UGX", "5000", 500000),
        ("MGA", "1000.00", 1000),
        ("KWD", "5.120", 5120),
        ("BHD", "0.010", 10),
        ("JOD", "1.000", 1000),
        ("OMR", "12.340", 12340),
        ("TND", "99.990", 99990),
    ],
)
def test_amounts_convert_to_stripe_units_and_back(
    currency: str, amount: str, stripe_amount: int
) -> None:
    minor = _minor(amount, currency)
    assert to_stripe(minor, currency) == stripe_amount
    assert from_stripe(stripe_amount, currency) == minor


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", 1), ("HUF", 1), ("TWD", 1), ("JPY", 1), ("ISK", 1), ("UGX", 1), ("MGA", 100)]
    + [(currency, 10) for currency in ("BHD", "JOD", "KWD", "OMR", "TND")],
)
def test_the_step_is_the_smallest_amount_that_stripe_can_represent(
    currency: str, expected: int
) -> None:
    assert Limits.of(currency).step == expected


@pytest.mark.parametrize(
    ("currency", "amount"), [("KWD", "5.124"), ("TND", "0.001"), ("MGA", "10.50"), ("MGA", "0.01")]
)
def test_an_amount_between_two_steps_is_refused_not_rounded(currency: str, amount: str) -> None:
    with pytest.raises(ValueError, match=f"not a multiple of the step of {currency}"):
        to_stripe(_minor(amount, currency), currency)


@pytest.mark.parametrize(
    ("currency", "stripe_amount", "amount"),
    [("ISK", 1250, "12"), ("UGX", 99, "0"), ("ISK", 100, "1")],
)
def test_fractions_of_a_minor_unit_from_stripe_are_dropped(
    currency: str, stripe_amount: int, amount: str
) -> None:
    assert from_stripe(stripe_amount, currency) == _minor(amount, currency)


@pytest.mark.parametrize(
    ("currency", "minimum"),
    [
        *[("USD", "0.50"), ("AED", "2"), ("GBP", "0.30"), ("DKK", "2.50"), ("CZK", "15")],
        *[("JPY", "50"), ("HUF", "175"), ("MXN", "10"), ("HKD", "4"), ("THB", "10"), ("BGN", "1")],
        *[("KRW", "50"), ("COP", "0.50"), ("IDR", "0.50"), ("ILS", "0.50"), ("ZAR", "0.50")],
        # Where Stripe states none, it is one step.
        *[("TWD", "0.01"), ("ISK", "1"), ("UGX", "1"), ("MGA", "1"), ("KWD", "0.010")],
    ],
)
def test_the_minimum_is_the_one_that_stripe_states(currency: str, minimum: str) -> None:
    assert Limits.of(currency).minimum == _minor(minimum, currency)


@pytest.mark.parametrize(
    ("currency", "by_any_method", "by_card"),
    [
        ("EUR", "999999.99", "9999999999.99"),
        ("USD", "999999.99", "9999999999.99"),
        ("COP", "99999999.99", "9999999999.99"),
        ("HUF", "999999.99", "9999999999.99"),
        ("IDR", "9999999999.99", "9999999999.99"),
        ("INR", "9999999.99", "9999999999.99"),
        ("JPY", "99999999", "999999999999"),
        ("LBP", "999999.99", "9999999999.99"),
        ("VND", "99999999", "999999999999"),
        ("ISK", "999999", "9999999999"),
        ("UGX", "999999", "9999999999"),
        ("MGA", "99999999", "999999999999"),
        ("KWD", "99999.990", "999999999.990"),
    ],
)
def test_the_maximum_is_higher_by_card(currency: str, by_any_method: str, by_card: str) -> None:
    limits = Limits.of(currency)
    assert limits.maximum_of_every_method == _minor(by_any_method, currency)
    assert limits.maximum == _minor(by_card, currency)


# --- the sandbox, which has its own knowledge of Stripe -------------------------------------------


def _sandbox_accepts(minor: int, currency: str, methods: list[str]) -> bool:
    amount, code = to_stripe(minor, currency), currency.lower()
    try:
        sandbox.check_unit(amount, code, "amount")
        sandbox.check_total(amount, code, methods, "amount")
    except InvalidParameter:
        return False
    return True


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_the_limits_of_every_currency_are_those_of_the_sandbox(currency: str) -> None:
    assert (currency in SUPPORTED) == (currency.lower() in sandbox.SUPPORTED)
    if currency not in SUPPORTED:
        return
    limits = Limits.of(currency)
    for maximum, methods in ((limits.maximum_of_every_method, []), (limits.maximum, ["card"])):
        assert _sandbox_accepts(limits.minimum, currency, methods)
        assert _sandbox_accepts(maximum, currency, methods)
        assert not _sandbox_accepts(maximum + limits.step, currency, methods)
    stated = currency.lower() in sandbox.MINIMUMS
    assert stated or limits.minimum == limits.step
    assert not stated or not _sandbox_accepts(limits.minimum - limits.step, currency, [])


def test_currencies_that_stripe_rejects_are_not_supported() -> None:
    rejected = "BTN CUP ERN GHS IQD IRR KPW LYD MRU SDG SSP STN SVC SYP TMT VES ZWG"
    assert " ".join(sorted(set(EXPONENTS) - SUPPORTED)) == rejected
    assert set(EXPONENTS) >= SUPPORTED


@given(_currencies, st.integers(1, 10**12))
def test_converting_there_and_back_loses_nothing(currency: str, steps: int) -> None:
    minor = steps * Limits.of(currency).step
    assert from_stripe(to_stripe(minor, currency), currency) == minor


@given(_currencies, st.integers(1, 10**9))
def test_a_larger_amount_is_larger_at_stripe(currency: str, steps: int) -> None:
    step = Limits.of(currency).step
    assert to_stripe(steps * step, currency) < to_stripe((steps + 1) * step, currency)


@given(_currencies, st.integers(0, 10**9))
def test_rounding_up_gives_the_next_multiple_of_the_step(currency: str, minor: int) -> None:
    limits = Limits.of(currency)
    rounded = limits.round_up(minor)
    assert rounded % limits.step == 0
    assert 0 <= rounded - minor < limits.step
