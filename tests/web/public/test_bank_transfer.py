"""Bank transfer on an invoice's page."""

from html import unescape

import pytest

from models import Company, Invoice
from tests.support.clients import Business


async def _page(business: Business, token: str) -> str:
    response = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert response.status_code == 200
    return unescape(response.text)


async def _shared(business: Business, **account: str) -> str:
    await Company.filter(id=business.company_id).update(**account)
    return await business.share(await business.make_invoice(number="2026-17"))


async def test_the_page_has_the_account_the_reference_and_the_code(business: Business) -> None:
    token = await _shared(business, iban="DE89370400440532013000", bic="COBADEFFXXX")
    page = await _page(business, token)
    for text in ("DE89 3704 0044 0532 0130 00", "COBADEFFXXX", "RF48 2026 17", "Scan the code"):
        assert text in page
    assert 'data-value="DE89370400440532013000"' in page
    assert 'data-value="RF48202617"' in page
    assert page.count('class="qr"') == 1
    assert " style=" not in page


async def test_account_lines_are_shown_as_written_and_escaped(business: Business) -> None:
    token = await _shared(business, bank_account='Bank "<b>"\nAccount 42')
    response = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert "Bank &#34;&lt;b&gt;&#34;\nAccount 42</span>" in response.text
    assert 'class="qr"' not in response.text


async def test_a_page_without_an_account_or_anything_due_says_nothing_of_it(
    business: Business,
) -> None:
    without = await _page(business, await business.share(await business.make_invoice()))
    assert 'id="transfer"' not in without
    token = await _shared(business, iban="DE89370400440532013000")
    await Invoice.filter(share_token=token).update(amount_pending=10_000)
    assert 'id="transfer"' not in await _page(business, token)


@pytest.mark.parametrize(("language", "heading"), [("de", "Überweisung"), ("ar", "تحويل مصرفي")])
async def test_the_page_is_in_the_client_s_language(
    business: Business, language: str, heading: str
) -> None:
    token = await _shared(business, iban="DE89370400440532013000", language=language)
    page = await _page(business, token)
    assert f"</svg>{heading}</summary>" in page
    assert "Scan the code" not in page
