"""A company's logo: staff upload it, and anyone can see it."""

import asyncio
import threading
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Final
from uuid import uuid4

import httpx
import pytest

from auth.staff import authenticate
from core.telemetry import request_notes
from errors import RateLimited
from models import AuditEntry, Company, Logo
from services.company import logos
from services.company.images import Picture
from services.company.logos import MAX_UPLOAD, Logos, logo_of
from tests.support.clients import Business, Caller, eventually, fingerprint
from tests.support.images import BLUE, decode, plain
from tests.support.mailbox import Mailbox, html_of
from tests.support.rows import snapshot
from tests.support.sql_statements import statements
from web.http.middleware import HEADERS
from web.ops import logos as web_logos

PATH: Final = "/company/logo"
FRONT: Final = "https://front.example"


def _of_its_own() -> bytes:
    """Return a unique image."""
    return plain(color=tuple(uuid4().bytes[:3]))


async def _put(caller: Caller, content: bytes, **headers: str) -> httpx.Response:
    return await caller.http.put(PATH, content=content, headers=caller.headers | headers)


async def _upload(business: Business, content: bytes) -> str:
    """Upload a logo, and return its path."""
    answer = await _put(business, content)
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["logoUrl"]
    return url.removeprefix("http://127.0.0.1:8000")


async def _delete(business: Business) -> None:
    answer = await business.http.delete(PATH, headers=business.headers)
    assert (answer.status_code, answer.content) == (204, b"")


async def _get(business: Business, path: str, **headers: str) -> httpx.Response:
    return await business.http.get(path, headers=business.stranger.headers | headers)


async def _logo_url(business: Business) -> str | None:
    url: str | None = (await business.gql("{ company { logoUrl } }"))["company"]["logoUrl"]
    return url


async def _audit(business: Business) -> list[str]:
    entries = await AuditEntry.filter(company_id=business.company_id).order_by("at")
    return [entry.action for entry in entries]


# --- uploads ------------------------------------------------------------------------------------


async def test_an_uploaded_logo_is_shown_to_anyone(business: Business) -> None:
    path = await _upload(business, plain("JPEG", (1200, 400)))
    assert await _logo_url(business) == f"http://127.0.0.1:8000{path}"
    shown = await _get(business, path)
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert path == f"/logo/{sha256(shown.content).hexdigest()}.png"
    assert decode(shown.content).size == (600, 200)


