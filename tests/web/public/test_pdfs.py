"""PDFs are the same through every link, for those who may see the page."""

import asyncio
import re
from email.message import Message
from typing import Final
from unittest.mock import AsyncMock, patch
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from errors import Busy
from models import Company, Customer, Invoice, InvoiceView
from pdf.worker_pool import RenderingFailed, WorkerPool
from tests.support.clients import Business
from web.http.file_responses import disposition
from web.http.middleware import HEADERS
from web.http.pdf_responses import _render_unless_disconnected

ETAG: Final = re.compile(r'"[0-9a-f]{64}"')


async def get(business: Business, path: str, **headers: str) -> httpx.Response:
    """Return the response that an unauthenticated client gets."""
    return await business.http.get(path, headers=business.stranger.headers | headers)


async def shared(business: Business, **details: object) -> tuple[str, str]:
    """Return a shared invoice's id and the path of its PDF."""
    invoice_id = await business.make_invoice(**details)
    return invoice_id, f"/invoice/{await business.share(invoice_id)}.pdf"


def rendering(**behaviour: object) -> AsyncMock:
    """Return a fake PDF, for tests that don't need a real one."""
    return AsyncMock(**{"return_value": b"%PDF-"} | behaviour)


def path_of(url: str) -> str:
    """Return the part of `url` after the host."""
    return urlsplit(url).path


# --- links ----------------------------------------------------------------------------------------


async def test_every_link_to_an_invoice_gives_the_same_bytes(business: Business) -> None:
    customer_id = await business.make_customer()
    portal = await business.share_portal(customer_id)
    invoice_id, path = await shared(business, customerId=customer_id, number="2026/7 €")
    token = path.removeprefix("/invoice/").removesuffix(".pdf")
    public = "query($token: String!) { invoice(token: $token) { pdfUrl } }"
    below = (
        "query($token: String!, $number: String!)"
        " { portal(token: $token) { invoice(number: $number) { pdfUrl } } }"
    )
    one = await business.stranger.gql(public, token=token)
    two = await business.stranger.gql(below, token=portal, number="2026/7 €")
    paths = [
        path_of(one["invoice"]["pdfUrl"]),
        path_of(two["portal"]["invoice"]["pdfUrl"]),
        path,
    ]
    answers = [await get(business, path) for path in paths]
    own = await business.invoice(invoice_id, "pdfUrl")
    answers += [await business.http.get(path_of(own["pdfUrl"]), headers=business.headers)]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({(answer.content, answer.headers["etag"]) for answer in answers}) == 1
    assert answers[0].content.startswith(b"%PDF-")


async def test_a_quote_has_a_pdf(business: Business) -> None:
    quote_id = await business.make_quote()
    url = (await business.quote(quote_id, "pdfUrl"))["pdfUrl"]
    draft = await business.http.get(path_of(url), headers=business.headers)
    token = await business.share_quote(quote_id)
    public = await get(business, f"/quote/{token}.pdf")
    own = await business.http.get(path_of(url), headers=business.headers)
    assert (draft.status_code, public.status_code) == (200, 200)
    assert own.content == public.content != draft.content


async def test_a_credit_note_has_a_pdf_for_staff(business: Business) -> None:
    note_id = await business.make_credit_note(await business.make_customer(), "50")
    query = "query($id: ID!) { company { creditNote(id: $id) { pdfUrl } } }"
    url = (await business.gql(query, id=note_id))["company"]["creditNote"]["pdfUrl"]
    answer = await business.http.get(path_of(url), headers=business.headers)
    assert answer.status_code == 200
    assert 'filename="Credit-note-CN-00001.pdf"' in answer.headers["content-disposition"]
    assert (await get(business, path_of(url))).status_code == 401


async def test_staff_get_drafts_and_clients_do_not(business: Business) -> None:
    customer_id = await business.make_customer()
    portal = await business.share_portal(customer_id)
    draft_id = await business.make_draft(customerId=customer_id, number="7")
    own = await business.http.get(f"/invoices/{draft_id}.pdf", headers=business.headers)
    assert own.status_code == 200
    assert (await get(business, f"/portal/{portal}/7.pdf")).status_code == 404


async def test_the_pages_link_to_the_pdf(business: Business) -> None:
    _, path = await shared(business)
    quote = f"/quote/{await business.share_quote(await business.make_quote())}"
    for page in (path.removesuffix(".pdf"), quote):
        text = (await get(business, page)).text
        assert f'<a class="button" href="http://127.0.0.1:8000{page}.pdf"' in text
        assert "<span>Download PDF</span></a>" in text


async def test_the_pdf_of_a_revoked_link_is_gone_at_once(business: Business) -> None:
    invoice_id, path = await shared(business)
    tag = (await get(business, path)).headers["etag"]
    await business.revoke(invoice_id)
    assert (await get(business, path, **{"if-none-match": tag})).status_code == 404


# --- responses ------------------------------------------------------------------------------------


async def test_a_pdf_has_its_headers(business: Business) -> None:
    _, path = await shared(business, number="2026-0001")
    answer = await get(business, path)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-disposition"] == (
        "inline; filename=\"Invoice-2026-0001.pdf\"; filename*=UTF-8''Invoice-2026-0001.pdf"
    )
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert ETAG.fullmatch(answer.headers["etag"])


async def test_a_pdf_is_saved_if_the_address_asks_for_it(business: Business) -> None:
    _, path = await shared(business, number="2026-0001")
    answer = await business.http.head(f"{path}?download", headers=business.stranger.headers)
    assert answer.headers["content-disposition"].startswith("attachment; filename=")


