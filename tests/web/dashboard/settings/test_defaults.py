"""What new documents start with, in the dashboard."""

import re
from decimal import Decimal
from html import unescape
from typing import Any, Final

import pytest

from models import Company
from tests.support.clients import Business
from tests.support.staff import Browser

PAGE: Final = "/dashboard/settings/numbering"
_DEFAULTS: Final = {
    "payment_days": "14",
    "default_tax_rate": "20.5",
    "default_tax_category": "",
    "default_tax_name": "VAT",
    "default_notes": "Thanks\r\na lot",
    "payment_terms": "Net 14",
    "footer": "Ada & Co\r\nLondon",
    "paper_size": "LETTER",
    "tax_rounding": "DOWN",
    "allow_partial_payment": "yes",
    "minimum_payment": "2.50",
}


async def _save(client: Browser, **fields: str) -> Any:
    return await client.post(f"{PAGE}/defaults", page=PAGE, **_DEFAULTS | fields)


async def test_what_documents_start_with_is_saved(
    staff_client: Browser, business: Business
) -> None:
    response = await _save(staff_client)
    assert response.headers["location"] == f"{PAGE}?saved=defaults#defaults"
    company = await Company.get(id=business.company_id)
    stored = {name: getattr(company, name) for name in _DEFAULTS}
    assert stored == _DEFAULTS | {
        "payment_days": 14,
        "default_tax_rate": Decimal("20.5"),
        "default_tax_category": None,
        "default_notes": "Thanks\na lot",
        "footer": "Ada & Co\nLondon",
        "allow_partial_payment": True,
        "minimum_payment": 250,
    }
    page = (await staff_client.get(f"{PAGE}?saved=defaults")).text
    for value in ("20.5", "14", "2.50"):
        assert f'value="{value}"' in page
    assert '<option value="DOWN" selected>' in page
    assert '<option value="LETTER" selected>US Letter</option>' in page


async def test_what_accepting_does_is_a_setting(staff_client: Browser, business: Business) -> None:
    for chosen, shown in (("yes", True), ("", False)):
        await _save(staff_client, invoices_accepted_quotes=chosen)
        query = "{ company { invoicesAcceptedQuotes } }"
        assert (await business.gql(query))["company"] == {"invoicesAcceptedQuotes": shown}


async def test_empty_fields_and_boxes_clear_what_was_set(
    staff_client: Browser, business: Business
) -> None:
    await _save(staff_client)
    emptied = dict.fromkeys(_DEFAULTS, "") | {"tax_rounding": "HALF_UP"}
    await _save(staff_client, **emptied)
    company = await Company.get(id=business.company_id)
    assert {company.payment_days, company.footer, company.minimum_payment} == {None}
    assert company.paper_size is None
    assert not company.allow_partial_payment


@pytest.mark.parametrize(
    ("country", "usual"),
    [
        (None, "Default: A4"),
        ("DE", "Default: A4"),
        ("US", "Default: US Letter"),
    ],
)
async def test_the_paper_follows_the_country_until_one_is_chosen(
    staff_client: Browser, business: Business, country: str | None, usual: str
) -> None:
    await Company.filter(id=business.company_id).update(country=country)
    page = (await staff_client.get(PAGE)).text
    assert f'<option value="" selected>{usual}</option>' in page


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("payment_days", "<soon>", "Enter a whole number of days, like 14."),
        ("payment_days", "3651", "Enter 0 to 3,650 days."),
        ("default_tax_rate", "101", "This must be between 0 and 100"),
        ("default_tax_rate", "<a lot>", "Enter a rate, like 19 or 19%."),
        ("tax_rounding", "<up>", "Choose how to round from the list."),
        ("paper_size", "<A5>", "Choose a paper size from the list."),
        ("minimum_payment", "0.001", "EUR has 2 decimals."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(
    staff_client: Browser, business: Business, name: str, value: str, message: str
) -> None:
    response = await _save(staff_client, **{name: value, "payment_terms": "Kept"})
    assert response.status_code == 400
    assert f'id="{name}-help">{message}' in unescape(response.text)
    assert re.search(rf'id="{name}"[^>]* aria-invalid="true"', response.text)
    assert "Kept</textarea>" in response.text
    assert (await Company.get(id=business.company_id)).payment_terms is None
