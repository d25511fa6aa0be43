"""The statement of account as clients get it, and what they are told of impossible periods."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import pytest

from models import Company, Customer
from models.companies import today_in
from tests.pdf.readers import read, sizes, squash
from tests.support.clients import Business
from tests.web.public.test_pdfs import get
from values.parties import PaperSize

_STATEMENT: Final = (
    "query($token: String!, $from: Date, $to: Date) { portal(token: $token) {"
    " balances { outstanding { amount } credit { amount } }"
    " statementUrl statement(from: $from, to: $to) { from to balances { currency"
    " opening { amount } closing { amount }"
    " entries { kind description invoiceNumber amount { amount } balance { amount } } } } } }"
)
_OWN: Final = (
    "query($id: ID!) { company { statement(customerId: $id)"
    " { balances { closing { amount } entries { description } } } } }"
)


async def _portal(business: Business, **details: object) -> tuple[str, str]:
    """Return a customer's id, who has paid part of an invoice, and the token of their portal."""
    customer_id = await business.make_customer(**details)
    invoice_id = await business.make_invoice(customerId=customer_id, number=f"A-{uuid4()}")
    await business.pay(invoice_id, "40")
    return customer_id, await business.share_portal(customer_id)


async def test_page_pdf_and_api_tell_the_same(business: Business) -> None:
    customer_id, token = await _portal(business)
    portal = (await business.stranger.gql(_STATEMENT, token=token))["portal"]
    [balance] = portal["statement"]["balances"]
    texts = [entry["description"] for entry in balance["entries"]]
    number = balance["entries"][0]["invoiceNumber"]
    assert texts == [f"Invoice {number}", f"Payment for invoice {number}: Cash"]
    assert [entry["balance"]["amount"] for entry in balance["entries"]] == ["100.00", "60.00"]
    assert (balance["opening"]["amount"], balance["closing"]["amount"]) == ("0.00", "60.00")
    assert portal["balances"][0]["outstanding"]["amount"] == "60.00"
    own = (await business.gql(_OWN, id=customer_id))["company"]["statement"]["balances"]
    assert [entry["description"] for entry in own[0]["entries"]] == texts
    page = await get(business, f"/portal/{token}/statement")
    pdf = await get(business, f"/portal/{token}/statement.pdf")
    assert (page.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    printed = squash("".join(read(pdf.content).pages))
    for text in (*texts, "Opening balance", "Closing balance €60.00"):
        assert squash(text) in printed
        assert squash(text.partition(" €")[0]) in squash(page.text)


async def test_a_statement_is_on_the_companys_paper(business: Business) -> None:
    _, token = await _portal(business)
    for paper, size in ((PaperSize.LETTER, (612.0, 792.0)), (PaperSize.A4, (595.28, 841.89))):
        await Company.filter(id=business.company_id).update(paper_size=paper)
        pdf = await get(business, f"/portal/{token}/statement.pdf")
        assert sizes(pdf.content) == {size}


async def test_a_statement_is_in_the_customers_language(business: Business) -> None:
    _, token = await _portal(business, language="de")
    page = await get(business, f"/portal/{token}/statement")
    pdf = await get(business, f"/portal/{token}/statement.pdf")
    assert "Kontoauszug" in page.text
    assert read(pdf.content).title.startswith("Kontoauszug, ")
    assert pdf.headers["content-disposition"].startswith('inline; filename="Kontoauszug,-')


async def test_a_period_begins_with_what_was_owed_before(business: Business) -> None:
    _, token = await _portal(business)
    tomorrow = str(today_in("UTC") + timedelta(days=1))
    variables: dict[str, Any] = {"token": token, "from": tomorrow, "to": tomorrow}
    portal = (await business.stranger.gql(_STATEMENT, **variables))["portal"]
    statement = portal["statement"]
    assert (statement["from"], statement["to"]) == (tomorrow, tomorrow)
    [balance] = statement["balances"]
    assert (balance["opening"]["amount"], balance["entries"]) == ("60.00", [])
    page = await get(business, f"/portal/{token}/statement?from={tomorrow}&to={tomorrow}")
    assert f'value="{tomorrow}"' in page.text


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("from=yesterday", "from", "Enter a date, for example 2026-12-31."),
        ("to=2026-13-01", "to", "Enter a date, for example 2026-12-31."),
        ("from=2026-02-01&amp;to=2026-01-01", "to", "isn't before the first"),
        ("from=0001-01-01", "from", "Choose a date from 2000 to 2199."),
    ],
)
async def test_the_page_says_what_is_wrong_with_a_period(
    business: Business, query: str, field: str, text: str
) -> None:
    _, token = await _portal(business)
    for path in ("statement", "statement.pdf"):
        response = await get(business, f"/portal/{token}/{path}?{query.replace('&amp;', '&')}")
        assert response.status_code == httpx.codes.BAD_REQUEST
        assert text in response.text.replace("&#39;", "'")
        assert f'id="{field}" name="{field}" type="date"' in response.text
        assert response.text.count("aria-invalid") == 1
        assert f'href="/portal/{token}/statement?lang=de"' in response.text


async def test_an_impossible_period_is_named_by_the_api(business: Business) -> None:
    _, token = await _portal(business)
    refused: dict[str, Any] = {"token": token, "from": "2026-02-01", "to": "2026-01-01"}
    failure = await business.stranger.refused(_STATEMENT, **refused)
    assert (failure.code, failure.field) == ("BAD_INPUT", "to")


async def test_only_the_portals_link_opens_a_statement(business: Business, rival: Business) -> None:
    customer_id, token = await _portal(business)
    invoice = await business.share(await business.make_invoice(customerId=customer_id))
    for wrong in (invoice, str(uuid4()), "x"):
        for path in ("statement", "statement.pdf"):
            response = await get(business, f"/portal/{wrong}/{path}")
            assert response.status_code == httpx.codes.NOT_FOUND
    failure = await rival.refused(_OWN, id=customer_id)
    assert failure.code == "NOT_FOUND"
    await Customer.filter(id=UUID(customer_id)).update(portal_token=None, portal_shared_at=None)
    assert (await get(business, f"/portal/{token}/statement")).status_code == 404


async def test_an_invoice_with_the_name_of_the_page_opens_in_the_portal(business: Business) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(customerId=customer_id, number="statement")
    portal = f"/portal/{await business.share_portal(customer_id)}"
    own = f"{portal}/statement%20"
    assert f'href="http://127.0.0.1:8000{own}"' in (await get(business, portal)).text
    page, pdf = await get(business, own), await get(business, f"{own}.pdf")
    assert '<h1 id="what">Invoice statement</h1>' in page.text
    assert f'href="http://127.0.0.1:8000{own}.pdf"' in page.text
    assert read(pdf.content).title.startswith("Invoice statement")
    asked = await business.http.post(
        f"{own}/questions", data={"name": "A", "text": "?"}, headers=business.stranger.headers
    )
    assert asked.headers["location"] == f"{own}?asked=yes#questions"
    assert "<h1>Statement of account</h1>" in (await get(business, f"{portal}/statement")).text
