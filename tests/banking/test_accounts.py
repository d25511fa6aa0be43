"""IBANs and BICs: what is accepted, and what a refusal says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.accounts import clean_bic, clean_iban, grouped, is_qr_iban, is_swiss, masked
from errors import BadInput

EXAMPLES = [
    *("AD1200012030200359100100", "BE68539007547034", "CH9300762011623852957"),
    *("DE89370400440532013000", "FR1420041010050500013M02606", "GB29NWBK60161331926819"),
    *("LI21088100002324013AA", "MT84MALT011000012345MTLCAST001S", "NO9386011117947"),
    *("SA0380000000608010167519", "SC18SSCB11010000000000001497USD"),
]
"""Examples of the IBAN registry, release 99."""


def _refusal_of_iban(iban: str) -> str:
    with pytest.raises(BadInput) as refusal:
        clean_iban(iban)
    assert refusal.value.field == "iban"
    return refusal.value.message


@pytest.mark.parametrize("iban", EXAMPLES)
def test_an_iban_is_accepted_however_it_is_typed(iban: str) -> None:
    assert clean_iban(iban) == iban
    assert clean_iban(f" {grouped(iban).lower()}\n") == iban
    assert clean_iban("-".join(iban)) == iban


@pytest.mark.parametrize(
    ("iban", "message"),
    [
        ("12345678", "Enter an IBAN, like DE89 3704 0044 0532 0130 00."),
        ("DE89 3704 0044 0532 0130 0٣", "Enter an IBAN, like DE89 3704 0044 0532 0130 00."),
        ("ZZ89 3704", "There are no IBANs that start with ZZ."),
        (
            "DE89 3704 0044 0532 0130 0",
            "IBANs that start with DE have 22 characters. This one has 21.",
        ),
        (
            "DE89 3704 0044 0532 0103 00",
            "The check digits don't match. Look for a mistyped or swapped character.",
        ),
        (
            "GB58 1234 6016 1331 9268 19",
            "Some letters and digits of this IBAN are in the wrong place for GB.",
        ),
    ],
)
def test_a_refused_iban_says_what_is_wrong(iban: str, message: str) -> None:
    assert _refusal_of_iban(iban) == message


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_wrong_digit_and_two_swapped_ones_are_found(iban: str, data: st.DataObject) -> None:
    pairs = [at for at in range(2, len(iban) - 1) if iban[at : at + 2].isdigit()]
    at = data.draw(st.sampled_from(pairs))
    digit = data.draw(st.sampled_from("0123456789"))
    swapped = iban[:at] + iban[at + 1] + iban[at] + iban[at + 2 :]
    for wrong in {swapped, iban[:at] + digit + iban[at + 1 :]} - {iban}:
        assert "check digits" in _refusal_of_iban(wrong)


@given(st.text())
def test_any_text_is_an_iban_or_refused(text: str) -> None:
    try:
        iban = clean_iban(text)
    except BadInput:
        return
    assert iban is None or iban.isascii()


def test_nothing_typed_is_no_iban_and_no_bic() -> None:
    assert [clean_iban(None), clean_iban("  "), clean_bic(None), clean_bic(" ")] == [None] * 4


@pytest.mark.parametrize(
    ("bic", "message"),
    [
        ("COBADE", "A BIC has 8 or 11 characters. This one has 6."),
        ("COBAZZFF", "The fifth and sixth characters of a BIC are a country code. ZZ isn't one."),
        ("1234DEFF", "Enter a BIC, like COBADEFFXXX."),
    ],
)
def test_a_refused_bic_says_what_is_wrong(bic: str, message: str) -> None:
    with pytest.raises(BadInput) as refusal:
        clean_bic(bic)
    assert (refusal.value.field, refusal.value.message) == ("bic", message)


def test_a_bic_has_eight_or_eleven_characters() -> None:
    assert clean_bic("coba de ff xxx") == "COBADEFFXXX"
    assert clean_bic("COBADEFF") == "COBADEFF"


def test_qr_ibans_are_told_by_their_bank_code() -> None:
    assert is_qr_iban("CH4431999123000889012")
    assert is_qr_iban("CH6431961000004421557")
    assert not is_qr_iban("CH5800791123000889012")
    assert not is_qr_iban("DE89310000440532013000")
    assert is_swiss("LI21088100002324013AA")
    assert not is_swiss("DE89370400440532013000")


def test_an_iban_is_read_in_groups_of_four_and_recognised_when_masked() -> None:
    assert grouped("DE89370400440532013000") == "DE89 3704 0044 0532 0130 00"
    assert masked("DE89370400440532013000") == "DE89 … 3000"
