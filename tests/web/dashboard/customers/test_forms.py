"""The form of a customer: address, tax numbers, copies and what documents start with."""

from decimal import Decimal
from typing import Final

import pytest

from models import Company, Customer
from tests.support.clients import Business
from tests.support.staff import Browser
from tests.web.dashboard.customers.test_pages import CUSTOMERS
from values.taxes import TaxCategory

_NEW: Final = f"{CUSTOMERS}/new"
_FIELDS: Final = {
    "name": "Ada & Co",
    "email": "ada@example.com",
    "cc_emails": "books@example.com\r\n ceo@example.com,",
    "language": "",
    "street": "Hof 1\r\nHinterhaus",
    "postal_code": "28217",
    "city": "Bremen",
    "region": "",
    "country": "DE",
    "vat_id": "136 695 976",
    "tax_number": "75/123",
    "registration_id": "HRB 1",
    "registration_scheme": "",
    "endpoint": "0088:4012345000009",
    "buyer_reference": "04011000-12345-67",
    "payment_days": "0",
    "default_tax_rate": "0",
    "default_tax_category": "REVERSE_CHARGE",
    "default_tax_name": "",
    "default_notes": "Line 1\r\nLine 2",
}


async def test_every_detail_is_saved_and_shown_again(
    staff_client: Browser, business: Business
) -> None:
    response = await staff_client.post(_NEW, page=_NEW, **_FIELDS)
    row = await Customer.get(company_id=business.company_id)
    assert response.headers["location"] == f"{CUSTOMERS}/{row.id}"
    stored = {name: getattr(row, name) for name in _FIELDS}
    assert stored == {name: value or None for name, value in _FIELDS.items()} | {
        "cc_emails": "books@example.com\nceo@example.com",
        "street": "Hof 1\nHinterhaus",
        "vat_id": "DE136695976",
        "payment_days": 0,
        "default_tax_rate": Decimal(0),
        "default_tax_category": TaxCategory.REVERSE_CHARGE,
        "default_notes": "Line 1\nLine 2",
    }
    edit = f"{CUSTOMERS}/{row.id}/edit"
    page = (await staff_client.get(edit)).text
    for text in ('value="DE136695976"', 'value="HRB 1"', ">\nbooks@example.com\nceo@", 'value="0"'):
        assert text in page
    assert '<option value="REVERSE_CHARGE" selected>' in page
    await staff_client.post(edit, page=edit, **_FIELDS)
    again = await Customer.get(id=row.id)
    assert {name: getattr(again, name) for name in _FIELDS} == stored


async def test_the_page_shows_the_details(staff_client: Browser, business: Business) -> None:
    await staff_client.post(_NEW, page=_NEW, **_FIELDS)
    row = await Customer.get(company_id=business.company_id)
    page = (await staff_client.get(f"{CUSTOMERS}/{row.id}")).text
    assert "Hof 1\nHinterhaus\n28217 Bremen\nGermany</dd>" in page
    assert "<dt>VAT ID</dt><dd><bdi>DE136695976</bdi>" in page
    assert "<dt>Tax number</dt><dd><bdi>75/123</bdi>" in page
    assert "<bdi>books@example.com</bdi><br><bdi>ceo@example.com</bdi>" in page
    assert "<dt>Days to pay</dt><dd>0</dd>" in page


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("cc_emails", "ada@example.com nobody", "Enter a valid e-mail address"),
        ("cc_emails", " ".join(f"{n}@a.example" for n in range(11)), "Enter at most 10 addresses."),
        ("vat_id", "136 695 977", "There is a typo in this VAT ID: its check digits are wrong."),
        ("payment_days", "-1", "Enter a whole number of days, like 14."),
        ("default_tax_rate", "19", "The category STANDARD needs a rate above zero"),
        ("default_tax_category", "MAGIC", "Choose a tax category from the list."),
        ("buyer_reference", "n" * 101, "Use at most 100 characters."),
    ],
)
async def test_a_wrong_value_is_named_at_its_field(
    staff_client: Browser, business: Business, name: str, value: str, message: str
) -> None:
    page = await staff_client.post(_NEW, page=_NEW, **_FIELDS | {name: value})
    assert page.status_code == 400
    assert f'id="{name}-help">{message}' in page.text
    assert page.text.count('aria-invalid="true"') == 1
    assert not await Customer.exists(company_id=business.company_id)


async def test_an_address_as_one_text_is_kept_until_its_parts_are_entered(
    staff_client: Browser, business: Business
) -> None:
    customer_id = await business.make_customer(address="Hof 1\nBremen")
    edit = f"{CUSTOMERS}/{customer_id}/edit"
    page = (await staff_client.get(edit)).text
    assert ">\nHof 1\nBremen</textarea>" in page
    assert 'name="city" maxlength="100" value=""' in page
    empty = dict.fromkeys(("street", "postal_code", "city", "region", "country"), "")
    fields = {"name": "Ada", "address": "Hof 1\r\nBremen"} | empty
    await staff_client.post(edit, page=edit, **fields)
    assert (await Customer.get(id=customer_id)).address == "Hof 1\nBremen"
    await staff_client.post(edit, page=edit, **fields | {"city": "Bremen"})
    row = await Customer.get(id=customer_id)
    assert row.address is None
    assert row.city == "Bremen"


async def test_rates_are_written_in_the_company_s_language(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    rate = {"default_tax_rate": "9,975", "default_tax_category": ""}
    await staff_client.post(_NEW, page=_NEW, **_FIELDS | rate)
    row = await Customer.get(company_id=business.company_id)
    assert row.default_tax_rate == Decimal("9.975")
    assert 'value="9,975"' in (await staff_client.get(f"{CUSTOMERS}/{row.id}/edit")).text


async def test_notes_of_the_maximum_length_fit_a_form(
    staff_client: Browser, business: Business
) -> None:
    await staff_client.post(_NEW, page=_NEW, **_FIELDS | {"default_notes": "😀" * 10_000})
    row = await Customer.get(company_id=business.company_id)
    assert len(row.default_notes or "") == 10_000
