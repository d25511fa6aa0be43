"""The amounts that can be paid online, and why others are refused."""

from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from banking.currencies import EXPONENTS
from errors import PaymentUnavailable, PortalError
from integrations.stripe.amounts import Limits
from integrations.stripe.currencies import SUPPORTED
from models import Company, Invoice, InvoiceStatus
from models.companies import Plan
from services.checkout.payment_options import PaymentOptions, payment_options, validate_amount
from values.money import (
    MAX_AMOUNT,
    AmountReason,
    AmountRefused,
    AmountTooLarge,
    AmountTooSmall,
    Minor,
    Money,
    to_decimal,
    to_minor,
)

COMPANY: Final = Company(plan=Plan.PRO, stripe_account="acct_1", charges_enabled=True)


def _invoice(total: str, currency: str = "EUR", *, paid: str = "0", pending: str = "0") -> Invoice:
    """Return an issued invoice."""
    minor = partial(to_minor, currency=currency, field="amount")
    invoice = Invoice(currency=currency, total=minor(Decimal(total)))
    invoice.amount_paid = minor(Decimal(paid))
    invoice.amount_pending = minor(Decimal(pending))
    invoice.status = invoice.status_when_issued
    return invoice


def _partial(
    total: str, currency: str = "EUR", *, minimum: str | None = None, **more: str
) -> Invoice:
    """Return an invoice that allows partial payments."""
    invoice = _invoice(total, currency, **more)
    invoice.allow_partial_payment = True
    if minimum is not None:
        invoice.minimum_payment = to_minor(Decimal(minimum), currency, field="minimumPayment")
    return invoice


def _validated(invoice: Invoice, amount: str | None) -> str | type[PortalError]:
    """Return the amount to pay, or the error that refuses it."""
    try:
        minor = validate_amount(invoice, COMPANY, None if amount is None else Decimal(amount))
    except PortalError as refusal:
        return type(refusal)
    return str(invoice.money(minor).amount)


# --- who takes payments ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "company",
    [
        Company(plan=Plan.FREE, stripe_account="acct_1", charges_enabled=True),
        Company(plan=Plan.PRO, stripe_account=None, charges_enabled=True),
        Company(plan=Plan.PRO, stripe_account="acct_1", charges_enabled=False),
    ],
)
def test_a_company_without_pro_or_stripe_takes_no_payments(company: Company) -> None:
    assert payment_options(_invoice("100"), company) is None
    with pytest.raises(PaymentUnavailable, match="doesn't take payments online"):
        validate_amount(_invoice("100"), company, None)


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (InvoiceStatus.DRAFT, "a draft"),
        (InvoiceStatus.PAID, "paid"),
        (InvoiceStatus.CANCELLED, "cancelled"),
    ],
)
def test_an_invoice_with_nothing_due_cannot_be_paid(status: InvoiceStatus, word: str) -> None:
    invoice = _invoice("100")
    invoice.status = status
    assert payment_options(invoice, COMPANY) is None
    with pytest.raises(PaymentUnavailable, match=f"is {word}, so nothing is due on it"):
        validate_amount(invoice, COMPANY, None)


