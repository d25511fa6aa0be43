"""Payment references: their check digits, and the numbers that they come from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.references import PaymentReference, ReferenceType, payment_reference

IBAN = "DE89370400440532013000"
QR_IBAN = "CH4431999123000889012"
CARRIES = "0946827135"
"""The table of the modulo 10, recursive (Swiss Implementation Guidelines QR-bill, annex B)."""
numbers = st.text(min_size=1, max_size=40)


def _mod_10(digits: str) -> int:
    carry = 0
    for digit in digits:
        carry = int(CARRIES[(carry + int(digit)) % 10])
    return carry


@pytest.mark.parametrize(
    ("number", "formatted"),
    [
        ("539007547034", "RF18 5390 0754 7034"),  # the example of ISO 11649
        ("INV-2026-0001", "RF16 INV2 0260 001"),
        ("2026/17", "RF48 2026 17"),
        ("re 7", "RF64 RE7"),
        ("012345678901234567890", "RF20 0123 4567 8901 2345 6789 0"),
    ],
)
def test_a_number_stays_readable_in_its_reference(number: str, formatted: str) -> None:
    reference = payment_reference(number, IBAN)
    assert reference.type is ReferenceType.CREDITOR
    assert reference.formatted == formatted


@given(numbers)
def test_every_number_has_a_valid_creditor_reference(number: str) -> None:
    value = payment_reference(number, IBAN).value
    assert 5 <= len(value) <= 25
    assert value.isascii()
    digits = "".join(str(int(char, 36)) for char in value[4:] + value[:4])
    assert int(digits) % 97 == 1  # ISO 7064, MOD 97-10


@given(numbers)
def test_every_number_has_a_valid_qr_reference(number: str) -> None:
    reference = payment_reference(number, QR_IBAN)
    assert reference.type is ReferenceType.SWISS_QR
    assert len(reference.value) == 27
    assert reference.value.isascii()
    assert reference.value.isdigit()
    assert int(reference.value) > 0
    assert _mod_10(reference.value) == 0


@pytest.mark.parametrize("example", ["210000000003139471430009017", "000008207791225857421286694"])
def test_the_examples_of_the_swiss_guidelines_have_our_check_digits(example: str) -> None:
    assert payment_reference(example[:-1], QR_IBAN).value == example


def test_a_qr_reference_ends_with_the_numbers_digits_and_a_check_digit() -> None:
    reference = payment_reference("2026-0017", QR_IBAN)
    assert reference.formatted == "00 00000 00000 00000 02026 00179"


@pytest.mark.parametrize("number", ["Ä-17", "فاتورة 17", "---", "1" * 22, "X" * 100])
def test_a_number_without_usable_characters_gets_digits_of_its_own(number: str) -> None:
    value = payment_reference(number, IBAN).value
    assert len(value) == 19
    assert value[4:].isdigit()
    assert value != payment_reference(f"{number}1", IBAN).value


def test_letters_of_numbers_make_a_difference_in_qr_references() -> None:
    values = {payment_reference(number, QR_IBAN).value for number in ("A-1", "B-1", "1", "AB-1")}
    assert len(values) == 4


def test_an_account_without_an_iban_is_paid_with_the_number_itself() -> None:
    reference = payment_reference("INV-2026-0001", None)
    assert reference == PaymentReference(ReferenceType.NONE, "INV-2026-0001")
    assert reference.formatted == "INV-2026-0001"
