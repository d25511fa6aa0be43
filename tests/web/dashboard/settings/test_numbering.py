"""How documents are numbered, in the dashboard."""

import re
from html import unescape
from typing import Any, Final

from models import AuditEntry, NumberSeries
from tests.support.clients import Business
from tests.support.staff import Browser

NUMBERING: Final = "/dashboard/settings/numbering"
_FORM: Final = {
    "invoice_number_format": "INV-{seq:5}",
    "quote_number_format": "Q-{seq:5}",
    "credit_note_number_format": "CN-{seq:5}",
}


def _upcoming(page: str) -> list[str]:
    found = r"The next one (?:is|would be) <b><bdi>([^<]*)</bdi></b>"
    return re.findall(found, unescape(page))


async def _submit(client: Browser, **fields: str) -> Any:
    return await client.post(NUMBERING, page=NUMBERING, **_FORM | fields)


async def test_the_page_shows_what_comes_next(staff_client: Browser, business: Business) -> None:
    await business.make_invoice()
    page = (await staff_client.get(NUMBERING)).text
    assert _upcoming(page) == ["INV-00002", "Q-00001", "CN-00001"]
    assert 'value="INV-{seq:5}"' in page
    assert "<td>INV-00148</td>" in page


async def test_changes_are_saved_and_shown(staff_client: Browser, business: Business) -> None:
    changes = {
        "invoice_number_format": "RE/{seq:3}",
        "next_invoice_number": "1,480",
        "quote_number_format": "{year}-{seq}",
        "quote_numbers_restart_yearly": "yes",
    }
    response = await _submit(staff_client, **changes)
    assert (response.status_code, response.headers["location"]) == (
        303,
        f"{NUMBERING}?saved=numbering#numbering",
    )
    page = (await staff_client.get(f"{NUMBERING}?saved=numbering")).text
    assert "Saved." in page
    invoice, quote, note = _upcoming(page)
    assert (invoice, quote[4:], note) == ("RE/1480", "-1", "CN-00001")
    assert page.count(" checked") == 1
    assert "counting starts again with" in page
    assert 'id="next_invoice_number" name="next_invoice_number" maxlength="20"' in page
    assert 'value="1,480"' not in page
    rows = await NumberSeries.filter(company_id=business.company_id)
    assert {row.kind: row.format for row in rows} == {
        "INVOICE": "RE/{seq:3}",
        "QUOTE": "{year}-{seq}",
    }
    await _submit(staff_client, invoice_number_format="RE/{seq:3}")
    quote_series = await NumberSeries.get(company_id=business.company_id, kind="QUOTE")
    assert (quote_series.format, quote_series.restarts_yearly) == ("Q-{seq:5}", False)
    invoice, *_ = _upcoming((await staff_client.get(NUMBERING)).text)
    assert invoice == "RE/1480"


async def test_a_preview_changes_nothing(staff_client: Browser, business: Business) -> None:
    response = await _submit(
        staff_client, preview="yes", invoice_number_format="A{seq}", next_invoice_number="7"
    )
    assert response.status_code == 200
    assert _upcoming(response.text) == ["A7", "Q-00001", "CN-00001"]
    assert "The next one would be" in response.text
    assert 'value="A{seq}"' in response.text
    assert not await NumberSeries.exists(company_id=business.company_id)
    assert not await AuditEntry.exists(company_id=business.company_id)


async def test_errors_are_shown_at_their_fields(staff_client: Browser, business: Business) -> None:
    for field, text, message in (
        ("invoice_number_format", "INV", "needs {seq} once"),
        ("quote_number_format", "", "This is required."),
        ("next_credit_note_number", "0", "Enter a number from 1"),
        ("next_credit_note_number", "1.5", "Enter a whole number, like 148."),
        ("next_invoice_number", "many", "Enter a whole number, like 148."),
    ):
        response = await _submit(staff_client, **{field: text})
        assert response.status_code == 400
        assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', response.text)
        assert message in unescape(response.text)
    response = await _submit(staff_client, invoice_numbers_restart_yearly="yes")
    assert 'id="invoice_number_format" name="invoice_number_format" aria-invalid' in response.text
    assert " checked" in response.text
    assert not await NumberSeries.exists(company_id=business.company_id)
