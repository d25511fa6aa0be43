"""The forms of customers, invoices, quotes and credit notes."""

import re
from dataclasses import fields
from html import unescape
from typing import Any, Final

import httpx
import pytest

from models import Company, CreditNote, Customer, Invoice, InvoiceLine, Quote, User
from tests.support.clients import Business
from tests.support.staff import Browser, token_in
from web.dashboard.documents.lines import LineInput

_CUSTOMERS: Final = "/dashboard/customers"
_INVOICES: Final = "/dashboard/invoices"
_QUOTES: Final = "/dashboard/quotes"
_NOTES: Final = "/dashboard/credit-notes"
_WORK: Final = {"description": "Work", "quantity": "2.5", "unit_price": "80", "tax_rate": "19"}
_CELLS: Final = tuple(field.name for field in fields(LineInput))


async def _send(
    staff_client: Browser, path: str, *lines: dict[str, str], **inputs: str
) -> httpx.Response:
    """Submit the form at a path with these lines and an empty one."""
    token = token_in((await staff_client.get(path)).text)
    cells: dict[str, list[str]] = {name: [] for name in _CELLS}
    for line in (*lines, {}):
        for name in _CELLS:
            cells[name].append(line.get(name, ""))
    data: dict[str, Any] = {"form_token": token, **cells, **inputs}
    headers = {"sec-fetch-site": "same-origin", "origin": "null"}
    return await staff_client.http.post(path, data=data, headers=headers)


def _error_message(page: httpx.Response) -> str:
    match = re.search(
        r'(?:id="error"|href="#line-[^"]*"|class="error">.*?<span)[^>]*>([^<]*)', page.text
    )
    return unescape(match.group(1)) if match else ""


def _number_of_lines(page: str) -> int:
    return page.partition("<template")[0].count('<fieldset class="line">')


async def test_invoice_is_created_and_edited(staff_client: Browser, business: Business) -> None:
    customer_id = await business.make_customer()
    page = (await staff_client.get(f"{_INVOICES}/new?customer={customer_id}")).text
    assert f'<option value="{customer_id}" selected>Ada Lovelace</option>' in page
    response = await _send(
        staff_client,
        f"{_INVOICES}/new",
        _WORK,
        {"description": "Travel\nby train", "unit_price": "1,000.50"},
        customer=customer_id,
        currency="USD",
        due_date="",
        issue_date="2026-11-01",
        last_day="2026-12-01",
        discount="10",
        notes="Thank you.",
        partial="yes",
        minimum="20",
    )
    row = await Invoice.get(company_id=business.company_id)
    assert (response.status_code, response.headers["location"]) == (303, f"{_INVOICES}/{row.id}")
    assert (row.number, row.currency, str(row.due_date)) == (None, "USD", "2026-12-01")
    assert (row.subtotal, row.discount, row.minimum_payment) == (120_050, 1_000, 2_000)
    assert row.allow_partial_payment
    lines = await InvoiceLine.filter(invoice_id=row.id).order_by("position")
    assert [line.description for line in lines] == ["Work", "Travel\nby train"]
    page = (await staff_client.get(f"{_INVOICES}/{row.id}/edit")).text
    for value in ("2.5", "80.00", "19%", "1000.50", "10.00", "20.00", "2026-12-01"):
        assert f'value="{value}"' in page
    response = await _send(
        staff_client, f"{_INVOICES}/{row.id}/edit", _WORK, customer=customer_id, currency="USD"
    )
    assert response.status_code == 303
    row = await Invoice.get(id=row.id)
    assert (row.total, row.discount) == (23_800, 0)
    assert row.notes is None
    assert not row.allow_partial_payment
    assert (
        f'href="{_INVOICES}/{row.id}/edit"'
        in (await staff_client.get(f"{_INVOICES}/{row.id}")).text
    )


