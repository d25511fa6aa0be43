"""The Swiss QR-bill: what its code contains, in which characters, and when there is one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.references import PaymentReference, ReferenceType, payment_reference
from banking.swiss_qr_bill import QrBillParty, qr_bill_party, swiss_qr_bill
from tests.banking.payloads import read_swiss

QR_IBAN, IBAN = "CH6431961000004421557", "CH5800791123000889012"
CREDITOR = QrBillParty(
    name="Max Muster & Söhne",
    street="Musterstrasse",
    building="123",
    postal_code="8000",
    town="Seldwyla",
    country="CH",
)
DEBTOR = replace(CREDITOR, name="Simon Muster", building="1")
DETAILS: dict[str, Any] = {
    "iban": QR_IBAN,
    "creditor": CREDITOR,
    "debtor": DEBTOR,
    "reference": payment_reference("00000820779122585742128669", QR_IBAN),
    "amount": Decimal(50),
    "currency": "CHF",
    "message": "Payment of travel",
}
EXAMPLE = """SPC
0200
1
CH6431961000004421557
S
Max Muster & Söhne
Musterstrasse
123
8000
Seldwyla
CH







50.00
CHF
S
Simon Muster
Musterstrasse
1
8000
Seldwyla
CH
QRR
000008207791225857421286694
Payment of travel
EPD"""
"""The first example of the Swiss Implementation Guidelines QR-bill 2.3, annex A."""
texts = st.text(max_size=90)


def _party(**changes: Any) -> QrBillParty | None:
    values: dict[str, Any] = {
        "name": "Blaue Laterne AG",
        "street_lines": ["Kaistraße 7"],
        "postal_code": "20457",
        "town": "Hamburg",
        "country": "DE",
    }
    return qr_bill_party(**values | changes)


def test_a_code_is_that_of_the_guidelines_example() -> None:
    bill = swiss_qr_bill(**DETAILS)
    assert bill is not None
    assert bill.payload == EXAMPLE


@given(texts, st.lists(texts, max_size=3), texts, texts, texts, st.integers(1, 99_999_999_999))
def test_a_code_is_read_as_what_was_put_in(
    name: str, street: list[str], code: str, town: str, message: str, cents: int
) -> None:
    debtor = _party(name=name, street_lines=street, postal_code=code, town=town)
    amount = Decimal(cents).scaleb(-2)
    bill = swiss_qr_bill(**DETAILS | {"debtor": debtor, "message": message, "amount": amount})
    assert bill is not None
    read = read_swiss(bill.payload)
    assert (read.iban, read.amount, read.currency) == (QR_IBAN, amount, "CHF")
    assert read.creditor == CREDITOR.elements[1:]
    assert read.debtor == (debtor.elements[1:] if debtor else [])
    assert read.reference == ("QRR", "000008207791225857421286694")


def test_a_bill_without_a_qr_iban_has_a_creditor_reference() -> None:
    reference = payment_reference("KH-2026-0147", IBAN)
    bill = swiss_qr_bill(**DETAILS | {"iban": IBAN, "reference": reference, "debtor": None})
    assert bill is not None
    assert read_swiss(bill.payload).reference == ("SCOR", "RF59KH20260147")
    assert read_swiss(bill.payload).debtor == []
    assert bill.account == "CH58 0079 1123 0008 8901 2"


@pytest.mark.parametrize(
    "change",
    [
        {"iban": "DE89370400440532013000"},
        {"currency": "USD"},
        {"amount": Decimal(0)},
        {"amount": Decimal("1000000000.00")},
        {"creditor": None},
        {"reference": PaymentReference(ReferenceType.NONE, "17")},
    ],
)
def test_there_is_no_bill_for_what_swiss_banks_refuse(change: dict[str, Any]) -> None:
    assert swiss_qr_bill(**DETAILS | change) is None


@pytest.mark.parametrize(
    ("street", "split"),
    [
        (["Am Speicher XI 4"], ("Am Speicher XI", "4")),
        (["Kaistraße 7a-9"], ("Kaistraße", "7a-9")),
        (["12 rue de la Paix"], ("12 rue de la Paix", "")),
        (["Via 25 Aprile"], ("Via 25 Aprile", "")),
        (["Postfach 3001"], ("Postfach 3001", "")),
        (["Haus 2, Hof 3"], ("Haus 2, Hof 3", "")),
        (["Gebäude B", "Hof 3"], ("Gebäude B, Hof 3", "")),
        ([], ("", "")),
        (["17"], ("17", "")),
    ],
)
def test_a_house_number_is_split_off_where_it_is_clear(
    street: list[str], split: tuple[str, str]
) -> None:
    party = _party(street_lines=street)
    assert party is not None
    assert (party.street, party.building) == split


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Zoë\u2019s \u201eKüche\u201c \u2013 Zürich", 'Zoë\'s "Küche" - Zürich'),
        ("Łódź Nguyễn \N{LATIN SMALL LIGATURE FI}x", "Łódź Nguyen fix"),
        ("Studio \N{BLACK STAR} Eins", "Studio Eins"),
        ("a\u00a0b\tc\u2028d", "a b c d"),
    ],
)
def test_names_are_written_in_the_characters_of_qr_bills(name: str, written: str) -> None:
    party = _party(name=name)
    assert party is not None
    assert party.name == written


@pytest.mark.parametrize(
    "change",
    [
        {"name": "\u041c\u043e\u0441\u043a\u0432\u0430"},
        {"name": "\N{BLACK STAR}"},
        {"postal_code": None},
        {"town": ""},
        {"country": None},
    ],
)
def test_a_party_without_what_a_bill_needs_is_left_to_the_pen(change: dict[str, Any]) -> None:
    assert _party(**change) is None


def test_a_slip_names_the_country_of_a_foreign_address_only() -> None:
    party = _party(postal_code="D-20457")
    assert party is not None
    assert party.lines() == ["Blaue Laterne AG", "Kaistraße 7", "DE-20457 Hamburg"]
    assert DEBTOR.lines() == ["Simon Muster", "Musterstrasse 1", "8000 Seldwyla"]