async def test_a_logo_may_be_cached_for_good_and_shown_on_other_origins(business: Business) -> None:
    path = await _upload(business, plain())
    shown = await _get(business, path)
    own = {
        "cache-control": "public, max-age=31536000, immutable",
        "cross-origin-resource-policy": "cross-origin",
        "etag": f'"{path[6:-4]}"',
    }
    assert {name: shown.headers[name] for name in HEADERS | own} == HEADERS | own
    head = await business.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(shown.content))
    again = await _get(business, path, **{"if-none-match": f'W/"x", {own["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == own["cache-control"]


async def test_clients_see_the_logo_on_the_page_in_queries_and_in_emails(
    business: Business, mailbox: Mailbox
) -> None:
    address = f"ada-{uuid4().hex}@example.com"
    url = "http://127.0.0.1:8000" + await _upload(business, plain())
    customer_id = await business.make_customer(email=address)
    invoice_id = await business.make_invoice(customerId=customer_id)
    token, portal = await business.share(invoice_id), await business.share_portal(customer_id)
    for path in (f"/invoice/{token}", f"/portal/{portal}"):
        page = await _get(business, path)
        assert f'<img src="{url}"' in page.text
        assert "img-src 'self';" in page.headers["content-security-policy"]
    for root, link_token in (("invoice", token), ("portal", portal)):
        query = f"query($token: String!) {{ {root}(token: $token) {{ business {{ logoUrl }} }} }}"
        seen = await business.stranger.gql(query, token=link_token)
        assert seen[root]["business"]["logoUrl"] == url
    await business.mutate("sendInvoice", "SendInvoiceInput", "{ status }", invoiceId=invoice_id)
    assert f'<img src="{url}"' in html_of(mailbox.only(address))


async def test_the_content_decides_the_format_not_the_content_type(business: Business) -> None:
    expected = await _upload(business, plain())
    for name in ("image/svg+xml", "text/html", "application/json", ""):
        answer = await _put(business, plain(), **{"content-type": name})
        assert answer.json()["logoUrl"].endswith(expected)


async def test_uploading_again_replaces_the_logo_except_in_old_emails(business: Business) -> None:
    first = await _upload(business, _of_its_own())
    second = await _upload(business, _of_its_own())
    assert await _logo_url(business) == f"http://127.0.0.1:8000{second}"
    for path in (first, second):
        assert (await _get(business, path)).status_code == 200
    assert await _audit(business) == ["COMPANY_UPDATED"] * 2


async def test_an_earlier_logo_can_be_chosen_again(business: Business) -> None:
    image = _of_its_own()
    first = await _upload(business, image)
    await _upload(business, _of_its_own())
    assert await _upload(business, image) == first
    assert await _logo_url(business) == f"http://127.0.0.1:8000{first}"
    assert await Logo.filter(company_id=business.company_id).count() == 2


async def test_the_latest_logos_are_kept(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logos, "_MAX_KEPT", 2)
    paths = [await _upload(business, _of_its_own()) for _ in range(3)]
    statuses = [(await _get(business, path)).status_code for path in paths]
    assert statuses == [404, 200, 200]


async def test_uploading_the_same_logo_changes_nothing(business: Business) -> None:
    path = await _upload(business, plain())
    before = await snapshot([business.company_id])
    assert await _upload(business, plain()) == path
    assert await snapshot([business.company_id]) == before


async def test_a_removed_logo_is_gone_and_may_be_removed_again(business: Business) -> None:
    await _delete(business)
    assert await _audit(business) == []
    paths = [await _upload(business, _of_its_own()) for _ in range(2)]
    for _ in range(2):
        await _delete(business)
    assert await _logo_url(business) is None
    for path in paths:
        assert (await _get(business, path)).status_code == 404
    assert await _audit(business) == ["COMPANY_UPDATED"] * 3
    token = await business.share(await business.make_invoice())
    assert "<img" not in (await _get(business, f"/invoice/{token}")).text


async def test_the_audit_log_has_who_changed_the_logo(business: Business) -> None:
    await _upload(business, plain())
    [entry] = await AuditEntry.filter(company_id=business.company_id)
    assert (entry.actor, entry.subject_id) == ("bootstrap", business.company_id)
    assert entry.subject == "Acme Ltd"


async def test_other_companies_keep_their_logo(business: Business, rival: Business) -> None:
    await _upload(rival, plain())
    before = await snapshot([rival.company_id])
    shared = await _upload(business, plain())
    await _upload(business, plain(color=BLUE))
    await _delete(business)
    assert await snapshot([rival.company_id]) == before
    assert (await _get(business, shared)).status_code == 200


async def test_concurrent_uploads_and_removals_leave_a_complete_logo_or_none(
    business: Business,
) -> None:
    colors = [(shade, 0, 0) for shade in range(0, 250, 50)]
    await asyncio.gather(
        *(_upload(business, plain(color=color)) for color in colors),
        *(_delete(business) for _ in range(3)),
        business.mutate("updateCompany", "UpdateCompanyInput", "{ __typename }", phone="1"),
    )
    company = await Company.get(id=business.company_id)
    kept = {row.digest: row.content for row in await Logo.filter(company_id=business.company_id)}
    # A removal takes the logos before it along, and leaves those after it.
    assert (company.logo_digest in kept) if kept else (company.logo_digest is None)
    assert {sha256(content).hexdigest() for content in kept.values()} == set(kept)
    assert company.phone == "1"
    path = await _upload(business, plain(color=BLUE))
    assert (await _get(business, path)).status_code == 200


async def test_a_logo_takes_one_statement_and_none_without_a_logo(
    business: Business,
) -> None:
    company = await Company.get(id=business.company_id)
    request_notes.gather("x")
    with statements() as run:
        assert await logo_of(company) is None
        assert run == []
    path = await _upload(business, plain())
    company = await Company.get(id=business.company_id)
    request_notes.gather("x")
    with statements() as run:
        content = await logo_of(company)
        assert len(run) == 1
    assert content == (await _get(business, path)).content


# --- refusals -----------------------------------------------------------------------------------


def _assert_refused(answer: httpx.Response, status: int, message: str) -> None:
    error = {"message": message, "extensions": {"code": "BAD_INPUT"}}
    assert (answer.status_code, answer.json()) == (status, {"errors": [error]})
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"<!doctype html>"],
    ids=["nothing", "SVG", "HTML"],
)
async def test_a_file_that_is_not_an_image_changes_nothing(
    business: Business, content: bytes
) -> None:
    path = await _upload(business, plain())
    before = await snapshot([business.company_id])
    answer = await _put(business, content, **{"content-type": "image/png"})
    _assert_refused(answer, 400, "Choose a PNG, JPEG, WebP or GIF image.")
    _assert_refused(
        await _put(business, plain()[:-30]), 400, "The image file is damaged. Try another one."
    )
    assert await snapshot([business.company_id]) == before
    assert (await _get(business, path)).status_code == 200


async def test_a_file_of_2_mib_is_accepted_and_a_larger_one_refused(business: Business) -> None:
    full = plain() + bytes(MAX_UPLOAD - len(plain()))
    await _upload(business, full)
    before = await snapshot([business.company_id])
    for content in (full + b"\0", bytes(20_000_000)):
        answer = await _put(business, content)
        _assert_refused(answer, 413, "Choose an image file of at most 2 MiB.")
    assert await snapshot([business.company_id]) == before


async def test_a_chunked_body_is_limited_too(business: Business) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(80):
            sent += 64 * 1024
            yield bytes(64 * 1024)

    answer = await business.http.put(PATH, content=chunks(), headers=business.headers)
    _assert_refused(answer, 413, "Choose an image file of at most 2 MiB.")