_DETAILED_LINES: Final = (
    _WORK
    | {
        "unit": "Hours",
        "line_discount": "10%",
        "tax_name": "GST",
        "second_tax_name": "QST",
        "second_tax_rate": "9.975",
    },
    {
        "description": "Returned crate",
        "quantity": "2",
        "unit": "crates",
        "unit_price": "-3.125",
        "line_discount": "1.00",
        "tax_category": "OUT_OF_SCOPE",
    },
)
_DETAILS: Final = {
    "discount": "5 %",
    "exemption_reason": "A deposit",
    "service_from": "2026-11-02",
    "service_to": "2026-11-27",
    "purchase_order": "PO-7",
    "buyer_reference": "04011000-1234512345-06",
    "street": "Dock 4\nGate 2",
    "postal_code": "20457",
    "city": "Hamburg",
    "country": "DE",
    "payment_terms": "Within 10 days 2 % off",
    "notes": "Thanks",
}


async def test_every_detail_of_a_document_is_written_and_edited(
    staff_client: Browser, business: Business
) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR"} | _DETAILS
    await _send(staff_client, f"{_INVOICES}/new", *_DETAILED_LINES, **fields)
    row = await Invoice.get(company_id=business.company_id)
    lines = await InvoiceLine.filter(invoice_id=row.id).order_by("position")
    assert [(line.unit, line.discount_amount, line.amount) for line in lines] == [
        ("HUR", 2_000, 18_000),
        ("crates", 100, -525),
    ]
    assert (row.discount, row.purchase_order, str(row.period_end)) == (874, "PO-7", "2026-11-27")
    page = (await staff_client.get(f"{_INVOICES}/{row.id}")).text
    for text in (
        "2.5\u00a0hours",
        "\N{MINUS SIGN}10%",
        "GST",
        "QST",
        "A deposit",
        "PO-7",
        "20457 Hamburg",
    ):
        assert text in page
    path = f"{_INVOICES}/{row.id}/edit"
    form = (await staff_client.get(path)).text
    for value in ("hours", "10%", "1.00", "-3.125", "9.975%", "5%", "2026-11-02", "PO-7", "20457"):
        assert f'value="{value}"' in form
    before = await business.invoice(str(row.id), _EVERYTHING)
    lines_again = [line | {"unit": line["unit"].lower()} for line in _DETAILED_LINES]
    await _send(staff_client, path, *lines_again, **fields)
    assert await business.invoice(str(row.id), _EVERYTHING) == before


_EVERYTHING: Final = """
    purchaseOrder buyerReference paymentTerms notes pricesIncludeTax discountPercent
    servicePeriod { from to } deliveryAddress { formatted } total { amount }
    taxes { name category rate reason base { amount } tax { amount } }
    lines { description quantity unit unitPrice { amount } discount { amount } discountPercent
        taxRate taxCategory taxName secondTax { name rate } amount { amount } }
"""


async def test_new_lines_have_the_usual_tax(staff_client: Browser, business: Business) -> None:
    await Company.filter(id=business.company_id).update(default_tax_rate=19)
    customer_id = await business.make_customer()
    assert 'value="19%"' in (await staff_client.get(f"{_INVOICES}/new")).text
    await Customer.filter(id=customer_id).update(
        default_tax_rate=0, default_tax_category="REVERSE_CHARGE"
    )
    page = (await staff_client.get(f"{_INVOICES}/new?customer={customer_id}")).text
    assert 'value="19%"' not in page
    assert '<option value="REVERSE_CHARGE" selected>' in page


