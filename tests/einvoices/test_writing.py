"""E-invoices as files: their bytes and the fingerprints that stand for them."""

from dataclasses import replace
from hashlib import sha256
from typing import Final

from hypothesis import HealthCheck, given, settings

from einvoices.document import EInvoice
from einvoices.formats import EInvoiceFormat
from einvoices.writing import WRITER_VERSION, EInvoiceFile
from models import CreditNote
from tests.einvoices.documents import e_invoice, e_invoices, line

_BYTES_OF_VERSIONS: Final = {
    1: "f80b6f3eaed1aef2b6b387677ebeeb27ad403df7e844352c3daa1fb9b3e3a249",
}


def _files() -> list[EInvoiceFile]:
    lines = [line("120", "2.5"), line("0.284735", "-3", rate="7", unit="Kisten")]
    documents = [
        e_invoice(lines, discount=1001, payment_terms="2 %\n#SKONTO#TAGE=14#PROZENT=2.00#"),
        e_invoice(lines, model=CreditNote, reason="Mengenrabatt"),
    ]
    return [EInvoiceFile(each, form) for each in documents for form in EInvoiceFormat]


def test_other_bytes_are_another_version() -> None:
    digest = sha256(b"".join(file.write() for file in _files())).hexdigest()
    assert digest == _BYTES_OF_VERSIONS[WRITER_VERSION], "increase WRITER_VERSION"


def test_each_format_has_another_fingerprint() -> None:
    assert len({file.fingerprint() for file in _files()}) == len(_files())


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(e_invoices(), e_invoices())
def test_files_with_one_fingerprint_have_the_same_bytes(one: EInvoice, other: EInvoice) -> None:
    for form in EInvoiceFormat:
        files = [EInvoiceFile(each, form) for each in (one, replace(one), other)]
        first, same, third = ((file.fingerprint(), file.write()) for file in files)
        assert first == same
        assert (first[1] == third[1]) or (first[0] != third[0])