# --- all of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (_invoice("100"), "100.00"),
        (_invoice("100", paid="30"), "70.00"),
        (_invoice("100", pending="30"), "70.00"),
        (_invoice("100", paid="30", pending="20"), "50.00"),
        (_invoice("100", pending="100"), PaymentUnavailable),
        (_invoice("100", paid="40", pending="100"), PaymentUnavailable),
        (_partial("100", minimum="10"), "100.00"),
        (_invoice("0.50"), "0.50"),
        (_invoice("0.49"), AmountTooSmall),
        (_invoice("100", paid="99.51"), AmountTooSmall),
        (_invoice("100", pending="99.51"), AmountTooSmall),
        (_invoice("9999999999.99"), "9999999999.99"),
        (_invoice("10000000000"), PaymentUnavailable),
        (_invoice("1000000", "IDR"), "1000000.00"),
        (_invoice("1500000", "HUF"), "1500000.00"),
        (_invoice("1200000", "COP"), "1200000.00"),
        (_invoice("1000000", "INR"), "1000000.00"),
        (_invoice("9000000", "LBP"), "9000000.00"),
        (_invoice("120000000", "VND"), "120000000"),
        (_invoice("100000000", "JPY"), "100000000"),
        (_invoice("100", "GHS"), PaymentUnavailable),
        (_invoice("50", "JPY"), "50"),
        (_invoice("49", "JPY"), AmountTooSmall),
        (_invoice("175", "HUF"), "175.00"),
        (_invoice("174.99", "HUF"), AmountTooSmall),
        (_invoice("800.45", "TWD"), "800.45"),
        (_invoice("1", "ISK"), "1"),
        (_invoice("1.230", "KWD"), "1.230"),
        (_invoice("1.234", "KWD"), PaymentUnavailable),
        (_invoice("10.00", "MGA"), "10.00"),
        (_invoice("10.50", "MGA"), PaymentUnavailable),
        (_invoice("100", "IRR"), PaymentUnavailable),
    ],
)
def test_without_an_amount_all_that_remains_is_paid(
    invoice: Invoice, expected: str | type[PortalError]
) -> None:
    assert _validated(invoice, None) == expected
    assert (payment_options(invoice, COMPANY) is None) == isinstance(expected, type)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("100", "100.00"),
        ("99.99", AmountTooSmall),
        ("1", AmountTooSmall),
        ("0", AmountTooSmall),
        ("-100", AmountTooSmall),
        ("100.01", AmountTooLarge),
        ("100.001", AmountRefused),
        ("NaN", AmountRefused),
        ("Infinity", AmountRefused),
        ("1e30", AmountRefused),
    ],
)
def test_without_partial_payments_only_the_full_amount_is_accepted(
    amount: str, expected: str | type[PortalError]
) -> None:
    assert _validated(_invoice("100"), amount) == expected


# --- less than all --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("invoice", "amount", "expected"),
    [
        (_partial("100"), "0.50", "0.50"),
        (_partial("100"), "0.49", AmountTooSmall),
        (_partial("100"), "0", AmountTooSmall),
        (_partial("100"), "-5", AmountTooSmall),
        (_partial("100"), "99.50", "99.50"),
        (_partial("100"), "99.51", AmountTooSmall),
        (_partial("100"), "99.99", AmountTooSmall),
        (_partial("100"), "100", "100.00"),
        (_partial("100"), "100.01", AmountTooLarge),
        (_partial("100", minimum="25"), "25", "25.00"),
        (_partial("100", minimum="25"), "24.99", AmountTooSmall),
        (_partial("100", minimum="25"), "90", "90.00"),
        (_partial("100", minimum="25", paid="90"), "10", "10.00"),
        (_partial("100", minimum="25", paid="90"), "9", AmountTooSmall),
        (_partial("100", minimum="25", pending="90"), "10", "10.00"),
        (_partial("100", minimum="25", pending="60"), "40.01", AmountTooLarge),
        (_partial("100", minimum="0.10"), "0.50", "0.50"),
        (_partial("100", minimum="0.10"), "0.10", AmountTooSmall),
        (_partial("0.99"), "0.50", AmountTooSmall),
        (_partial("1"), "0.50", "0.50"),
        (_partial("20000000000"), "9999999999.99", "9999999999.99"),
        (_partial("20000000000"), "10000000000", AmountTooLarge),
        (_partial("20000000000"), None, AmountTooLarge),
        (_partial("10000000000.10"), "9999999999.60", "9999999999.60"),
        (_partial("10000000000.10"), "9999999999.61", AmountTooLarge),
        (_partial("10000000000.10", minimum="9999999999.99"), "9999999999.99", PaymentUnavailable),
        (_partial("20000000000", minimum="10000000000"), "10000000000", PaymentUnavailable),
        (_partial("100", "KWD"), "1.230", "1.230"),
        (_partial("100", "KWD"), "1.234", AmountRefused),
        (_partial("100", "KWD", minimum="1.234"), "1.230", AmountTooSmall),
        (_partial("100", "KWD", minimum="1.234"), "1.240", "1.240"),
        (_partial("100", "MGA"), "1.50", AmountRefused),
        (_partial("100", "JPY"), "50", "50"),
        (_partial("100", "JPY"), "51", AmountTooSmall),
        (_partial("100", "JPY"), "50.5", AmountRefused),
    ],
)
def test_partial_payments_keep_to_the_limits(
    invoice: Invoice, amount: str | None, expected: str | type[PortalError]
) -> None:
    assert _validated(invoice, amount) == expected