async def test_lines_added_to_a_draft_have_the_usual_tax_of_its_customer(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(default_tax_rate=19)
    customer_id = await business.make_customer()
    draft_id = await business.make_draft(customerId=customer_id)
    # The rate of a category that isn't taxed needn't be said.
    await Customer.filter(id=customer_id).update(default_tax_category="EXEMPT")
    path = f"{_INVOICES}/{draft_id}/edit"
    page = await _send(staff_client, path, _WORK, do="add", customer=customer_id)
    added = page.text.partition('id="line-2-description"')[2].partition("<template")[0]
    assert 'value="19%"' not in added
    assert added.count('<option value="EXEMPT" selected>') == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            {"line_discount": "a lot"},
            "Line 1, discount: Enter an amount or a rate, like 450 or 10%.",
        ),
        ({"tax_category": "EXEMPT"}, "Line 1, tax: Only the category STANDARD"),
        ({"second_tax_rate": "5"}, "Line 1, name of the second tax: This is required."),
        ({"tax_category": "NONE"}, "Line 1, tax category: Choose a tax category"),
    ],
)
async def test_a_wrong_detail_of_a_line_is_named(
    staff_client: Browser, business: Business, line: dict[str, str], message: str
) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR"}
    page = await _send(staff_client, f"{_INVOICES}/new", _WORK | line, **fields)
    assert _error_message(page).startswith(message)
    assert await Invoice.filter(company_id=business.company_id).count() == 0


async def test_form_submitted_twice_creates_one_invoice(
    staff_client: Browser, business: Business
) -> None:
    fields = {"customer": await business.make_customer(), "idempotency_key": "once"}
    responses = [
        await _send(staff_client, f"{_INVOICES}/new", _WORK, currency="EUR", **fields)
        for _ in range(2)
    ]
    assert len({response.headers["location"] for response in responses}) == 1
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_numbers_are_entered_in_the_spelling_of_the_language(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    line = _WORK | {"quantity": "1,5", "unit_price": "1.234,56"}
    customer_id = await business.make_customer()
    await _send(staff_client, f"{_INVOICES}/new", line, customer=customer_id, currency="EUR")
    row = await Invoice.get(company_id=business.company_id)
    assert row.subtotal == 185_184
    page = (await staff_client.get(f"{_INVOICES}/{row.id}/edit")).text
    assert 'value="1,5"' in page
    assert 'value="1234,56"' in page


async def test_adding_lines_keeps_the_entered_values(
    staff_client: Browser, business: Business
) -> None:
    page = await _send(
        staff_client, f"{_INVOICES}/new", _WORK, _WORK, do="add", notes="<b>", number="7"
    )
    assert page.status_code == 200
    assert _number_of_lines(page.text) == 6
    assert page.text.count('value="2.5"') == 2
    assert "&lt;b&gt;" in page.text
    assert 'value="7"' in page.text
    assert await Invoice.filter(company_id=business.company_id).count() == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"unit_price": "much"}, "Line 2, price: Enter a price, like 450 or 1,200.50."),
        ({"unit_price": ""}, "Line 2, price: Enter a price, like 450 or 1,200.50."),
        ({"unit_price": "1.2345678"}, "Line 2, price: This must be between "),
        ({"quantity": "0"}, "Line 2, quantity: The quantity can't be zero."),
        ({"tax_rate": "101"}, "Line 2, tax: This must be between 0 and 100"),
        ({"description": ""}, "Line 2, description: This is required."),
    ],
)
async def test_invalid_line_is_named_and_the_entered_values_are_kept(
    staff_client: Browser, business: Business, wrong: dict[str, str], message: str
) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR"}
    page = await _send(
        staff_client, f"{_INVOICES}/new", _WORK, _WORK | wrong, notes="Mine", **fields
    )
    assert page.status_code == 400
    assert _error_message(page).startswith(message)
    assert page.text.count("Work</textarea>") == (1 if "description" in wrong else 2)
    assert "Mine</textarea>" in page.text
    assert f'value="{fields["customer"]}" selected' in page.text
    assert await Invoice.filter(company_id=business.company_id).count() == 0


