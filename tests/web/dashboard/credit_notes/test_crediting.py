"""Crediting invoices in the dashboard: in full, in part, issued and applied, shared and sent."""

import re
from html import unescape
from typing import Final

import httpx
import pytest

from models import CreditNote, CreditNoteLine, Invoice
from tests.services.email.test_emails import make_retry_due
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.staff import INVOICES, Browser

_NOTES: Final = "/dashboard/credit-notes"
_LINES: Final = (
    {"description": "Tiles", "quantity": "3", "unitPrice": "80", "taxRate": "19", "unit": "C62"},
    {"description": "Books", "quantity": "1", "unitPrice": "50", "taxRate": "7"},
)
_CELLS: Final = ("description", "quantity", "unit", "unit_price", "tax_rate", "line_discount")


async def _invoice(business: Business, **details: object) -> str:
    return await business.make_invoice(**{"lines": _LINES, "number": "7"} | details)


def _cells(page: str) -> list[dict[str, str]]:
    """Return what the form's lines are filled in with, without the empty ones."""
    lines = []
    lines_form = page.partition('id="lines"')[2].partition("<template")[0]
    for item in re.findall(r'<fieldset class="line">(.*?)</fieldset>', lines_form, re.DOTALL):
        line = {"description": re.findall(r"<textarea[^>]*>([^<]*)", item)[0]}
        for name in _CELLS[1:]:
            line[name] = unescape(re.findall(rf'name="{name}"[^>]*value="([^"]*)"', item)[0])
        lines.append(line)
    return [line for line in lines if line["description"]]


async def _post(
    staff_client: Browser, path: str, lines: list[dict[str, str]], **fields: str
) -> httpx.Response:
    """Submit the form at `path` with these lines."""
    token = re.findall(r'name="form_token" value="([^"]*)"', (await staff_client.get(path)).text)[0]
    data: dict[str, str | list[str]] = {"form_token": token, **fields}
    data |= {name: [line.get(name, "") for line in lines] for name in _CELLS}
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    return await staff_client.http.post(path, data=data, headers=headers)


async def _only_note(business: Business) -> CreditNote:
    return await CreditNote.get(company_id=business.company_id)