@pytest.mark.parametrize(
    ("invoice", "remaining", "maximum", "minimum", "min_remainder"),
    [
        (_invoice("100"), 100_00, 100_00, 100_00, 50),
        (_partial("100"), 100_00, 100_00, 50, 50),
        (_partial("100", minimum="25", pending="10"), 90_00, 90_00, 25_00, 50),
        (_partial("20000000000"), 20_000_000_000_00, 9_999_999_999_99, 50, 50),
        (_partial("10000000000.10"), 10_000_000_000_10, 9_999_999_999_60, 50, 50),
        (_partial("100", "KWD", minimum="1.234"), 100_000, 100_000, 1_240, 10),
    ],
)
def test_the_options_have_the_limits(
    invoice: Invoice, remaining: int, maximum: int, minimum: int, min_remainder: int
) -> None:
    assert payment_options(invoice, COMPANY) == PaymentOptions(
        remaining=Minor(remaining),
        maximum=Minor(maximum),
        minimum=Minor(minimum),
        min_remainder=Minor(min_remainder),
        partial_allowed=invoice.allow_partial_payment,
    )


@pytest.mark.parametrize(
    ("invoice", "amount", "reason", "limit"),
    [
        (_partial("100", minimum="25"), "0.10", AmountReason.BELOW_MINIMUM, "25.00 EUR"),
        (_partial("100"), "100.01", AmountReason.ABOVE_MAXIMUM, "100.00 EUR"),
        (_partial("20000000000"), None, AmountReason.ABOVE_MAXIMUM, "9999999999.99 EUR"),
        (_partial("100"), "99.90", AmountReason.REMAINDER_TOO_SMALL, "0.50 EUR"),
        (_partial("100", "KWD"), "1.234", AmountReason.NOT_A_MULTIPLE, "0.010 KWD"),
        (_invoice("0.49"), None, AmountReason.BALANCE_TOO_SMALL, "0.50 EUR"),
        (_partial("100"), "1.001", AmountReason.TOO_PRECISE, "0.01 EUR"),
        (_partial("100"), "1e30", AmountReason.OUT_OF_RANGE, None),
    ],
)
def test_a_refusal_has_its_rule_and_limit(
    invoice: Invoice, amount: str | None, reason: AmountReason, limit: str | None
) -> None:
    with pytest.raises(AmountRefused) as refusal:
        validate_amount(invoice, COMPANY, None if amount is None else Decimal(amount))
    assert (refusal.value.reason, refusal.value.field) == (reason, "amount")
    assert (refusal.value.limit and str(refusal.value.limit)) == limit


@pytest.mark.parametrize(
    ("invoice", "message"),
    [
        (_invoice("100", "GHS"), "Invoices in GHS can't be paid online."),
        (_invoice("1.234", "KWD"), "Online payments must be a multiple of 0.010 KWD."),
        (_invoice("1e10"), "At most 9999999999.99 EUR can be paid online at once."),
        (_invoice("100", pending="100"), "A payment of the full amount is pending."),
    ],
)
def test_a_refusal_says_why_the_invoice_cannot_be_paid(invoice: Invoice, message: str) -> None:
    with pytest.raises(PaymentUnavailable) as refusal:
        validate_amount(invoice, COMPANY, None)
    assert refusal.value.message == message