@pytest.mark.parametrize(
    ("wrong", "status", "message"),
    [
        ({"customer": ""}, 400, "This is required."),
        ({"last_day": "soon"}, 400, "Enter a date, like 2026-11-30."),
        ({"issue_date": "2026-12-02", "last_day": "2026-12-01"}, 400, "The due date "),
        ({"discount": "1000"}, 400, "The discount must be between zero and the subtotal."),
        ({"minimum": "x"}, 400, "Enter an amount, like 450 or 1,200.50."),
        ({"number": "n" * 65}, 400, "Use at most 64 characters."),
        ({"currency": "XXX"}, 400, ""),
    ],
)
async def test_invalid_field_is_refused(
    staff_client: Browser, business: Business, wrong: dict[str, str], status: int, message: str
) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR"} | wrong
    page = await _send(staff_client, f"{_INVOICES}/new", _WORK, **fields)
    assert page.status_code == status
    assert _error_message(page).startswith(message)
    assert await Invoice.filter(company_id=business.company_id).count() == 0


async def test_invoice_without_lines_is_refused(staff_client: Browser, business: Business) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR"}
    page = await _send(staff_client, f"{_INVOICES}/new", **fields)
    assert (page.status_code, _error_message(page)) == (400, "There must be 1 to 1,000 lines.")


async def test_issued_invoice_can_t_be_edited(staff_client: Browser, business: Business) -> None:
    row = await Invoice.get(id=await business.make_invoice())
    path = f"{_INVOICES}/{row.id}/edit"
    assert (await staff_client.get(path)).headers["location"] == f"{_INVOICES}/{row.id}"
    customer_id = str(row.customer_id)
    page = await staff_client.post(path, page=_INVOICES, customer=customer_id, **_WORK)
    assert (page.status_code, _error_message(page)) == (
        409,
        "Only a draft can be edited. This one is issued.",
    )
    assert (await Invoice.get(id=row.id)).total == row.total


async def test_thousand_lines_are_saved(staff_client: Browser, business: Business) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR"}
    line = _WORK | {"description": "ä" * 100}
    response = await _send(staff_client, f"{_INVOICES}/new", *[line] * 1000, **fields)
    assert response.status_code == 303
    row = await Invoice.get(company_id=business.company_id)
    assert await InvoiceLine.filter(invoice_id=row.id).count() == 1000
    page = (await staff_client.get(f"{_INVOICES}/{row.id}/edit")).text
    assert _number_of_lines(page) == 1000


async def test_quote_is_created_and_edited(staff_client: Browser, business: Business) -> None:
    customer_id = await business.make_customer()
    fields = {"customer": customer_id, "currency": "EUR", "last_day": "2099-01-01"}
    response = await _send(staff_client, f"{_QUOTES}/new", _WORK, **fields)
    row = await Quote.get(company_id=business.company_id)
    assert response.headers["location"] == f"{_QUOTES}/{row.id}"
    assert (str(row.valid_until), row.total) == ("2099-01-01", 23_800)
    page = (await staff_client.get(f"{_QUOTES}/{row.id}/edit")).text
    assert 'value="2099-01-01"' in page
    assert "Let them pay in parts" not in page
    await _send(staff_client, f"{_QUOTES}/{row.id}/edit", _WORK, _WORK, **fields, number="Q-7")
    row = await Quote.get(id=row.id)
    assert (row.requested_number, row.total) == ("Q-7", 47_600)


async def test_customer_is_created_and_edited(staff_client: Browser, business: Business) -> None:
    fields = {"name": "Ada & Co", "email": "ada@example.com", "address": "1 High St\nLondon"}
    key = {"idempotency_key": "once"}
    for _ in range(2):
        response = await staff_client.post(
            f"{_CUSTOMERS}/new", page=f"{_CUSTOMERS}/new", tax_id="", language="", **fields, **key
        )
    row = await Customer.get(company_id=business.company_id)
    assert response.headers["location"] == f"{_CUSTOMERS}/{row.id}"
    assert (row.name, row.address, row.language) == ("Ada & Co", "1 High St\nLondon", None)
    path = f"{_CUSTOMERS}/{row.id}/edit"
    assert 'value="Ada &amp; Co"' in (await staff_client.get(path)).text
    page = await staff_client.post(path, page=path, **(fields | {"email": "nobody"}))
    assert (page.status_code, _error_message(page)) == (
        400,
        "Enter a valid e-mail address, like ada@example.com.",
    )
    await staff_client.post(path, page=path, **(fields | {"language": "de", "email": ""}))
    row = await Customer.get(id=row.id)
    assert (row.language, row.email) == ("de", None)


