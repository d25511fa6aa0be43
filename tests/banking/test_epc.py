"""The code for SEPA credit transfers: what it contains, and when there is one."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.epc import epc_payload
from banking.references import PaymentReference, ReferenceType, payment_reference
from tests.banking.payloads import EpcTransfer, read_epc

IBAN = "DE28999000000012345678"
DETAILS: dict[str, Any] = {
    "holder": "Kiln & Harbour GmbH",
    "iban": IBAN,
    "bic": "MUSTDEHHXXX",
    "reference": payment_reference("KH-2026-0147", IBAN),
    "amount": Decimal("6112.20"),
    "currency": "EUR",
}
amounts = st.integers(1, 99_999_999_999).map(lambda cents: Decimal(cents).scaleb(-2))


def test_a_code_has_the_lines_of_the_standard_and_nothing_after_them() -> None:
    assert epc_payload(**DETAILS) == (
        "BCD\n002\n1\nSCT\nMUSTDEHHXXX\nKiln & Harbour GmbH\nDE28999000000012345678\n"
        "EUR6112.20\n\nRF59KH20260147"
    )


@given(amounts, st.text(min_size=1).filter(str.strip))
def test_a_code_is_read_as_what_was_put_in(amount: Decimal, holder: str) -> None:
    payload = epc_payload(**DETAILS | {"amount": amount, "holder": holder})
    assert payload is not None
    transfer = read_epc(payload)
    assert transfer == EpcTransfer(
        bic="MUSTDEHHXXX",
        name=transfer.name,
        iban=IBAN,
        amount=amount,
        reference="RF59KH20260147",
        text="",
    )
    assert " ".join(holder.split()).startswith(transfer.name)


def test_a_name_that_is_too_long_is_cut_at_a_whole_character() -> None:
    long = epc_payload(**DETAILS | {"holder": "x" * 100})
    wide = epc_payload(**DETAILS | {"holder": "\N{BANK}" * 100})
    assert long is not None
    assert wide is not None
    assert read_epc(long).name == "x" * 70
    assert set(read_epc(wide).name) == {"\N{BANK}"}
    assert len(wide.encode()) in range(328, 332)


def test_a_reference_without_a_standard_is_the_text_of_the_transfer() -> None:
    reference = PaymentReference(ReferenceType.NONE, "KH-2026-0147")
    payload = epc_payload(**DETAILS | {"reference": reference, "bic": None})
    assert payload is not None
    assert (read_epc(payload).bic, read_epc(payload).text) == ("", "KH-2026-0147")


@pytest.mark.parametrize(
    "change",
    [
        {"currency": "CHF"},
        {"amount": Decimal(0)},
        {"amount": Decimal("1000000000.00")},
        {"iban": "SA0380000000608010167519"},
        {"iban": "CH4431999123000889012"},
    ],
)
def test_there_is_no_code_for_what_sepa_does_not_transfer(change: dict[str, Any]) -> None:
    assert epc_payload(**DETAILS | change) is None