def test_clients_get_the_rule_and_the_limit_beside_the_code() -> None:
    refusal = AmountTooSmall(reason=AmountReason.BELOW_MINIMUM, limit=Money(Minor(2500), "EUR"))
    assert refusal.extensions == {
        "code": "AMOUNT_TOO_SMALL",
        "field": "amount",
        "reason": "BELOW_MINIMUM",
        "limit": {"amount": "25.00", "currency": "EUR"},
    }


# --- any invoice ----------------------------------------------------------------------------------

_currencies = st.sampled_from(["EUR", "JPY", "KWD", "MGA", "ISK", "HUF", "IRR", "USD", "AED"])
_sums = st.integers(0, 300) | st.integers(0, 10**6) | st.integers(0, 3 * 10**8)


@st.composite
def _invoices(draw: st.DrawFn) -> Invoice:
    total = draw(_sums | st.just(int(MAX_AMOUNT)))
    invoice = Invoice(
        currency=draw(_currencies),
        total=total,
        allow_partial_payment=draw(st.booleans()),
        minimum_payment=draw(st.none() | _sums.filter(bool)),
    )
    invoice.amount_paid = draw(st.just(0) | st.integers(0, total))
    invoice.amount_pending = draw(st.just(0) | st.integers(0, invoice.amount_due) | _sums)
    invoice.status = invoice.status_when_issued
    return invoice


def _keeps_the_rules(invoice: Invoice, minor: int) -> bool:
    """Whether the amount may be paid, computed directly from the rules."""
    left = invoice.total - invoice.amount_paid - invoice.amount_pending
    limits = Limits.of(invoice.currency)
    is_all = minor == left
    least = min(invoice.minimum_payment or 0, left)
    is_part = invoice.allow_partial_payment and least <= minor <= left - limits.minimum
    is_accepted = limits.minimum <= minor <= limits.maximum and minor % limits.step == 0
    return (is_all or is_part) and is_accepted


@given(_invoices(), st.none() | _sums)
def test_every_accepted_amount_keeps_the_rules(invoice: Invoice, asked: int | None) -> None:
    amount = None if asked is None else to_decimal(asked, invoice.currency)
    with suppress(PaymentUnavailable, AmountRefused):
        minor = validate_amount(invoice, COMPANY, amount)
        assert invoice.currency in SUPPORTED
        assert _keeps_the_rules(invoice, minor)
        assert asked is None or minor == asked


@given(_invoices(), st.data())
def test_every_amount_within_the_options_is_accepted(invoice: Invoice, data: st.DataObject) -> None:
    offered = payment_options(invoice, COMPANY)
    assume(offered is not None)
    assert offered is not None
    left = invoice.total - invoice.amount_paid - invoice.amount_pending
    step, exponent = Limits.of(invoice.currency).step, EXPONENTS[invoice.currency]
    assert offered.minimum <= offered.maximum <= left
    assert offered.minimum % step == offered.maximum % step == 0
    assert offered.maximum == left or left - offered.maximum >= offered.min_remainder
    steps = data.draw(st.integers(offered.minimum // step, offered.maximum // step))
    for minor in (offered.minimum, offered.maximum, steps * step):
        if minor == left or left - minor >= offered.min_remainder:
            assert validate_amount(invoice, COMPANY, Decimal(minor).scaleb(-exponent)) == minor


@given(_invoices())
def test_without_options_nothing_can_be_paid(invoice: Invoice) -> None:
    assume(payment_options(invoice, COMPANY) is None)
    with pytest.raises((PaymentUnavailable, AmountTooSmall)):
        validate_amount(invoice, COMPANY, None)