async def test_customer_s_form_shows_every_detail(
    staff_client: Browser, business: Business
) -> None:
    columns = ("name", "email", "address", "vat_id", "language")
    details: dict[str, Any] = {column: f"{column}!" for column in columns}
    row = await Customer.create(company_id=business.company_id, **details)
    page = (await staff_client.get(f"{_CUSTOMERS}/{row.id}/edit")).text
    assert [name for name, text in details.items() if text not in page] == []


async def test_credit_note_is_created_and_edited(staff_client: Browser, business: Business) -> None:
    fields = {"customer": await business.make_customer(), "currency": "EUR", "reason": "Sorry."}
    path = f"{_NOTES}/new"
    page = await staff_client.post(path, page=path, **fields, amount="-5")
    assert page.status_code == 400
    response = await staff_client.post(path, page=path, **fields, amount="15")
    row = await CreditNote.get(company_id=business.company_id)
    assert response.headers["location"] == f"{_NOTES}/{row.id}"
    edit = f"{_NOTES}/{row.id}/edit"
    assert 'value="15.00"' in (await staff_client.get(edit)).text
    await staff_client.post(edit, page=edit, **fields, amount="20")
    assert (await CreditNote.get(id=row.id)).total == 2_000


async def test_forms_require_manage_invoices_and_a_document_of_the_company(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    foreign = {
        _INVOICES: await rival.make_draft(),
        _QUOTES: await rival.make_quote(),
        _CUSTOMERS: await rival.make_customer(),
        _NOTES: await rival.make_credit_note(await rival.make_customer(), "5"),
    }
    for path, id_ in foreign.items():
        assert (await staff_client.get(f"{path}/{id_}/edit")).status_code == 404
        response = await staff_client.post(
            f"{path}/{id_}/edit", page=_INVOICES, name="Mine", amount="1"
        )
        assert response.status_code == 404
    customer = foreign[_CUSTOMERS]
    assert (await staff_client.get(f"{_INVOICES}/new?customer={customer}")).status_code == 404
    page = await _send(staff_client, f"{_INVOICES}/new", _WORK, customer=customer, currency="EUR")
    assert page.status_code == 404
    await User.filter(company_id=business.company_id).update(permissions="VIEW_INVOICES")
    for path in foreign:
        assert "/new" not in (await staff_client.get(path)).text
        assert (await staff_client.get(f"{path}/new")).status_code == 403
        assert (await staff_client.post(f"{path}/new", page=_INVOICES)).status_code == 403
    assert await Invoice.filter(company_id=business.company_id).count() == 0


async def test_every_wrong_input_is_marked_and_listed_on_top(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer()
    lines = (_WORK, _WORK | {"quantity": "many", "unit_price": "much"})
    wrong = {"issue_date": "soon", "discount": "x"}
    response = await _send(
        staff_client, f"{_INVOICES}/new", *lines, customer=customer_id, currency="EUR", **wrong
    )
    page = response.text
    summary = page.partition('class="notice is-bad"')[2].partition("</div>")[0]
    anchors = re.findall(r'href="#([^"]+)"', summary)
    assert anchors == ["issue_date", "line-1-quantity", "line-1-unit_price", "discount"]
    marked = re.findall(r'id="([^"]+)"[^>]* aria-invalid="true" aria-describedby="([^"]+)"', page)
    assert sorted(marked) == sorted((anchor, f"{anchor}-help") for anchor in anchors)
    assert page.count(" autofocus") == 1
    assert await Invoice.filter(company_id=business.company_id).count() == 0
