"""E-invoices: what is missing, when that keeps an invoice from being issued, and the files."""

import re
from io import BytesIO
from typing import Any, Final
from unittest.mock import AsyncMock, patch

import httpx
import pikepdf
import pytest

from einvoices.writing import EInvoiceFile
from models import Company, Customer, Invoice
from pdf.worker_pool import WorkerPool
from tests.support.clients import Business
from tests.support.e_invoices import COMPLETE_CUSTOMER, INVOICE, complete_company
from web.http.middleware import HEADERS

_FORMATS: Final = "eInvoice { formats { format ready url missing { field message term } } }"
_ISSUE: Final = "mutation($input: InvoiceRef!) { issueInvoice(input: $input) { invoice { id } } }"


async def _draft(business: Business, **customer: object) -> str:
    """Return a draft for a customer of whom everything is known but what `customer` says."""
    customer_id = await business.make_customer(**COMPLETE_CUSTOMER | customer)
    return await business.make_draft(customerId=customer_id, **INVOICE)


async def _shared(business: Business) -> tuple[str, str]:
    """Return an issued invoice with all details, and the path of its e-invoice for clients."""
    await complete_company(business)
    invoice_id = await _draft(business)
    await business.issue(invoice_id)
    return invoice_id, f"/invoice/{await business.share(invoice_id)}.xml"


async def _get(business: Business, path: str, **headers: str) -> httpx.Response:
    return await business.http.get(path, headers=business.stranger.headers | headers)


async def _formats(business: Business, invoice_id: str) -> dict[str, Any]:
    data = await business.invoice(invoice_id, _FORMATS)
    return {each.pop("format"): each for each in data["eInvoice"]["formats"]}


# --- what is missing ------------------------------------------------------------------------------


async def test_a_draft_says_what_is_missing_for_each_format(business: Business) -> None:
    formats = await _formats(business, await _draft(business, postalAddress=None))
    missing = {name: [each["term"] for each in value["missing"]] for name, value in formats.items()}
    assert missing["FACTUR_X"] == ["BT-40", "BT-31", "BT-55"]
    assert {"BT-41", "BT-42", "BT-52", "BT-53"} < set(missing["XRECHNUNG_UBL"])
    assert missing["XRECHNUNG_CII"] == missing["XRECHNUNG_UBL"]
    assert "BT-34" in missing["PEPPOL_UBL"]
    country = formats["FACTUR_X"]["missing"][-1]
    assert country["field"] == "customer.postalAddress.country"
    assert country["message"] == "Enter the country of Ärzte AG."
    assert all(not each["ready"] and each["url"] is None for each in formats.values())


async def test_what_is_missing_is_said_in_the_language_of_the_company(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    formats = await _formats(business, await _draft(business, postalAddress=None))
    message = formats["FACTUR_X"]["missing"][-1]["message"]
    assert message == "Geben Sie das Land von Ärzte AG ein."


async def test_an_issued_invoice_has_the_addresses_of_formats_that_are_ready(
    business: Business,
) -> None:
    invoice_id, _ = await _shared(business)
    formats = await _formats(business, invoice_id)
    assert [name for name, each in formats.items() if each["ready"]] == list(formats)
    for each in formats.values():
        path = each["url"].removeprefix("http://127.0.0.1:8000")
        answer = await business.http.get(path, headers=business.headers)
        assert (answer.status_code, answer.content[:6]) == (200, b"<?xml ")


async def test_an_invoice_without_the_details_can_be_issued(business: Business) -> None:
    invoice_id = await _draft(business, postalAddress=None)
    await business.issue(invoice_id)
    formats = await _formats(business, invoice_id)
    assert [each["url"] for each in formats.values()] == [None] * 4


@pytest.mark.parametrize("required", ["XRECHNUNG", "PEPPOL"])
async def test_a_required_e_invoice_must_be_complete_before_the_invoice_is_issued(
    business: Business, required: str
) -> None:
    invoice_id = await _draft(business, eInvoice=required, postalAddress=None)
    failed = await business.refused(_ISSUE, input={"invoiceId": invoice_id})
    [error] = failed.errors
    assert error["extensions"]["code"] == "BAD_INPUT"
    fields = {each["field"] for each in error["extensions"]["errors"]}
    assert {"company.postalAddress.country", "customer.postalAddress.country"} < fields
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.status, invoice.number) == ("DRAFT", None)
    await complete_company(business)
    customer = await Customer.get(id=invoice.customer_id)
    await business.mutate(
        "updateCustomer",
        "UpdateCustomerInput",
        "{ customer { eInvoice } }",
        customerId=str(customer.id),
        postalAddress=COMPLETE_CUSTOMER["postalAddress"],
        endpoint="0088:4012345000009",
    )
    await business.issue(invoice_id)