async def _send_headers(caller: Caller, length: int, body: bytes = b"") -> bytes:
    """Send an upload's headers and return the status line, or disconnect within the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.http.base_url.port)
    try:
        head = f"PUT {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {caller.secret}\r\n"
        writer.write(f"{head}content-length: {length}\r\n\r\n".encode() + body)
        await writer.drain()
        async with asyncio.timeout(30):
            return b"" if body else await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_content_length_over_the_limit_is_refused_before_the_body(
    business: Business,
) -> None:
    assert (await _send_headers(business, MAX_UPLOAD + 1)).startswith(b"HTTP/1.1 413")


async def test_a_disconnect_during_the_body_is_not_an_error(
    business: Business, caplog: pytest.LogCaptureFixture
) -> None:
    await _send_headers(business, 1000, plain()[:50])

    async def is_answered() -> bool:
        return "'status': 400" in caplog.text

    await eventually(is_answered)
    assert "Traceback" not in caplog.text
    assert await _logo_url(business) is None


async def test_an_unauthenticated_upload_is_refused_without_reading_it(business: Business) -> None:
    unknown = Caller(business.http, "inv_key_unknown")
    assert (await _send_headers(unknown, MAX_UPLOAD)).startswith(b"HTTP/1.1 401")


async def test_the_queue_for_hashing_is_limited(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_finish, drawn = threading.Event(), Picture(b"x", 1, 1)

    def slow(*_: object, **__: object) -> Picture:
        assert may_finish.wait(30)
        return drawn

    monkeypatch.setattr(logos, "redraw", slow)
    staff, service = await authenticate(f"Bearer {business.secret}"), Logos()
    fit = [asyncio.create_task(service.replace(staff, b"")) for _ in range(9)]
    await asyncio.sleep(0)
    with pytest.raises(RateLimited) as refusal:
        await service.replace(staff, b"")
    assert refusal.value.retry_after == 1
    may_finish.set()
    assert {company.logo_digest for company in await asyncio.gather(*fit)} == {drawn.digest}


async def test_companies_take_turns_with_their_logos(
    business: Business, rival: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_finish, drawn = threading.Event(), list[bytes]()

    def slow(upload: bytes, **_: object) -> Picture:
        assert may_finish.wait(30)
        drawn.append(upload)
        return Picture(upload, 1, 1)

    monkeypatch.setattr(logos, "redraw", slow)
    many, one = [await authenticate(f"Bearer {each.secret}") for each in (business, rival)]
    service = Logos()
    uploads = [asyncio.create_task(service.replace(many, b"many")) for _ in range(8)]
    await asyncio.sleep(0)
    uploads.append(asyncio.create_task(service.replace(one, b"one")))
    await asyncio.sleep(0)
    may_finish.set()
    await asyncio.gather(*uploads)
    assert drawn.index(b"one") == 1


@pytest.mark.parametrize(
    "digest",
    [
        "0" * 64,
        "0" * 63,
        "0" * 65,
        "A" * 64,
        "%00",
        "%C3%A9",
        "%25",
        "..%2F..%2Fetc%2Fpasswd",
        "*",
        " ",
        "a" * 10_000,
    ],
    ids=lambda digest: digest[:12],
)
async def test_unknown_digests_are_not_found(business: Business, digest: str) -> None:
    answer = await _get(business, f"/logo/{digest}.png")
    assert fingerprint(answer) == fingerprint(await _get(business, "/nothing/of/this/name"))
    assert answer.status_code == 404


async def test_a_logo_has_one_address(business: Business) -> None:
    path = await _upload(business, plain())
    for other in (path.upper(), path.removesuffix(".png"), f"{path}/", path.replace("png", "svg")):
        assert (await _get(business, other)).status_code == 404


# --- errors -------------------------------------------------------------------------------------


async def test_other_methods_and_paths_are_refused_in_json(business: Business) -> None:
    refused = await business.http.get(PATH, headers=business.headers)
    _assert_refused(refused, 405, "Method Not Allowed.")
    assert refused.headers["allow"] == "PUT, DELETE"
    unknown = await business.http.put("/company/name", headers=business.headers)
    assert unknown.status_code == 404
    assert unknown.json()["errors"][0]["extensions"] == {"code": "NOT_FOUND"}


async def test_an_unexpected_error_shows_only_its_id(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_logos, "remove_logo", None)
    answer = await business.http.delete(PATH, headers=business.headers)
    extensions = {"code": "INTERNAL", "requestId": answer.headers["x-request-id"]}
    error = {"message": "Something went wrong on our side.", "extensions": extensions}
    assert (answer.status_code, answer.json()) == (500, {"errors": [error]})


@pytest.mark.parametrize(("origin", "status"), [(FRONT, 200), ("https://evil.example", 400)])
async def test_preflight_allows_uploads_from_our_front_ends_only(
    business: Business, origin: str, status: int
) -> None:
    for method in ("PUT", "DELETE"):
        headers = {
            "origin": origin,
            "access-control-request-method": method,
            "access-control-request-headers": "authorization, content-type",
        }
        assert (await business.http.options(PATH, headers=headers)).status_code == status