async def test_an_invoice_is_credited_in_full_issued_and_applied(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await _invoice(business, discountPercent="10")
    path = f"{INVOICES}/{invoice_id}"
    assert f'href="{path}/credit" data-dialog>' in (await staff_client.get(path)).text
    page = (await staff_client.get(f"{path}/credit")).text
    assert "€305.19 of invoice <bdi>7</bdi> isn't credited yet." in page
    assert re.findall(r'name="amount"[^>]*value="([^"]*)"', page) == ["305.19"]
    assert "Nothing will be due on invoice 7 any more." in page
    answer = await staff_client.post(
        f"{path}/credit", page=f"{path}/credit", amount="305.19", reason="Returned", draft="yes"
    )
    note = await _only_note(business)
    note_path = f"{_NOTES}/{note.id}"
    assert (answer.status_code, answer.headers["location"]) == (303, note_path)
    page = (await staff_client.get(note_path)).text
    for text in ("Tiles", "Books", "Returned", "€305.19", f'href="{path}"', "Corrects invoice"):
        assert text in page
    page = (await staff_client.get(f"{note_path}/issue")).text
    assert "Issue and apply to <bdi>7</bdi>" in page
    answer = await staff_client.post(f"{note_path}/issue", page=f"{note_path}/issue", apply="yes")
    assert answer.headers["location"].partition("?")[0] == note_path
    note, invoice = await _only_note(business), await Invoice.get(id=invoice_id)
    assert (note.status, note.number, note.remaining) == ("APPLIED", "CN-00001", 0)
    assert (invoice.status, invoice.amount_due) == ("PAID", 0)
    page = (await staff_client.get(path)).text
    assert f'href="{note_path}"' in page
    assert "Credit this invoice" not in page


async def test_an_amount_of_an_invoice_is_credited(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await _invoice(business)
    path = f"{INVOICES}/{invoice_id}/credit"
    answer = await staff_client.post(path, page=path, amount="39.10", preview="yes")
    assert "€300.00 will be due on invoice 7, instead of €339.10." in answer.text
    answer = await staff_client.post(path, page=path, amount="339.11", reason="Late")
    assert "Only 339.10 EUR of this invoice isn't credited yet." in unescape(answer.text)
    assert not await CreditNote.exists(company_id=business.company_id)
    answer = await staff_client.post(path, page=path, amount="39.10", reason="Late")
    assert answer.status_code == 303
    note, invoice = await _only_note(business), await Invoice.get(id=invoice_id)
    assert (note.status, note.total, note.applied) == ("APPLIED", 3910, 3910)
    assert invoice.amount_due == 30000


async def test_the_draft_of_an_amount_is_edited_with_its_tax(
    staff_client: Browser, business: Business
) -> None:
    note_id = await business.credit_invoice(await _invoice(business), amount="100")
    page = (await staff_client.get(f"{_NOTES}/{note_id}/edit")).text
    assert "Prices include tax." in page
    lines = _cells(page)
    assert sum(float(line["unit_price"]) for line in lines) == 100
    await _post(staff_client, f"{_NOTES}/{note_id}/edit", lines, reason="Late", discount="")
    assert (await _only_note(business)).total == 10000


async def test_a_credit_note_can_be_issued_without_applying_it(
    staff_client: Browser, business: Business
) -> None:
    note_id = await business.credit_invoice(await _invoice(business))
    path = f"{_NOTES}/{note_id}/issue"
    await staff_client.post(path, page=path)
    note = await _only_note(business)
    assert (note.status, note.remaining) == ("ISSUED", note.total)
    again = await staff_client.get(path)
    assert again.status_code == 409
    assert "Only a draft can be issued. This one is issued." in again.text


async def test_issuing_and_applying_happen_together_or_not_at_all(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await _invoice(business)
    note_id = await business.credit_invoice(invoice_id)
    path = f"{_NOTES}/{note_id}/issue"
    await staff_client.get(path)
    await business.pay(invoice_id, "339.10")
    page = (await staff_client.get(path)).text
    assert "Issue and apply" not in page
    answer = await staff_client.post(path, page=path, apply="yes")
    assert answer.status_code == 409
    assert (await _only_note(business)).status == "DRAFT"


async def test_part_of_an_invoice_is_credited(staff_client: Browser, business: Business) -> None:
    path = f"{INVOICES}/{await _invoice(business)}/credit/lines"
    page = (await staff_client.get(path)).text
    assert "€339.10 of invoice <bdi>7</bdi> isn't credited yet" in page
    tiles, books = _cells(page)
    assert (tiles["unit_price"], tiles["unit"], books["tax_rate"]) == ("80.00", "C62", "7%")
    answer = await _post(
        staff_client, path, [tiles | {"quantity": "1"}], reason="One was broken", discount=""
    )
    note = await _only_note(business)
    assert answer.headers["location"] == f"{_NOTES}/{note.id}"
    assert (note.total, note.reason) == (9520, "One was broken")
    [line] = await CreditNoteLine.filter(credit_note_id=note.id)
    assert (line.description, line.unit) == ("Tiles", "C62")


async def test_a_line_has_its_share_of_the_invoices_discount(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await _invoice(business, discount="29")
    path = f"{INVOICES}/{invoice_id}/credit/lines"
    tiles, books = _cells((await staff_client.get(path)).text)
    assert (tiles["line_discount"], books["line_discount"]) == ("24.00", "5.00")
    await _post(staff_client, path, [tiles, books], reason="All of it", discount="")
    note, invoice = await _only_note(business), await Invoice.get(id=invoice_id)
    assert (note.total, note.tax) == (invoice.total, invoice.tax)


async def test_a_discount_in_percent_stays_one(staff_client: Browser, business: Business) -> None:
    path = f"{INVOICES}/{await _invoice(business, discountPercent='10')}/credit/lines"
    page = (await staff_client.get(path)).text
    assert re.findall(r'name="discount"[^>]*value="([^"]*)"', page) == ["10%"]
    tiles, _ = _cells(page)
    await _post(staff_client, path, [tiles], reason="Tiles only", discount="10%")
    assert (await _only_note(business)).total == 25704


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        (
            {"quantity": "3.5"},
            "Broken",
            "With 19 %, only 240.00 EUR without tax isn't",
        ),
        ({"tax_rate": "5"}, "Broken", "The invoice has no line with 5 %, only with 19 %, 7 %."),
        ({"quantity": "many"}, "Broken", "Line 1, quantity: Enter a quantity, like 3 or 2.5."),
        ({}, " ", "This is required."),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_lost(
    staff_client: Browser, business: Business, change: dict[str, str], reason: str, message: str
) -> None:
    path = f"{INVOICES}/{await _invoice(business)}/credit/lines"
    tiles, _ = _cells((await staff_client.get(path)).text)
    answer = await _post(staff_client, path, [tiles | change], reason=reason, discount="")
    assert answer.status_code == 400
    assert message in unescape(answer.text)
    assert _cells(answer.text) == [tiles | change]
    assert await CreditNote.filter(company_id=business.company_id).count() == 0


async def test_the_lines_of_a_draft_are_edited(staff_client: Browser, business: Business) -> None:
    note_id = await business.credit_invoice(await _invoice(business))
    path = f"{_NOTES}/{note_id}/edit"
    page = (await staff_client.get(path)).text
    assert (len(_cells(page)), "Returned</textarea>" in page) == (2, True)
    _, books = _cells(page)
    answer = await _post(staff_client, path, [books], reason="Only the books", discount="")
    assert answer.headers["location"] == f"{_NOTES}/{note_id}"
    note = await _only_note(business)
    assert (note.total, note.reason) == (5350, "Only the books")


async def test_a_credit_note_is_shared_and_sent(
    staff_client: Browser, business: Business, mailbox: Mailbox
) -> None:
    customer_id = await business.make_customer(email="tiles@example.com")
    note_id = await business.make_credit_note(customer_id, "10")
    path = f"{_NOTES}/{note_id}"
    answer = await staff_client.post(f"{path}/share", page=f"{path}/share")
    assert answer.headers["location"] == f"{path}/share"
    token = (await _only_note(business)).share_token
    page = (await staff_client.get(f"{path}/share")).text
    assert f"/credit-note/{token}" in page
    assert f'data-pdf="/credit-notes/{note_id}.pdf"' in page
    assert (
        (await staff_client.get(f"{path}/share/qr.svg"))
        .headers["content-type"]
        .startswith("image/svg")
    )
    answer = await staff_client.post(
        f"{path}/share/send", page=f"{path}/share", to="tiles@example.com", message=""
    )
    page = (await staff_client.get(answer.headers["location"])).text
    assert "E-mail to <bdi>tiles@example.com</bdi> leaves in" in page
    await make_retry_due(business)

    async def has_arrived() -> bool:
        return bool(mailbox.arrived["tiles@example.com"])

    await eventually(has_arrived)
    revoke = f"{path}/share/revoke"
    await staff_client.post(revoke, page=revoke)
    assert (await _only_note(business)).share_token is None


async def test_an_invoice_is_credited_at_once_and_the_page_says_what_that_did(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await _invoice(business)
    await business.pay(invoice_id, "100")
    path = f"{INVOICES}/{invoice_id}/credit"
    fields = {"amount": "339.10", "reason": "Returned", "idempotency_key": "once"}
    answers = [await staff_client.post(path, page=path, **fields) for _ in range(2)]
    page = (await staff_client.get(answers[0].headers["location"])).text
    assert "Nothing is due on invoice 7 any more. Your customer has €100.00 more credit." in page
    assert (await _only_note(business)).status == "APPLIED"


async def test_another_companys_invoices_cannot_be_credited(
    staff_client: Browser, rival: Business
) -> None:
    invoice_id = await _invoice(rival)
    note_id = await rival.credit_invoice(invoice_id)
    for path in (
        f"{INVOICES}/{invoice_id}/credit",
        f"{INVOICES}/{invoice_id}/credit/lines",
        f"{_NOTES}/{note_id}/edit",
        f"{_NOTES}/{note_id}/share",
        f"{_NOTES}/{note_id}/share/qr.svg",
    ):
        assert (await staff_client.get(path)).status_code == 404