async def test_a_head_request_gets_headers_without_rendering(business: Business) -> None:
    _, path = await shared(business)
    full = await get(business, path)
    with patch.object(WorkerPool, "render", rendering()) as render:
        head = await business.http.head(path, headers=business.stranger.headers)
    render.assert_not_called()
    assert (head.status_code, head.content) == (200, b"")
    same = ("content-type", "content-disposition", "etag", *HEADERS)
    assert [head.headers[name] for name in same] == [full.headers[name] for name in same]
    assert head.headers.get("content-length") in {None, full.headers["content-length"]}


async def test_a_client_with_the_same_version_gets_304_without_rendering(
    business: Business,
) -> None:
    _, path = await shared(business)
    tag = (await get(business, path)).headers["etag"]
    other = f'"{"0" * 64}"'
    with patch.object(WorkerPool, "render", rendering()) as render:
        for header in (tag, f"W/{tag}", "*", f"{other}, {tag}", f'"a,b" ,W/{tag},'):
            answer = await get(business, path, **{"if-none-match": header})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == tag
            assert answer.headers["cache-control"] == "no-store"
        render.assert_not_called()
        for header in (other, tag.strip('"'), f"w/{tag[:-1]}", "", "x, *"):
            assert (await get(business, path, **{"if-none-match": header})).status_code == 200


async def test_the_bytes_depend_only_on_the_state(business: Business) -> None:
    customer_id = await business.make_customer()
    invoice_id, path = await shared(business, customerId=customer_id)
    first = await get(business, path)
    assert await InvoiceView.filter(invoice_id=invoice_id).count() == 0  # not a view
    assert await business.stranger.record_view(path[9:-4])
    await business.share_portal(customer_id)
    assert (await get(business, path + "?source=email")).content == first.content
    await Customer.filter(id=customer_id).update(name="Ada King")
    await Company.filter(id=business.company_id).update(name="Acme plc", language="de")
    assert (await get(business, path)).content == first.content
    seen = {first.content}
    changes = (
        Company.filter(id=business.company_id).update(accent_color="#ff0000"),
        business.pay(invoice_id, "40"),
    )
    for change in changes:
        await change
        answer = await get(business, path)
        assert answer.content not in seen
        seen.add(answer.content)


async def test_the_filename_is_in_the_documents_language(business: Business) -> None:
    await Company.filter(id=business.company_id).update(language="de")
    _, path = await shared(business, number='7/8 "ä"')
    header = (await get(business, path)).headers["content-disposition"]
    assert 'filename="Rechnung-7-8-a.pdf"' in header
    assert header.endswith("filename*=UTF-8''Rechnung-7-8-%C3%A4.pdf")


@given(st.text(max_size=80))
def test_the_header_can_have_any_filename(name: str) -> None:
    message = Message()
    message["Content-Disposition"] = header = disposition(name)
    assert header.isascii()
    assert header.isprintable()
    plain, extended = header.removeprefix('inline; filename="').split("\"; filename*=UTF-8''")
    assert '"' not in plain
    assert "\\" not in plain
    assert unquote(extended, errors="strict") == name
    assert message.get_content_disposition() == "inline"


# --- limits and errors ----------------------------------------------------------------------------


async def test_too_many_downloads_are_refused_with_the_time_to_wait(business: Business) -> None:
    _, path = await shared(business)
    tag = (await get(business, path)).headers["etag"]
    headers = business.stranger.headers
    with patch.object(WorkerPool, "render", rendering()):
        answers = await asyncio.gather(
            *(business.http.get(path, headers=headers) for _ in range(61))
        )
        assert sorted(answer.status_code for answer in answers) == [200] * 60 + [429]
        refused = await business.http.get(path, headers=headers)
        assert int(refused.headers["retry-after"]) > 0
        # Requests that render nothing are not counted, and neither are other clients and staff.
        has_it = await business.http.get(path, headers=headers | {"if-none-match": tag})
        assert has_it.status_code == 304
        assert (await business.http.head(path, headers=headers)).status_code == 200
        assert (await get(business, path)).status_code == 200


async def test_an_overload_is_reported_with_the_time_to_wait(
    business: Business,
) -> None:
    _, path = await shared(business)
    with patch.object(WorkerPool, "render", rendering(side_effect=Busy(retry_after=2))):
        answer = await get(business, path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "We're a bit busy right now" in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


async def test_a_rendering_error_is_masked(
    business: Business,
) -> None:
    _, path = await shared(business)
    with patch.object(WorkerPool, "render", rendering(side_effect=RenderingFailed("hunter2"))):
        answer = await get(business, path)
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert (await get(business, path)).status_code == 200


@pytest.mark.parametrize("how", ["post", "put", "delete"])
async def test_a_pdf_only_answers_get_and_head(business: Business, how: str) -> None:
    _, path = await shared(business)
    answer = await business.http.request(how, path, headers=business.stranger.headers)
    assert answer.status_code == 405
    assert await Invoice.filter(company_id=business.company_id).count() == 1


async def test_client_disconnect_frees_its_queue_slot() -> None:
    ended = asyncio.Event()

    async def render() -> bytes:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return b""

    async def receive() -> dict[str, str]:
        await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "method": "GET", "headers": []}, receive)
    assert await asyncio.wait_for(_render_unless_disconnected(request, render()), 5) == b""
    assert ended.is_set()
