"""Readers choose the language of clients' pages."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Final
from urllib.parse import urljoin
from uuid import uuid4

import httpx
import pytest

from models import Company, InvoiceView
from tests.support.clients import Business, eventually

_COOKIE: Final = "invotify-language"


@pytest.fixture(autouse=True)
async def _no_cookies(business: Business) -> AsyncIterator[None]:
    """Forget the cookies, because other tests share the client."""
    yield
    business.http.cookies.clear()


async def _get(business: Business, path: str, **headers: str) -> httpx.Response:
    return await business.http.get(path, headers=business.stranger.headers | headers)


async def _paths(business: Business) -> dict[str, str]:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id, number="7")
    await business.make_credit_note(customer_id, "10")
    portal = f"/portal/{await business.share_portal(customer_id)}"
    return {
        "invoice": f"/invoice/{await business.share(invoice_id)}",
        "quote": f"/quote/{await business.share_quote(await business.make_quote())}",
        "portal": portal,
        "credits": f"{portal}?list=credits",
        "statement": f"{portal}/statement?from=2026-01-01&to=2026-01-31",
        "preferences": f"/preferences/{(await business.make_preference()).token}",
        "unknown": "/invoice/x",
    }


async def test_every_page_can_be_read_in_another_language(business: Business) -> None:
    for kind, path in (await _paths(business)).items():
        page = await _get(business, path)
        assert '<html lang="en" dir="ltr">' in page.text, kind
        assert "set-cookie" not in page.headers
        link = re.search(r'<a href="([^"]*lang=ar)" lang="ar" hreflang="ar">العربية</a>', page.text)
        assert link, kind
        own, _, query = path.partition("?")
        address = urljoin(path, unescape(link[1]))
        assert address == f"{own}?{query}{'&' if query else ''}lang=ar"
        chosen = await _get(business, address)
        business.http.cookies.clear()
        assert '<html lang="ar" dir="rtl">' in chosen.text
        assert (
            f"{_COOKIE}=ar; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax"
            in (chosen.headers["set-cookie"])
        )
        remembered = await _get(business, path, cookie=f"{_COOKIE}=ar")
        assert '<html lang="ar" dir="rtl">' in remembered.text
        assert "set-cookie" not in remembered.headers


async def test_the_answer_to_a_form_links_only_to_pages_that_can_be_opened(
    business: Business,
) -> None:
    path = f"/invoice/{uuid4()}/questions"
    page = await business.http.post(path, headers=business.stranger.headers)
    assert page.status_code == 404
    assert "hreflang" not in page.text


async def test_another_page_of_a_list_stays_the_same_in_another_language(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.public.account_lists.PAGE_SIZE", 1)
    customer_id = await business.make_customer()
    for number in ("7", "8"):
        await business.make_invoice(customerId=customer_id, number=number)
    path = f"/portal/{await business.share_portal(customer_id)}"
    older = re.search(r'rel="next" href="[^"]*(/portal/[^"]*)"', (await _get(business, path)).text)
    assert older
    page = (await _get(business, unescape(older[1]))).text
    link = re.search(r'href="([^"]*lang=de)"', page)
    assert link
    german = (await _get(business, urljoin(path, unescape(link[1])))).text
    for text in (page, german):
        assert ("<bdi>7</bdi>" in text, "<bdi>8</bdi>" in text) == (True, False)


@pytest.mark.parametrize("asked", ["xx", "", "de-AT", "<b>", "en"])
async def test_a_page_keeps_its_own_language_where_none_of_ours_is_chosen(
    business: Business, asked: str
) -> None:
    await Company.filter(id=business.company_id).update(language="en-GB")
    path = f"/invoice/{await business.share(await business.make_invoice())}"
    for query, cookie in ((f"?lang={asked}", ""), ("", f"{_COOKIE}={asked}")):
        page = await _get(business, path + query, cookie=cookie)
        assert '<html lang="en-GB" dir="ltr">' in page.text
        assert ("set-cookie" in page.headers) == (asked == "en" and bool(query))


async def test_chinese_is_read_in_either_script(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="zh-Hant-TW")
    path = f"/invoice/{await business.share(await business.make_invoice())}"
    page = await _get(business, path)
    assert '<html lang="zh-Hant-TW" dir="ltr">' in page.text
    assert ">繁體中文<" not in page.text  # the page's own language has no link
    assert 'lang=zh" lang="zh" hreflang="zh">简体中文</a>' in page.text
    simplified = await _get(business, f"{path}?lang=zh")
    assert '<html lang="zh" dir="ltr">' in simplified.text
    assert "账单" in simplified.text
    traditional = await _get(business, f"{path}?lang=zh-Hant")
    assert '<html lang="zh-Hant-TW" dir="ltr">' in traditional.text
    assert "帳單" in traditional.text


async def test_a_shared_link_and_the_pdf_keep_the_document_s_language(business: Business) -> None:
    path = f"/invoice/{await business.share(await business.make_invoice())}"
    page = await _get(business, f"{path}?lang=de")
    assert f'value="http://127.0.0.1:8000{path}"' in page.text
    own = await _get(business, f"{path}.pdf")
    assert (await _get(business, f"{path}.pdf", cookie=f"{_COOKIE}=de")).content == own.content


async def test_choosing_a_language_on_the_page_is_not_an_open(business: Business) -> None:
    invoice_id = await business.make_invoice()
    path = f"/invoice/{await business.share(invoice_id)}?lang=de"
    await _get(business, path, **{"sec-fetch-site": "same-origin"})
    await _get(business, path, **{"sec-fetch-site": "none"})

    async def is_recorded() -> bool:
        return await InvoiceView.exists(invoice_id=invoice_id)

    await eventually(is_recorded)
    assert await InvoiceView.filter(invoice_id=invoice_id).count() == 1
