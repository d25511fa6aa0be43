"""How an invoice says that it is paid by bank transfer, and the codes that banking apps scan."""

from dataclasses import replace
from typing import Final

import pytest

from pdf.documents import PdfDocument
from pdf.rendering import render
from tests.banking.payloads import read_epc, read_swiss
from tests.pdf.gallery import LINK, document, gallery, line, transfer
from tests.pdf.readers import problems, qr_codes, read, squash

DOCUMENTS: Final = gallery()
SWISS: Final = DOCUMENTS["qr-bill"]


def _texts(document: PdfDocument) -> list[list[str]]:
    return [sorted(code.text for code in page) for page in qr_codes(render(document))]


def test_a_phone_reads_both_codes_of_an_invoice_in_euros() -> None:
    drawn = DOCUMENTS["bank-transfer"]
    assert drawn.transfer is not None
    assert drawn.transfer.epc_payload is not None
    assert _texts(drawn) == [[drawn.transfer.epc_payload, LINK]]
    assert str(read_epc(drawn.transfer.epc_payload).amount) == "7877.01"


def test_the_account_is_written_out_as_people_read_it() -> None:
    text = squash("".join(read(render(DOCUMENTS["bank-transfer"])).pages))
    for written in (
        "Account holder Beratung Zürich AG",
        "IBAN DE28 9990 0000 0012 3456 78",
        "BIC MUSTDEHHXXX",
        "Reference RF88 2026 0042",
        "Scan the code with your banking app.",
    ):
        assert squash(written) in text


def test_an_account_without_an_iban_is_written_as_the_business_writes_it() -> None:
    drawn = DOCUMENTS["account-lines"]
    text = squash("".join(read(render(drawn)).pages))
    assert squash("First National Bank Routing 123456789 Account 000123456") in text
    assert squash("Reference 2026-0042") in text
    assert "Scan" not in text
    assert _texts(drawn) == [[LINK]]


def test_a_swiss_payment_slip_has_a_code_at_its_place() -> None:
    *_, last = qr_codes(render(SWISS))
    [code] = [each for each in last if each.text != LINK]
    assert SWISS.transfer is not None
    assert SWISS.transfer.swiss_qr_bill is not None
    assert code.text == SWISS.transfer.swiss_qr_bill.payload
    assert read_swiss(code.text).reference == ("SCOR", "RF8820260042")
    assert code.left == pytest.approx(67, abs=0.3)
    assert code.size == pytest.approx(46, abs=0.5)
    assert code.top == pytest.approx(297 - 105 + 17, abs=0.3)


def test_a_short_invoice_has_its_slip_on_the_same_page() -> None:
    assert len(read(render(SWISS)).pages) == 1
    long = transfer(
        replace(document([line(f"Item {n}") for n in range(20)]), currency="CHF"),
        "CH5800791123000889012",
    )
    first, second = read(render(long)).pages
    assert "Receipt" not in first
    assert "Page 2 of 2" in second
    assert "Payment part" in second
    assert problems(render(long)) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de-CH", ["Empfangsschein", "Zahlteil", "Zahlbar durch"]),
        ("fr-CH", ["Récépissé", "Section paiement", "Payable par"]),
        ("it-CH", ["Ricevuta", "Sezione pagamento", "Pagabile da"]),
        ("en", ["Receipt", "Payment part", "Payable by"]),
        ("ar", ["Receipt", "Payment part", "Payable by"]),
    ],
)
def test_a_slip_is_in_a_language_that_swiss_banks_know(language: str, words: list[str]) -> None:
    file = render(replace(SWISS, language=language))
    text = squash("".join(read(file).pages))
    assert [word for word in words if squash(word) not in text] == []
    [code] = [each for page in qr_codes(file) for each in page if each.text != LINK]
    assert code.left == pytest.approx(67, abs=0.3)  # not mirrored


def test_a_slip_has_the_swiss_forms_of_account_reference_and_amount() -> None:
    text = squash("".join(read(render(DOCUMENTS["qr-bill-form"])).pages))
    for written in (
        "CH44 3199 9123 0008 8901 2",
        "00 00000 00000 00000 02026 00427",
        "CHF Montant 1 945.80",
        "Payable par (nom/adresse)",
        "A détacher avant le versement",
    ):
        assert squash(written) in text


def test_an_invoice_in_euros_to_switzerland_has_both_kinds_of_code() -> None:
    euros = transfer(document([line("Item")]), "CH5800791123000889012")
    assert euros.transfer is not None
    assert euros.transfer.swiss_qr_bill is not None
    codes = sorted(text for page in _texts(euros) for text in page)
    assert codes == sorted(
        filter(None, [euros.transfer.epc_payload, euros.transfer.swiss_qr_bill.payload, LINK])
    )


def test_long_names_fit_on_a_slip() -> None:
    assert SWISS.transfer is not None
    bill = SWISS.transfer.swiss_qr_bill
    assert bill is not None
    assert bill.debtor is not None
    party = replace(bill.debtor, name="W " * 35, street="Q " * 35, town="M " * 17)
    crowded = replace(bill, creditor=party, debtor=party, message="N " * 70)
    drawn = replace(SWISS, transfer=replace(SWISS.transfer, swiss_qr_bill=crowded))
    file = render(drawn)
    assert problems(file) == []
    assert len(read(file).pages) == 1
    assert squash("Acceptance point") not in squash("".join(read(file).pages))
    [code] = [each for page in qr_codes(file) for each in page if each.text != LINK]
    assert code.text == crowded.payload
