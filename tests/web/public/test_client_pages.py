"""What all pages behind clients' links have in common."""

import re
from html import unescape
from typing import Final
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest

from models import Company, InvoiceView, ViewSource
from services.email.preferences import preference_for
from tests.support.clients import BROWSER, Business, eventually
from web.http.assets import STATIC
from web.http.middleware import HEADERS

_NAME: Final = "Halden & Brandt"
_KINDS: Final = (
    "invoice",
    "portal",
    "in the portal",
    "quote",
    "credit note",
    "portal's credits",
    "credit note in the portal",
    "preferences",
)
_PARTIAL: Final[dict[str, object]] = {"allowPartialPayment": True, "minimumPayment": "20"}


async def _path(seller: Business, kind: str) -> str:
    """Return the path of a new page of this kind, of a company with a logo and a colour."""
    design = {"name": _NAME, "accent_color": "#ffdd00", "logo_digest": "ab" * 32}
    await Company.filter(id=seller.company_id).update(**design)
    if kind == "quote":
        return f"/quote/{await seller.share_quote(await seller.make_quote())}"
    if kind == "preferences":
        preference = await preference_for(seller.company_id, f"{uuid4()}@example.com", "en")
        return f"/preferences/{preference.token}"
    customer_id = await seller.make_customer()
    if "credit" in kind:
        note_id = await seller.make_credit_note(customer_id, "10")
        if kind == "credit note":
            return f"/credit-note/{await seller.share_credit_note(note_id)}"
        token = await seller.share_portal(customer_id)
        in_portal = f"/credit-note/{token}/CN-00001"
        return in_portal if "in" in kind.split() else f"/portal/{token}?list=credits"
    invoice_id = await seller.make_invoice(customerId=customer_id, number="7", **_PARTIAL)
    if kind == "invoice":
        return f"/invoice/{await seller.share(invoice_id)}"
    portal = f"/portal/{await seller.share_portal(customer_id)}"
    return portal if kind == "portal" else f"{portal}/7"


async def _sent(seller: Business, path: str) -> int:
    """Return the number of bytes sent, after compression."""
    async with seller.http.stream("GET", path, headers=seller.stranger.headers) as answer:
        return sum([len(chunk) async for chunk in answer.aiter_raw()])


async def _get(seller: Business, path: str, **headers: str) -> httpx.Response:
    return await seller.http.get(path, headers=seller.stranger.headers | headers)


@pytest.mark.parametrize("kind", [*_KINDS, "not found"])
async def test_every_page_has_the_headers_and_noindex(seller: Business, kind: str) -> None:
    path = "/invoice/x" if kind == "not found" else await _path(seller, kind)
    page = await _get(seller, path)
    for name, value in HEADERS.items():
        if name != "content-security-policy":
            assert page.headers[name] == value
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy
    assert ("script-src 'self'" in policy) == ("<script" in page.text)
    assert '<meta name="robots" content="noindex, nofollow">' in page.text
    assert "<p>Powered by Invotify</p>\n</footer>" in page.text


@pytest.mark.parametrize("kind", _KINDS)
async def test_a_link_preview_names_only_the_business(seller: Business, kind: str) -> None:
    page = await _get(seller, await _path(seller, kind))
    tags = re.findall(r'<meta (?:property|name)="(?:og|twitter|description)[^>]*>', page.text)
    assert {
        unescape(content) for tag in tags for content in re.findall(r'content="(.*)"', tag)
    } == {_NAME}
    assert len(tags) == 2


async def test_a_missing_page_has_no_link_preview(business: Business) -> None:
    assert 'property="og:' not in (await _get(business, f"/invoice/{uuid4()}")).text


