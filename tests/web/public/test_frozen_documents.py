"""Issued documents keep their parties, texts and language, whatever is edited afterwards."""

import re
from typing import Any, Final

import pytest

from models import CreditNote, EmailPreference, Invoice, Quote
from pdf.documents import PdfDocument
from tests.services.billing.test_pdf_documents import content_of
from tests.services.email.test_emails import new_address, send
from tests.support.clients import Business
from tests.support.mailbox import Mailbox, html_of, text_of
from tests.support.sql_statements import statements
from values.parties import PaperSize

_COMPANY: Final = {
    "name": "Halden GmbH",
    "postalAddress": {
        "lines": ["Speicherstraße 14"],
        "postalCode": "20457",
        "city": "Hamburg",
        "country": "DE",
    },
    "vatId": "DE136695976",
    "taxNumber": "75/123/45678",
    "language": "de",
    "footer": "HRB 1234 Hamburg",
    "paymentTerms": "14 Tage netto",
    "defaultNotes": "Vielen Dank",
    "paymentDays": 14,
    "email": "hallo@halden.example",
    "phone": "+49 40 1",
    "website": "https://halden.example",
    "accentColor": "#0f6e66",
}
_NEW_COMPANY: Final = {
    "name": "Neuland AG",
    "postalAddress": {"lines": ["Seestrasse 1"], "city": "Zürich", "country": "CH"},
    "vatId": "CHE107787577MWST",
    "taxNumber": "neue Nummer",
    "language": "fr",
    "footer": "Neue Fußzeile",
    "paymentTerms": "Neue Bedingungen",
    "defaultNotes": "Neue Hinweise",
    "paymentDays": 30,
    "paperSize": "LETTER",
}
_CONTACT: Final = {
    "email": "neu@neuland.example",
    "phone": "+41 44 2",
    "website": "https://neuland.example",
    "accentColor": "#aa0000",
}
"""What isn't frozen: how to reach the business, and how it looks."""
_CUSTOMER: Final = {
    "name": "Second Ltd",
    "postalAddress": {"lines": ["1 Rue Neuve"], "city": "Paris", "country": "FR"},
    "vatId": "FR23334175221",
    "taxNumber": "numéro",
    "language": "es",
}
_PRESENT: Final = re.compile(
    r'<\w+ class="brand".*?\n|<link rel="stylesheet".*?\n'
    r'|<section [^>]*id="questions".*?</section>',
    re.DOTALL,
)
"""What the company's contact, logo and colour change on a page."""
_PARTY: Final = """
    name address taxId vatId taxNumber
    postalAddress { lines postalCode city region country formatted }
"""
_PARTIES: Final = f"""
    business {{ {_PARTY} footer }} billTo {{ {_PARTY} email }}
    notes paymentTerms total {{ formatted }}
"""


async def _update_company(business: Business, **changes: object) -> None:
    await business.mutate("updateCompany", "UpdateCompanyInput", "{ company { id } }", **changes)


async def _edit_everything(business: Business, customer_id: str) -> None:
    """Edit all that the findings edited: names, addresses, numbers, texts and languages."""
    await _update_company(business, **_NEW_COMPANY, **_CONTACT)
    await business.mutate(
        "updateCustomer",
        "UpdateCustomerInput",
        "{ customer { id } }",
        customerId=customer_id,
        **_CUSTOMER,
        email=new_address(),
    )


@pytest.fixture
async def customer_id(business: Business) -> str:
    """Return a customer in Germany, of a company whose every detail is set."""
    await _update_company(business, **_COMPANY)
    address = {"lines": ["Hof 1"], "postalCode": "28217", "city": "Bremen", "country": "DE"}
    return await business.make_customer(
        name="Erste GmbH", email=new_address(), postalAddress=address, vatId="DE811569869"
    )


async def _staff_view(business: Business, noun: str, document_id: str) -> Any:
    query = f"query($id: ID!) {{ company {{ {noun}(id: $id) {{ {_PARTIES} }} }} }}"
    return (await business.gql(query, id=document_id))["company"][noun]


async def _public_view(business: Business, noun: str, token: str) -> Any:
    query = f"query($token: String!) {{ {noun}(token: $token) {{ language {_PARTIES} }} }}"
    return (await business.stranger.gql(query, token=token))[noun]


async def _page(business: Business, path: str) -> str:
    """Return a page's HTML without the lines that the company's contact and colour change."""
    page = await business.http.get(path, headers=business.stranger.headers)
    assert page.status_code == 200
    return re.sub(_PRESENT, "", page.text)


async def test_an_issued_invoice_is_the_same_everywhere(
    business: Business, customer_id: str
) -> None:
    invoice_id = await business.make_invoice(customerId=customer_id)
    token, portal = await business.share(invoice_id), await business.share_portal(customer_id)
    number = (await Invoice.get(id=invoice_id)).number

    async def everything() -> list[Any]:
        return [
            await _staff_view(business, "invoice", invoice_id) | {"total": None},
            await _public_view(business, "invoice", token),
            await _page(business, f"/invoice/{token}"),
            await _page(business, f"/portal/{portal}/{number}"),
            _frozen_part(await content_of(Invoice, invoice_id)),
        ]

    before = await everything()
    shown = before[1]
    assert shown["language"] == "de"
    assert shown["business"]["address"] == "Speicherstraße 14\n20457 Hamburg"
    assert shown["billTo"]["vatId"] == "DE811569869"
    assert (shown["notes"], shown["paymentTerms"]) == ("Vielen Dank", "14 Tage netto")
    assert "USt-IdNr.: DE136695976\nSteuernummer: 75/123/45678" in before[2]
    await _edit_everything(business, customer_id)
    assert await everything() == before


