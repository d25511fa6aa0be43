"""Words for what clients paid with, and why a payment failed."""

import pytest

from i18n.payments import describe_paid_with, failure_reason
from values.payments import PaidWith


@pytest.mark.parametrize(
    ("paid_with", "text"),
    [
        (PaidWith("card", "visa", "4242"), "Visa ending in 4242"),
        (PaidWith("card", "a_new_brand", "4242"), "Card ending in 4242"),
        (PaidWith("card"), "Card"),
        (PaidWith("sepa_debit", None, "3000"), "SEPA debit, account ending in 3000"),
        (PaidWith("us_bank_account", None, "6789"), "Bank debit, account ending in 6789"),
        (PaidWith("bacs_debit"), "Bank debit"),
        (PaidWith("customer_balance"), "Bank transfer"),
        (PaidWith("ideal"), "iDEAL"),
        (PaidWith("a_new_type", None, "1234"), "Online payment"),
    ],
)
def test_a_client_recognizes_what_was_paid_with(paid_with: PaidWith, text: str) -> None:
    assert describe_paid_with(paid_with, "en") == text


def test_reasons_that_are_not_for_the_client_are_left_out() -> None:
    assert failure_reason("account_closed", "en") == "the account is closed"
    assert failure_reason("recipient_deceased", "en") is None
    assert failure_reason(None, "en") is None