@pytest.mark.parametrize("kind", _KINDS)
async def test_pages_load_nothing_from_third_parties(seller: Business, kind: str) -> None:
    page = await _get(seller, await _path(seller, kind))
    hosts = re.findall(r'(?:https?(?::|%3A)|[="])//([^/"<&]+)', page.text)
    assert {unquote(host) for host in hosts} == {"127.0.0.1:8000"}
    [style] = re.findall(r'<link rel="stylesheet" href="([^"]*)">', page.text)
    assert style.startswith("/styles/ffdd00.css?")
    css = (await seller.http.get(style)).text
    assert "url(" not in css
    assert "@import" not in css


@pytest.mark.parametrize("kind", _KINDS)
async def test_a_page_and_its_stylesheet_are_small(seller: Business, kind: str) -> None:
    path = await _path(seller, kind)
    page = await _get(seller, path)
    [style] = re.findall(r'<link rel="stylesheet" href="([^"]*)">', page.text)
    assert page.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in page.headers["vary"].lower()
    sizes = [await _sent(seller, path), await _sent(seller, style)]
    assert min(sizes) > 512
    assert sum(sizes) <= 30 * 1024


async def test_the_page_of_a_long_invoice_is_small(seller: Business) -> None:
    lines = [
        {"description": f"{uuid4()}, delivered", "quantity": str(n), "unitPrice": f"{n * 7}.{n:02}"}
        for n in range(1, 100)
    ]
    path = f"/invoice/{await seller.share(await seller.make_invoice(lines=lines))}"
    assert (await _get(seller, path)).text.count(", delivered") == 99
    assert await _sent(seller, path) <= 20 * 1024


async def test_a_client_that_does_not_accept_gzip_gets_none(seller: Business) -> None:
    page = await _get(seller, await _path(seller, "invoice"), **{"accept-encoding": "identity"})
    assert "content-encoding" not in page.headers
    assert page.text.endswith("</html>")


async def test_responses_that_repeat_input_are_not_compressed(
    seller: Business,
) -> None:
    path = await _path(seller, "invoice")
    refused = await seller.http.post(
        f"{path}/checkout", data={"amount": "1"}, headers=seller.stranger.headers
    )
    assert refused.status_code == 400
    for answer in (refused, await _get(seller, f"{path}.pdf"), await _get(seller, "/invoice/x")):
        assert "content-encoding" not in answer.headers


def test_pages_have_a_print_style() -> None:
    css = (STATIC / "portal.css").read_text(encoding="utf-8")
    paper = css.partition("@media print {")[2]
    hidden = re.search(r"\n  ([^{\n]*) \{ display: none; \}", paper)
    assert hidden
    for part in (".skip", ".top .row", ".notice", ".ways", ".no-print"):
        assert part in hidden.group(1).split(", ")
    # The layouts of phones and tablets and the dark colours are not printed.
    rules = re.findall(r"@media ([^{]*) \{", css)
    narrow = [r for r in rules if "max-width" in r or "prefers-color-scheme" in r]
    assert narrow
    assert all(rule.startswith("screen and ") for rule in narrow)


@pytest.mark.parametrize("kind", ["invoice", "in the portal", "quote"])
async def test_pages_are_complete_without_scripts(seller: Business, kind: str) -> None:
    page = await _get(seller, await _path(seller, kind))
    shown = re.sub(r"<(\w+)[^>]* hidden[ >].*?</\1>", "", page.text)
    for text in ("Ada Lovelace", "Total", "€100.00", "Download PDF"):
        assert text in shown
    if kind != "quote":
        for button in ("Pay €100.00", "Pay this amount"):
            assert f"<span>{button}</span></button></form>" in shown
        assert "€20.00 or more. You can pay the rest later." in shown
    assert "Copy link" not in shown


@pytest.mark.parametrize("kind", ["invoice", "quote"])
async def test_an_invoice_page_offers_to_share_its_link(seller: Business, kind: str) -> None:
    path = await _path(seller, kind)
    page = await _get(seller, f"{path}?source=email")
    url = f"http://127.0.0.1:8000{path}"
    assert f'readonly dir="ltr" value="{url}"' in page.text
    [subject, body] = re.findall(r'href="mailto:\?subject=(.*?)&amp;body=(.*?)"', page.text)[0]
    assert unquote(subject).endswith(f"from {_NAME}")
    assert unquote(body) == f"{unquote(subject)}\r\n{url}"
    assert "source=email" not in page.text


