"""What Stripe is asked for is what the client was shown, to the smallest unit of any currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.stripe.amounts import SUPPORTED, from_stripe, maximum, minimum, step, to_stripe
from models.currencies import EXPONENTS
from models.money import to_minor

_currencies = st.sampled_from(sorted(SUPPORTED))


def _minor(amount: str, currency: str) -> int:
    return to_minor(Decimal(amount), currency, field="amount")


@pytest.mark.parametrize(
    ("currency", "amount", "asked"),
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
def test_stripe_is_asked_for_the_amount_in_its_own_unit(
    currency: str, amount: str, asked: int
) -> None:
    minor = _minor(amount, currency)
    assert to_stripe(minor, currency) == asked
    assert from_stripe(asked, currency) == minor


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("EUR", 1), ("HUF", 1), ("TWD", 1), ("JPY", 1), ("ISK", 1), ("UGX", 1), ("MGA", 100)]
    + [(currency, 10) for currency in ("BHD", "JOD", "KWD", "OMR", "TND")],
)
def test_amounts_come_in_the_steps_that_stripe_can_say(currency: str, expected: int) -> None:
    assert step(currency) == expected


@pytest.mark.parametrize(
    ("currency", "amount"), [("KWD", "5.124"), ("TND", "0.001"), ("MGA", "10.50"), ("MGA", "0.01")]
)
def test_an_amount_between_two_steps_is_never_rounded(currency: str, amount: str) -> None:
    with pytest.raises(ValueError, match=f"no multiple of the step of {currency}"):
        to_stripe(_minor(amount, currency), currency)


@pytest.mark.parametrize(
    ("currency", "amount", "shown"), [("ISK", 1250, "12"), ("UGX", 99, "0"), ("ISK", 100, "1")]
)
def test_what_is_less_than_a_unit_of_ours_is_left_off(
    currency: str, amount: int, shown: str
) -> None:
    assert from_stripe(amount, currency) == _minor(shown, currency)


@pytest.mark.parametrize(
    ("currency", "least"),
    [
        *[("USD", "0.50"), ("AED", "2"), ("GBP", "0.30"), ("DKK", "2.50"), ("CZK", "15")],
        *[("JPY", "50"), ("HUF", "175"), ("MXN", "10"), ("HKD", "4"), ("THB", "10"), ("BGN", "1")],
        # Where Stripe states none, it is the smallest amount that there is.
        *[("TWD", "0.01"), ("ISK", "1"), ("UGX", "1"), ("MGA", "1"), ("KWD", "0.010")],
    ],
)
def test_the_least_is_what_stripe_states(currency: str, least: str) -> None:
    assert minimum(currency) == _minor(least, currency)


@pytest.mark.parametrize(
    ("currency", "most"),
    [
        ("EUR", "999999.99"),
        ("HUF", "999999.99"),
        ("JPY", "99999999"),
        ("ISK", "999999"),
        ("UGX", "999999"),
        ("MGA", "99999999"),
        ("KWD", "99999.990"),
    ],
)
def test_the_most_has_eight_digits(currency: str, most: str) -> None:
    assert maximum(currency) == _minor(most, currency)


@pytest.mark.parametrize("currency", sorted(SUPPORTED))
def test_the_least_and_the_most_can_be_asked_for(currency: str) -> None:
    least, most = minimum(currency), maximum(currency)
    assert 0 < to_stripe(least, currency) < to_stripe(most, currency) <= 99_999_999
    assert to_stripe(most + step(currency), currency) > 99_999_999


def test_what_stripe_does_not_take_is_not_supported() -> None:
    not_taken = {"IRR", "KPW", "SYP", "CUP", "IQD", "LYD"}
    assert set(EXPONENTS) >= SUPPORTED | not_taken
    assert not_taken & SUPPORTED == set()


@given(_currencies, st.integers(1, 10**12))
def test_there_and_back_nothing_is_lost(currency: str, steps: int) -> None:
    minor = steps * step(currency)
    assert from_stripe(to_stripe(minor, currency), currency) == minor


@given(_currencies, st.integers(1, 10**9))
def test_more_is_more_at_stripe_too(currency: str, steps: int) -> None:
    one, other = steps * step(currency), (steps + 1) * step(currency)
    assert to_stripe(one, currency) < to_stripe(other, currency)
