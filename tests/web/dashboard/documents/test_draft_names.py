"""What drafts are called, which have no number until they are issued."""

import re
from html import unescape
from typing import Final

import pytest

from tests.support.clients import Business
from tests.support.staff import Browser

INVOICES: Final = "/dashboard/invoices"
QUOTES: Final = "/dashboard/quotes"
NOTES: Final = "/dashboard/credit-notes"


async def _text(staff_client: Browser, path: str) -> str:
    """Return a page without tags, its title first, with single spaces."""
    page = (await staff_client.get(path)).text
    return " ".join(unescape(re.sub(r"<[^>]*>", "", page)).split())


async def _make_note(business: Business, customer_id: str) -> str:
    payload = await business.mutate(
        "createCreditNote",
        "CreateCreditNoteInput",
        "{ creditNote { id } }",
        customerId=customer_id,
        amount="5",
    )
    note_id: str = payload["creditNote"]["id"]
    return note_id


@pytest.mark.parametrize("path", [INVOICES, QUOTES, NOTES])
async def test_drafts_are_named_by_their_customer(
    staff_client: Browser, business: Business, path: str
) -> None:
    customer_id = await business.make_customer(name="Zoë & Co")
    match path:
        case "/dashboard/invoices":
            noun, id_ = "invoice", await business.make_draft(customerId=customer_id)
        case "/dashboard/quotes":
            noun, id_ = "quote", await business.make_quote(customerId=customer_id)
        case _:
            noun, id_ = "credit note", await _make_note(business, customer_id)
    assert "Draft for Zoë & Co" in await _text(staff_client, path)
    assert (await _text(staff_client, f"{path}/{id_}")).startswith(f"Draft {noun} for Zoë & Co")
    assert f"<h1>Draft {noun}</h1>" in (await staff_client.get(f"{path}/{id_}")).text
    assert f"Edit draft {noun}" in await _text(staff_client, f"{path}/{id_}/edit")
    assert f"Delete draft {noun}?" in await _text(staff_client, f"{path}/{id_}/delete")
    assert "None" not in await _text(staff_client, f"{path}/{id_}")


async def test_the_number_that_was_chosen_names_a_draft(
    staff_client: Browser, business: Business
) -> None:
    draft_id = await business.make_draft(number="RE/<7>")
    await business.make_draft()
    assert "RE/<7>" in await _text(staff_client, INVOICES)
    page = f"{INVOICES}/{draft_id}"
    assert (await _text(staff_client, page)).startswith("Draft invoice RE/<7> for Ada Lovelace")
    assert "<h1>Draft invoice <bdi>RE/&lt;7&gt;</bdi></h1>" in (await staff_client.get(page)).text
    found = await _text(staff_client, f"{INVOICES}?q=re/<7")
    assert "RE/<7>" in found
    assert "Draft for Ada Lovelace" not in found
    confirmation = await _text(staff_client, f"{page}/issue")
    assert "Issue draft invoice RE/<7>? It gets the number RE/<7>." in confirmation


async def test_the_confirmation_says_which_number_comes_next(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer()
    await business.make_invoice(number="INV-00001", customerId=customer_id)
    draft_id = await business.make_draft(customerId=customer_id)
    confirmation = await _text(staff_client, f"{INVOICES}/{draft_id}/issue")
    assert "Issue draft invoice? It gets the number INV-00002." in confirmation
    note_id = await _make_note(business, customer_id)
    confirmation = await _text(staff_client, f"{NOTES}/{note_id}/issue")
    assert "It gets the number CN-00001." in confirmation


async def test_an_empty_number_lets_the_chosen_one_go(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer()
    draft_id = await business.make_draft(number="A-1", customerId=customer_id)
    page = f"{INVOICES}/{draft_id}/edit"
    line = {"description": "Work", "quantity": "1", "unit_price": "5"}
    response = await staff_client.post(page, page=page, customer=customer_id, number="", **line)
    assert response.status_code == 303
    draft = await business.invoice(draft_id, "requestedNumber lines { description }")
    assert draft == {"requestedNumber": None, "lines": [{"description": "Work"}]}


async def test_a_quotes_invoice_is_named_while_it_is_a_draft(
    staff_client: Browser, business: Business
) -> None:
    quote_id = await business.make_quote()
    await business.share_quote(quote_id)
    await business.mutate("acceptQuote", "QuoteRef", "{ quote { id } }", quoteId=quote_id)
    payload = await business.mutate(
        "invoiceQuote", "QuoteRef", "{ invoice { id number } }", quoteId=quote_id
    )
    assert payload["invoice"]["number"] is None
    page = (await staff_client.get(f"{QUOTES}/{quote_id}")).text
    assert f'<a href="{INVOICES}/{payload["invoice"]["id"]}">Draft</a>' in page


async def test_the_pdf_of_a_draft_has_no_number(staff_client: Browser, business: Business) -> None:
    draft_id = await business.make_draft(number="A-1")
    link = (await business.invoice(draft_id, "pdfUrl"))["pdfUrl"]
    response = await staff_client.get(link[link.index("/", 8) :])
    assert response.status_code == 200
    assert 'filename="Invoice-(Draft).pdf"' in response.headers["content-disposition"]