def _frozen_part(pdf: PdfDocument) -> dict[str, Any]:
    """Return what may not change of a PDF's content."""
    business = pdf.business
    return {
        "business": (business.name, business.address, business.tax_ids),
        "customer": pdf.customer,
        "texts": (pdf.language, pdf.notes, pdf.footer),
        "paper": pdf.paper_size,
    }


async def test_a_sent_quote_and_an_issued_credit_note_are_frozen(
    business: Business, customer_id: str
) -> None:
    quote_id = await business.make_quote(customerId=customer_id)
    token = await business.share_quote(quote_id)
    note_id = await business.make_credit_note(customer_id, "5")
    shared = await business.mutate(
        "shareCreditNote", "CreditNoteRef", "{ token }", creditNoteId=note_id
    )
    number = (await CreditNote.get(id=note_id)).number
    portal = await business.share_portal(customer_id)

    async def everything() -> list[Any]:
        return [
            await _staff_view(business, "quote", quote_id) | {"total": None},
            await _staff_view(business, "creditNote", note_id) | {"total": None},
            await _public_view(business, "quote", token),
            await _public_view(business, "creditNote", shared["token"]),
            await _page(business, f"/quote/{token}"),
            await _page(business, f"/credit-note/{shared['token']}"),
            await _page(business, f"/credit-note/{portal}/{number}"),
            _frozen_part(await content_of(Quote, quote_id)),
            _frozen_part(await content_of(CreditNote, note_id)),
        ]

    before = await everything()
    await _edit_everything(business, customer_id)
    assert await everything() == before


async def test_how_to_reach_the_business_follows_the_company(
    business: Business, customer_id: str
) -> None:
    invoice_id = await business.make_invoice(customerId=customer_id)
    token = await business.share(invoice_id)
    await _edit_everything(business, customer_id)
    query = "query($token: String!) { invoice(token: $token) { business { email phone website } } }"
    shown = (await business.stranger.gql(query, token=token))["invoice"]["business"]
    assert shown == {name: _CONTACT[name] for name in ("email", "phone", "website")}
    pdf = await content_of(Invoice, invoice_id)
    assert (pdf.business.phone, pdf.accent_color) == ("+41 44 2", "#aa0000")
    page = (await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)).text
    assert 'href="mailto:neu@neuland.example"' in page


async def test_a_draft_follows_its_parties(business: Business, customer_id: str) -> None:
    draft_id = await business.make_draft(customerId=customer_id)
    await _edit_everything(business, customer_id)
    shown = await _staff_view(business, "invoice", draft_id)
    assert shown["business"]["name"] == "Neuland AG"
    assert shown["business"]["address"] == "Seestrasse 1\nZürich\nSuiza"
    assert shown["billTo"]["vatId"] == "FR23334175221"
    pdf = await content_of(Invoice, draft_id)
    assert (pdf.language, pdf.footer, pdf.paper_size) == ("es", "Neue Fußzeile", PaperSize.LETTER)
    assert pdf.customer.tax_ids == ("NIF-IVA: FR23334175221", "Número fiscal: numéro")


async def test_an_e_mail_names_the_parties_of_the_document(
    business: Business, customer_id: str, mailbox: Mailbox
) -> None:
    invoice_id = await business.make_invoice(customerId=customer_id)
    await _edit_everything(business, customer_id)
    address = new_address()
    assert (await send(business, invoice_id, to=address))["status"] == "SENT"
    message = mailbox.only(address)
    assert message["Subject"] == "Rechnung INV-00001 von Halden GmbH"
    text = text_of(message)
    assert "Guten Tag Erste GmbH," in text
    assert "Halden GmbH\nSpeicherstraße 14\n20457 Hamburg\nneu@neuland.example" in text
    assert "#aa0000" in html_of(message)
    preference = await EmailPreference.get(company_id=business.company_id, address=address)
    assert preference.language == "de"


async def test_documents_of_the_same_parties_share_their_snapshots(
    business: Business, customer_id: str
) -> None:
    ids = [await business.make_invoice(customerId=customer_id) for _ in range(2)]
    await business.mutate(
        "updateCustomer",
        "UpdateCustomerInput",
        "{ customer { id } }",
        customerId=customer_id,
        name="Second Ltd",
    )
    ids.append(await business.make_invoice(customerId=customer_id))
    first, second, third = [await Invoice.get(id=invoice_id) for invoice_id in ids]
    assert first.seller_snapshot_id == second.seller_snapshot_id == third.seller_snapshot_id
    assert first.buyer_snapshot_id == second.buyer_snapshot_id != third.buyer_snapshot_id


async def test_the_parties_of_a_list_cost_the_same_statements(
    business: Business, customer_id: str
) -> None:
    query = f"{{ company {{ invoices {{ edges {{ node {{ {_PARTIES} }} }} }} }} }}"

    async def count() -> int:
        with statements() as queries:
            await business.gql(query)
        return len(queries)

    await business.make_invoice(customerId=customer_id)
    await count()  # this one also records that the key was used
    of_one = await count()
    for _ in range(3):
        other = await business.make_customer()
        await business.make_invoice(customerId=other)
        await business.make_draft(customerId=other)
    assert await count() == of_one