async def test_in_the_portal_only_the_pdf_can_be_shared(seller: Business) -> None:
    page = await _get(seller, await _path(seller, "in the portal"))
    assert '<button id="share" type="button" hidden' in page.text
    assert 'id="link"' not in page.text
    assert "mailto:?" not in page.text


async def test_a_form_that_is_too_large_gets_an_error_page(seller: Business) -> None:
    path = await _path(seller, "preferences")
    sent = await seller.http.post(
        path,
        data={"documentEmails": "x" * 20_000},
        headers=seller.stranger.headers | {"accept-language": "de"},
    )
    assert sent.status_code == 413
    assert "<h1>Das ist zu lang</h1>" in sent.text
    assert "Es wurde nichts gespeichert." in sent.text


# --- views ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "query", "source"),
    [
        ("invoice", "", ViewSource.LINK),
        ("invoice", "?source=email", ViewSource.EMAIL),
        ("in the portal", "", ViewSource.PORTAL),
    ],
)
async def test_each_load_of_a_page_is_one_view(
    seller: Business, kind: str, query: str, source: ViewSource
) -> None:
    path = await _path(seller, kind)
    for loads in (1, 2):
        page = await _get(seller, path + query)
        for url in re.findall(r'(?:src|href)="(/(?:static|styles)/[^"]*)"', page.text):
            assert (await _get(seller, url)).status_code == 200

        async def are_recorded(count: int = loads) -> bool:
            return await InvoiceView.filter(company_id=seller.company_id).count() >= count

        await eventually(are_recorded)
    views = await InvoiceView.filter(company_id=seller.company_id)
    assert [(view.source, view.automated) for view in views] == [(source, False)] * 2


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", {}),
        ("GET", {"sec-purpose": "prefetch"}),
        ("GET", {"sec-purpose": "prefetch;prerender"}),
        ("GET", {"user-agent": "WhatsApp/2.23.20.0"}),
        ("GET", {"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}),
        ("GET", {"user-agent": f"{BROWSER} SafeLinks"}),
        ("GET", {"sec-fetch-dest": "image"}),
    ],
)
async def test_automated_requests_of_a_page_never_count(
    seller: Business, method: str, headers: dict[str, str]
) -> None:
    path = await _path(seller, "invoice")
    sent = seller.stranger.headers | headers
    page = await seller.http.request(method, path, headers=sent)
    assert page.status_code == 200

    async def is_recorded() -> bool:
        return await InvoiceView.exists(company_id=seller.company_id)

    await eventually(is_recorded)
    [view] = await InvoiceView.filter(company_id=seller.company_id).prefetch_related("invoice")
    assert (view.automated, view.suspected) == (True, False)
    assert view.invoice.view_count == 0


@pytest.mark.parametrize("scanner", [{}, {"x-forwarded-for": "40.94.20.1"}])
async def test_a_scanner_that_looks_like_a_browser_is_suspected(
    seller: Business, scanner: dict[str, str]
) -> None:
    invoice_id = await seller.make_invoice()
    path = f"/invoice/{await seller.share(invoice_id)}"
    if not scanner:
        await seller.mutate(
            "sendInvoice", "SendInvoiceInput", "{ delivery { id } }", invoiceId=invoice_id
        )
    headers = seller.stranger.headers | scanner
    page = await seller.http.get(f"{path}?source=email", headers=headers)
    assert page.status_code == 200

    async def is_recorded() -> bool:
        return await InvoiceView.exists(company_id=seller.company_id)

    await eventually(is_recorded, 30)
    [view] = await InvoiceView.filter(company_id=seller.company_id).prefetch_related("invoice")
    assert (view.automated, view.suspected) == (True, True)
    assert (view.invoice.view_count, view.invoice.first_viewed_at) == (0, None)