# --- files ----------------------------------------------------------------------------------------


async def test_an_e_invoice_stays_the_same_whatever_happens_later(business: Business) -> None:
    invoice_id, path = await _shared(business)
    before = (await _get(business, path)).content
    await business.pay(invoice_id, "10")
    changes = {"name": "New", "email": "new@example.com", "phone": "1", "vatId": None}
    await business.mutate("updateCompany", "UpdateCompanyInput", "{ company { id } }", **changes)
    company = await Company.get(id=business.company_id)
    assert company.name == "New"
    assert (await _get(business, path)).content == before
    assert b">119.00<" in before


async def test_an_e_invoice_has_its_headers(business: Business) -> None:
    invoice_id, path = await _shared(business)
    number = (await business.invoice(invoice_id, "number"))["number"]
    answer = await _get(business, f"{path}?format=xrechnung-ubl")
    assert answer.headers["content-type"] == "application/xml"
    name = f'attachment; filename="{number}-xrechnung-ubl.xml";'
    assert answer.headers["content-disposition"].startswith(name)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    tag = answer.headers["etag"]
    again = await _get(business, f"{path}?format=xrechnung-ubl", **{"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await _get(business, path)).headers["etag"] != tag


async def test_what_a_client_does_not_get_is_not_written(business: Business) -> None:
    _, path = await _shared(business)
    pdf, headers = path.replace(".xml", ".pdf"), business.stranger.headers
    tag, tag_of_pdf = [(await _get(business, each)).headers["etag"] for each in (path, pdf)]
    with (
        patch.object(EInvoiceFile, "write", autospec=True, return_value=b"<a/>") as write,
        patch.object(WorkerPool, "render", AsyncMock(return_value=b"%PDF-")) as render,
    ):
        for each, known in ((path, tag), (pdf, tag_of_pdf)):
            head = await business.http.head(each, headers=headers)
            assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", known)
            assert "content-length" not in head.headers
            assert (await _get(business, each, **{"if-none-match": known})).status_code == 304
        missing = f"{path}?format=word"
        assert (await _get(business, missing)).status_code == 400
        write.assert_not_called()
        render.assert_not_called()
        # The limit is checked before the work, for both kinds of files together.
        answers = [await business.http.get(each, headers=headers) for each in [path, pdf] * 31]
        assert [answer.status_code for answer in answers] == [200] * 60 + [429] * 2
        assert (write.call_count, render.call_count) == (30, 30)


async def test_without_a_format_it_is_factur_x(business: Business) -> None:
    _, path = await _shared(business)
    plain, named = [await _get(business, f"{path}{query}") for query in ("", "?format=factur-x")]
    assert plain.content == named.content
    assert b"<ram:ID>urn:cen.eu:en16931:2017</ram:ID>" in plain.content


async def test_an_unknown_format_is_refused_by_its_name(business: Business) -> None:
    _, path = await _shared(business)
    answer = await _get(business, f"{path}?format=word")
    assert answer.status_code == 400
    assert "factur-x, xrechnung-cii, xrechnung-ubl, peppol-ubl" in answer.text


async def test_a_format_for_which_details_are_missing_is_refused(business: Business) -> None:
    invoice_id = await _draft(business, postalAddress=None)
    await business.issue(invoice_id)
    path = f"/invoice/{await business.share(invoice_id)}.xml"
    answer = await _get(business, path)
    assert (answer.status_code, "details are missing" in answer.text) == (409, True)


async def test_a_revoked_link_and_a_draft_have_no_e_invoice(business: Business) -> None:
    invoice_id, path = await _shared(business)
    tag = (await _get(business, path)).headers["etag"]
    await business.revoke(invoice_id)
    assert (await _get(business, path, **{"if-none-match": tag})).status_code == 404
    draft = await business.http.get(
        f"/invoices/{await _draft(business)}.xml", headers=business.headers
    )
    assert draft.status_code == 409


async def test_clients_do_not_get_what_is_not_valid_any_more(business: Business) -> None:
    invoice_id, path = await _shared(business)
    note_id = await business.credit_invoice(invoice_id)
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    note = f"/credit-note/{await business.share_credit_note(note_id)}.xml"
    tags = [(await _get(business, each)).headers["etag"] for each in (note, path)]
    await business.credit_note("voidCreditNote", creditNoteId=note_id)
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id)
    for each, tag in zip((note, path), tags, strict=True):
        answer = await _get(business, each, **{"if-none-match": tag})
        assert (answer.status_code, "valid any more" in answer.text) == (409, True)
        page = await _get(business, each.removesuffix(".xml"))
        assert (page.status_code, "E-invoice" in page.text) == (200, False)
        assert _embedded((await _get(business, each.replace(".xml", ".pdf"))).content) is None
    for each in (f"/invoices/{invoice_id}.xml", f"/credit-notes/{note_id}.xml"):
        kept = await business.http.get(each, headers=business.headers)
        assert kept.status_code == 200


async def test_staff_of_another_company_get_nothing(business: Business, rival: Business) -> None:
    invoice_id, _ = await _shared(business)
    path = f"/invoices/{invoice_id}.xml"
    assert (await business.http.get(path, headers=rival.headers)).status_code == 404
    assert (await _get(business, path)).status_code == 401


async def test_a_portal_and_a_credit_note_have_them_too(business: Business) -> None:
    invoice_id, path = await _shared(business)
    invoice = await Invoice.get(id=invoice_id)
    portal = await business.share_portal(str(invoice.customer_id))
    in_portal = await _get(business, f"/portal/{portal}/{invoice.number}.xml")
    assert in_portal.content == (await _get(business, path)).content
    note_id = await business.credit_invoice(invoice_id)
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    token = await business.share_credit_note(note_id)
    xml = (await _get(business, f"/credit-note/{token}.xml?format=peppol-ubl")).text
    assert re.search(r"<cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode>", xml)
    reference = f"<cac:InvoiceDocumentReference><cbc:ID>{invoice.number}</cbc:ID>"
    assert reference in xml


# --- pages ----------------------------------------------------------------------------------------


async def test_the_page_offers_the_format_that_the_customer_wants(business: Business) -> None:
    _, path = await _shared(business)
    page, label = path.removesuffix(".xml"), "<span>E-invoice (XML)</span></a>"
    query = "query($token: String!) { invoice(token: $token) { xmlUrl } }"
    token = page.rpartition("/")[2]
    url = f"http://127.0.0.1:8000{path}?format=factur-x"
    assert (await business.stranger.gql(query, token=token))["invoice"]["xmlUrl"] == url
    text = (await _get(business, page)).text
    assert f'href="{url}"' in text
    assert label in text
    await Customer.filter(company_id=business.company_id).update(e_invoice="XRECHNUNG")
    assert (
        f'href="http://127.0.0.1:8000{path}?format=xrechnung-ubl"'
        in (await _get(business, page)).text
    )
    incomplete = await _draft(business, postalAddress=None)
    await business.issue(incomplete)
    other = await _get(business, f"/invoice/{await business.share(incomplete)}")
    assert label not in other.text


# --- in PDFs --------------------------------------------------------------------------------------


def _embedded(pdf: bytes) -> bytes | None:
    with pikepdf.open(BytesIO(pdf)) as opened:
        attached = opened.attachments.get("factur-x.xml")
        return attached.get_file().read_bytes() if attached else None


async def test_the_pdf_of_an_issued_invoice_contains_its_e_invoice(business: Business) -> None:
    _, path = await _shared(business)
    pdf = await _get(business, path.replace(".xml", ".pdf"))
    assert _embedded(pdf.content) == (await _get(business, path)).content


async def test_a_pdf_contains_no_e_invoice_where_details_are_missing(business: Business) -> None:
    token = await business.share(await business.make_invoice())
    pdf = await _get(business, f"/invoice/{token}.pdf")
    assert pdf.status_code == 200
    assert _embedded(pdf.content) is None
