"""Lists as CSV and as zips of PDFs and e-invoices, for people and tools."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from zipfile import ZipFile

import pytest

from models import Company
from models.companies import today_of
from services.billing.lists import archives, csv_exports
from tests.support.clients import Business
from tests.support.e_invoices import make_complete_invoice
from tests.support.staff import Browser
from web.dashboard.lists.downloads import _Download


def _read(content: bytes) -> list[Mapping[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def _get(business: Business, path: str) -> bytes:
    response = await business.http.get(path, headers=business.headers)
    assert response.status_code == 200, response.text
    return response.content


async def test_csv_has_what_the_filter_finds_once_and_newest_first(
    business: Business, rival: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_exports, "_PAGE_SIZE", 2)
    evil = await business.make_customer(name='=cmd|" /C calc"!A0', email="a@example.com")
    for n in range(5):
        await business.make_invoice(number=f"A-{n}", customerId=evil, dueDate="2099-01-31")
    await business.make_invoice(number="B-1", currency="JPY")
    await rival.make_invoice(number="A-9")
    rows = _read(await _get(business, "/invoices.csv?q=a-"))
    assert [row["number"] for row in rows] == ["A-4", "A-3", "A-2", "A-1", "A-0"]
    first = rows[0]
    assert first["customer"] == '\'=cmd|" /C calc"!A0'
    assert (first["total"], first["amount_due"], first["currency"]) == ("100.00", "100.00", "EUR")
    assert (first["due_date"], first["opens"], first["first_opened_at"]) == ("2099-01-31", "0", "")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", first["created_at"])
    [yen] = _read(await _get(business, f"/invoices.csv?id={(await _ids(business))[0]}"))
    assert (yen["number"], yen["total"]) == ("B-1", "100")


async def _ids(business: Business) -> list[str]:
    query = "{ company { invoices { edges { node { id } } } } }"
    edges = (await business.gql(query))["company"]["invoices"]["edges"]
    return [edge["node"]["id"] for edge in edges]


@pytest.mark.parametrize("name", ["invoices", "quotes", "credit-notes", "customers"])
async def test_every_list_is_a_file_with_the_day_in_its_name(
    staff_client: Browser, business: Business, name: str
) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id)
    await business.make_quote(customerId=customer_id)
    await business.make_credit_note(customer_id, "1.00")
    response = await staff_client.get(f"/{name}.csv")
    company = await Company.get(id=business.company_id)
    expected = f'attachment; filename="{name}-{today_of(company)}.csv"'
    assert response.headers["content-disposition"].startswith(expected)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(_read(response.content)) == 1


async def test_a_zip_has_a_pdf_for_each_document_under_a_safe_name_of_its_own(
    business: Business,
) -> None:
    await business.make_invoice(number="../a:b")
    await business.make_invoice(number="INV-1")
    for _ in range(2):
        await business.make_draft()
    with ZipFile(io.BytesIO(await _get(business, "/invoices.zip"))) as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == ["Draft (2).pdf", "Draft.pdf", "INV-1.pdf", "a-b.pdf"]
        assert all(archive.read(name).startswith(b"%PDF-") for name in archive.namelist())


async def test_a_zip_has_e_invoices_next_to_their_pdfs(business: Business) -> None:
    await business.make_invoice(number="../a:b")
    invoice_id = await make_complete_invoice(business, eInvoice="XRECHNUNG")
    note_id = await business.credit_invoice(invoice_id)
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    await business.make_draft()
    for path, files in (
        ("invoices", ["Draft.pdf", "INV-00001.pdf", "INV-00001.xml", "a-b.pdf"]),
        ("credit-notes", ["CN-00001.pdf", "CN-00001.xml"]),
    ):
        with ZipFile(io.BytesIO(await _get(business, f"/{path}.zip"))) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == files
            if path == "invoices":
                xml = f"/invoices/{invoice_id}.xml?format=xrechnung-ubl"
                assert archive.read("INV-00001.xml") == await _get(business, xml)
    await business.credit_note("voidCreditNote", creditNoteId=note_id)
    with ZipFile(io.BytesIO(await _get(business, "/credit-notes.zip"))) as archive:
        assert archive.namelist() == ["CN-00001.pdf"]


async def test_a_zip_names_what_could_not_be_rendered(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        return None

    monkeypatch.setattr(archives, "_try", fail)
    await business.make_invoice(number="INV-1")
    with ZipFile(io.BytesIO(await _get(business, "/invoices.zip"))) as archive:
        assert archive.namelist() == ["Not included.txt"]
        assert b"INV-1.pdf" in archive.read("Not included.txt")


async def test_too_many_documents_and_none_are_refused(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_DOCUMENTS", 1)
    for count in (0, 2):
        for _ in range(count):
            await business.make_invoice()
        response = await business.http.get("/invoices.zip", headers=business.headers)
        assert response.status_code == 400


async def test_strangers_and_what_cannot_be_understood_are_refused(
    business: Business, rival: Business
) -> None:
    foreign = await rival.make_invoice()
    assert _read(await _get(business, f"/invoices.csv?id={foreign}")) == []
    assert (await business.http.get("/invoices.csv")).status_code == 401
    response = await business.http.get("/invoices.csv?from=soon", headers=business.headers)
    assert response.status_code == 400
    tool = await business.make_key("MANAGE_COMPANY")
    response = await business.http.get("/customers.csv", headers=tool.headers)
    assert response.status_code == 403


async def test_a_download_that_ends_in_any_way_makes_room_for_the_next() -> None:
    ended = list[bool]()

    async def content() -> AsyncIterator[bytes]:
        yield b"begin"
        await asyncio.Event().wait()

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: object) -> None:
        pass

    download = _Download(content(), {}, "text/csv", lambda: ended.append(True))
    scope: Any = {"type": "http", "asgi": {"spec_version": "2.0"}}
    async with asyncio.timeout(30):
        await download(scope, receive, send)
    assert ended == [True]
