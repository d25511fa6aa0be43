"""The page on which clients choose their e-mails, and one-click unsubscribing."""

import asyncio
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.telemetry.metrics import REGISTRY
from i18n import templates, translations
from models import Company, EmailPreference
from services.email.preferences import SWITCHES, preference_for, update
from tests.support.clients import Business, Caller, eventually
from tests.support.sql_statements import statements

_ALL_ON: Final = dict.fromkeys(SWITCHES, True)
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_CATEGORIES: Final = {
    "document": "documentEmails",
    "reminder": "reminderEmails",
    "marketing": "marketingEmails",
}
_examples = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


async def _switches(preference: EmailPreference) -> dict[str, bool]:
    """Return the stored switches."""
    row = await EmailPreference.get(id=preference.id)
    return {name: row.allows(category) for name, category in SWITCHES.items()}


def _text(page: httpx.Response) -> str:
    """Return the text of a page."""
    [_, body] = re.split("<body[^>]*>", page.text)
    return " ".join(unescape(re.sub(r"<[^>]*>", "", body)).split())


def _shown(page: httpx.Response) -> dict[str, bool]:
    """Return which switches of a page are on."""
    inputs = re.findall(r'<input type="checkbox" role="switch" id="(\w+)"([^>]*)>', page.text)
    return {name: attributes.endswith(" checked") for name, attributes in inputs}


def _multipart(*pairs: tuple[str, str], boundary: str = "b") -> bytes:
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in pairs
    )
    return f"{''.join(parts)}--{boundary}--\r\n".encode()


@pytest.fixture
async def preference(business: Business) -> EmailPreference:
    """Return the preferences of an address that has received an e-mail."""
    return await business.make_preference()


async def _get(business: Business, path: str) -> httpx.Response:
    return await business.http.get(path, headers=business.stranger.headers)


async def _post(
    business: Business, path: str, body: bytes | str = b"", content_type: str | None = None
) -> httpx.Response:
    headers = business.stranger.headers
    if content_type is not None:
        headers |= {"content-type": content_type}
    return await business.http.post(path, content=body, headers=headers)


# --- the page ------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/preferences/{}", "/unsubscribe/{}/marketing"])
async def test_the_page_shows_the_company_the_address_and_the_categories(
    business: Business, preference: EmailPreference, path: str
) -> None:
    page = await _get(business, path.format(preference.token))
    assert page.status_code == 200
    text = _text(page)
    assert "Choose which e-mails Acme Ltd sends to a…@example.com." in text
    assert _shown(page) == _ALL_ON
    assert "ada@" not in page.text
    assert "Saved" not in page.text
    assert '<meta name="robots" content="noindex, nofollow">' in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"


async def test_the_page_has_the_companys_name_and_colour(
    business: Business, preference: EmailPreference
) -> None:
    mine = Company.filter(id=business.company_id)
    await mine.update(name='<b>"A" & Söhne</b>', logo_digest="ab" * 32)
    page = await _get(business, f"/preferences/{preference.token}")
    src = f"http://127.0.0.1:8000/logo/{'ab' * 32}.png"
    assert f'<img src="{src}" alt="">' in page.text
    assert 'Choose which e-mails <b>"A" & Söhne</b> sends' in _text(page)
    assert '<b>"A"' not in page.text


async def test_the_page_works_without_scripts_and_cookies(
    business: Business, preference: EmailPreference
) -> None:
    page = await _get(business, f"/preferences/{preference.token}")
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert "set-cookie" not in page.headers
    for name in SWITCHES:
        assert f'<label for="{name}">' in page.text


async def test_one_click_turns_a_category_off_and_confirms_it(
    business: Business, preference: EmailPreference
) -> None:
    path = f"/preferences/{preference.token}"
    sent = await _post(business, path, "reminderEmails=false", _FORM)
    assert (sent.status_code, sent.content) == (303, b"")
    assert sent.headers["location"] == f"{path}?saved=reminderEmails"
    assert await _switches(preference) == _ALL_ON | {"reminderEmails": False}
    page = await _get(business, sent.headers["location"])
    assert "Saved. Payment reminders are off." in _text(page)
    assert _shown(page) == _ALL_ON | {"reminderEmails": False}
    sent = await _post(business, path, "reminderEmails=true", _FORM)
    assert await _switches(preference) == _ALL_ON
    text = _text(await _get(business, sent.headers["location"]))
    assert "Saved. Payment reminders are on." in text


async def test_one_click_turns_all_categories_off(
    business: Business, preference: EmailPreference
) -> None:
    path = f"/preferences/{preference.token}"
    assert "Turn all off" in (await _get(business, path)).text
    sent = await _post(business, path, urlencode(dict.fromkeys(SWITCHES, "false")), _FORM)
    assert await _switches(preference) == dict.fromkeys(SWITCHES, False)
    page = await _get(business, sent.headers["location"])
    assert "Saved. All e-mails from Acme Ltd are off." in _text(page)
    assert "Turn all off" not in page.text


async def test_the_form_saves_all_switches_and_names_those_that_changed(
    business: Business, preference: EmailPreference
) -> None:
    path = f"/preferences/{preference.token}"
    sent = await _post(business, path, "save=all&documentEmails=true&marketingEmails=true", _FORM)
    assert sent.headers["location"] == f"{path}?saved=reminderEmails"
    assert await _switches(preference) == _ALL_ON | {"reminderEmails": False}
    sent = await _post(business, path, "save=all", _FORM)
    assert await _switches(preference) == dict.fromkeys(SWITCHES, False)


async def test_the_page_shows_what_is_stored_not_what_the_query_claims(
    business: Business, preference: EmailPreference
) -> None:
    page = await _get(business, f"/preferences/{preference.token}?saved=documentEmails&saved=<b>")
    assert "Saved. Invoices and quotes are on." in _text(page)
    assert "&lt;b&gt;" not in page.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/preferences/{}", "/unsubscribe/{}/document"])
async def test_viewing_the_page_changes_nothing(
    business: Business, preference: EmailPreference, method: str, path: str
) -> None:
    looked = await business.http.request(
        method,
        path.format(preference.token),
        params={"documentEmails": "false", "List-Unsubscribe": "One-Click"},
        content=b"documentEmails=false",
        headers=business.stranger.headers | {"content-type": _FORM},
    )
    assert looked.status_code == 200
    assert await _switches(preference) == _ALL_ON
    assert (await EmailPreference.get(id=preference.id)).updated_at == preference.updated_at


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/preferences/{}", "/unsubscribe/{}/document"])
async def test_other_methods_are_refused(
    business: Business, preference: EmailPreference, method: str, path: str
) -> None:
    refused = await business.http.request(
        method, path.format(preference.token), headers=business.stranger.headers
    )
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert await _switches(preference) == _ALL_ON


@pytest.fixture
def swedish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a Swedish translation of one text."""
    file = tmp_path / "sv/LC_MESSAGES/messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Payment reminders"\nmsgstr "Betalningspåminnelser"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(translations, "LOCALE_FOLDER", tmp_path)
    caches = (translations.translations_for, translations.available_languages, templates.templates)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("swedish")
async def test_the_page_is_in_the_last_emails_or_the_companys_language(
    business: Business, preference: EmailPreference
) -> None:
    async def is_swedish() -> bool:
        page = await _get(business, f"/preferences/{preference.token}")
        return "Betalningspåminnelser" in page.text

    assert not await is_swedish()
    await preference_for(business.company_id, preference.address, "sv-FI")
    assert await is_swedish()
    await EmailPreference.filter(id=preference.id).update(language=None)
    assert not await is_swedish()
    await Company.filter(id=business.company_id).update(language="sv")
    assert await is_swedish()


# --- bodies --------------------------------------------------------------------------------------

_OFF: Final = {"documentEmails": False, "marketingEmails": False}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (_FORM, b"documentEmails=false&marketingEmails=false"),
        (f"{_FORM}; charset=UTF-8", b"document%45mails=false&marketingEmails=%66alse"),
        (
            "multipart/form-data; boundary=b",
            _multipart(("documentEmails", "false"), ("marketingEmails", "false")),
        ),
        (
            'Multipart/Form-Data; boundary="b"',
            _multipart(("documentEmails", "false"), ("marketingEmails", "false")),
        ),
    ],
)
async def test_a_form_is_saved_and_redirects_to_the_page(
    business: Business, preference: EmailPreference, content_type: str, body: bytes
) -> None:
    sent = await _post(business, f"/preferences/{preference.token}", body, content_type)
    assert sent.status_code == 303
    assert await _switches(preference) == _ALL_ON | _OFF


@pytest.mark.parametrize("content_type", [_JSON, "Application/JSON; charset=utf-8"])
async def test_json_is_saved_and_gets_a_json_response(
    business: Business, preference: EmailPreference, content_type: str
) -> None:
    path = f"/preferences/{preference.token}"
    sent = await _post(business, path, json.dumps(_OFF), content_type)
    assert (sent.status_code, sent.json()) == (200, _ALL_ON | _OFF)
    assert sent.headers["content-type"] == "application/json"
    assert await _switches(preference) == _ALL_ON | _OFF


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (None, b""),
        (None, b"documentEmails=false"),
        ("text/plain", b"documentEmails=false"),
        ("text/plain", b'{"documentEmails": false}'),
        ("application/json-patch+json", b'{"documentEmails": false}'),
        ("x" * 1000, b"documentEmails=false"),
        (_FORM, b""),
        (_FORM, b'{"documentEmails": false}'),
        (_FORM, b"documentEmails"),
        (_FORM, b"documentEmails="),
        (_FORM, b"documentEmails=False"),
        (_FORM, b"documentEmails=0"),
        (_FORM, b"documentEmails=null"),
        (_FORM, b"documentEmails=false "),
        (_FORM, b"documentEmails=false&documentEmails=false"),
        (_FORM, b"documentEmails=false&documentEmails=true"),
        (_FORM, b"documentEmails=false&x=1"),
        (_FORM, b"documentEmails=false&token=x"),
        (_FORM, b"document_emails=false"),
        (_FORM, b"DOCUMENTEMAILS=false"),
        (_FORM, b"List-Unsubscribe=One-Click"),
        (_FORM, b"\xff\x00=%"),
        (_FORM, b"&".join(b"a%d=1" % n for n in range(1500))),
        ("multipart/form-data", _multipart(("documentEmails", "false"))),
        ("multipart/form-data; boundary=c", _multipart(("documentEmails", "false"))),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"documentEmails=false"),
        ("multipart/form-data; boundary=b", _multipart(*[("documentEmails", "false")] * 2)),
        ("multipart/form-data; boundary=b", _multipart(("documentEmails", "no"))),
        ("multipart/form-data; boundary=b", _multipart(('documentEmails"; filename="x', "false"))),
        ("multipart/form-data; boundary=b; charset=klingon", _multipart(("a", "false"))),
        ("multipart/form-data; boundary=" + "b" * 300, b"--b\r\n\r\n"),
        (_JSON, b""),
        (_JSON, b"null"),
        (_JSON, b"{}"),
        (_JSON, b"[]"),
        (_JSON, b'"documentEmails"'),
        (_JSON, b'[["documentEmails", false]]'),
        (_JSON, b'[{"documentEmails": false}]'),
        (_JSON, b'{"documentEmails": null}'),
        (_JSON, b'{"documentEmails": "false"}'),
        (_JSON, b'{"documentEmails": 0}'),
        (_JSON, b'{"documentEmails": NaN}'),
        (_JSON, b'{"documentEmails": {"documentEmails": false}}'),
        (_JSON, b'{"documentEmails": false, "documentEmails": false}'),
        (_JSON, b'{"documentEmails": false, "x": false}'),
        (_JSON, b'{"documentEmails": false, "reminderEmails": null}'),
        (_JSON, b'{"documentEmails": false'),
        (_JSON, b'{"documentEmails": false} x'),
        (_JSON, b"documentEmails=false"),
        (_JSON, b"\xff\xfe{\x00}\x00"),
        (_JSON, b"[" * 16_000),
        (_JSON, b'{"documentEmails": ' + b"9" * 16_000 + b"}"),
    ],
    ids=lambda value: repr(value)[:60],
)
async def test_a_body_with_anything_but_switches_changes_nothing(
    business: Business, preference: EmailPreference, content_type: str | None, body: bytes
) -> None:
    sent = await _post(business, f"/preferences/{preference.token}", body, content_type)
    assert sent.status_code == 400
    assert await _switches(preference) == _ALL_ON
    assert (await EmailPreference.get(id=preference.id)).updated_at == preference.updated_at


@pytest.mark.parametrize("content_type", [_FORM, _JSON, "multipart/form-data; boundary=b"])
@pytest.mark.parametrize("size", [16 * 1024 + 1, 1024 * 1024])
async def test_a_body_that_is_too_large_is_refused(
    business: Business, preference: EmailPreference, content_type: str, size: int
) -> None:
    valid = {
        _FORM: b"documentEmails=false&",
        _JSON: b'{"documentEmails": false}',
        "multipart/form-data; boundary=b": _multipart(("documentEmails", "false")),
    }[content_type]
    sent = await _post(
        business, f"/preferences/{preference.token}", valid.ljust(size), content_type
    )
    assert sent.status_code == 413
    assert await _switches(preference) == _ALL_ON


async def test_an_interrupted_body_changes_nothing_and_is_not_an_error(
    business: Business, preference: EmailPreference
) -> None:
    def refused() -> float:
        labels = {"route": "preferences", "status": "400"}
        return REGISTRY.get_sample_value("invotify_requests_total", labels) or 0

    before, portal = refused(), urlsplit(str(business.http.base_url))
    _, writer = await asyncio.open_connection(portal.hostname, portal.port)
    head = f"POST /preferences/{preference.token} HTTP/1.1\r\nHost: x\r\nContent-Type: {_FORM}\r\n"
    writer.write(f"{head}Content-Length: 100\r\n\r\ndocumentEmails=false".encode())
    await writer.drain()
    writer.close()

    async def is_refused() -> bool:
        return refused() == before + 1

    await eventually(is_refused)
    assert await _switches(preference) == _ALL_ON


_names = st.sampled_from(list(SWITCHES))
_spelled = st.sampled_from(["true", "false"])
_pairs = st.lists(
    st.tuples(_names | st.sampled_from(["x", ""]), _spelled | st.sampled_from(["", "False", "1"])),
    max_size=4,
)


def _is_valid(pairs: list[tuple[str, str]]) -> bool:
    names = [name for name, _ in pairs]
    return (
        bool(pairs)
        and len(names) == len(set(names))
        and set(names) <= set(SWITCHES)
        and all(value in {"true", "false"} for _, value in pairs)
    )


@_examples
@given(_pairs, st.sampled_from(["form", "multipart", "json"]))
async def test_only_exact_switches_are_saved(
    business: Business, pairs: list[tuple[str, str]], kind: str
) -> None:
    preference = await business.make_preference(f"{uuid4()}@example.com")
    members = ", ".join(
        f"{json.dumps(name)}: {value if value in {'true', 'false'} else json.dumps(value)}"
        for name, value in pairs
    )
    content_type, body = {
        "form": (_FORM, urlencode(pairs).encode()),
        "multipart": ("multipart/form-data; boundary=b", _multipart(*pairs)),
        "json": (_JSON, f"{{{members}}}".encode()),
    }[kind]
    sent = await _post(business, f"/preferences/{preference.token}", body, content_type)
    expected = dict(_ALL_ON)
    if _is_valid(pairs):
        expected |= {name: value == "true" for name, value in pairs}
        assert sent.status_code == (200 if kind == "json" else 303)
    else:
        assert sent.status_code == 400
    assert await _switches(preference) == expected


_pieces = st.sampled_from(
    [
        *(b"documentEmails", b"marketingEmails", b"false", b"true", b"=", b"&", b";", b"%", b"+"),
        *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\", b"null", b"\x00", b"\xff", b" ", b"-"),
        *(b"--b\r\n", b"--b--", b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"Content-Type: text/plain"),
        b'Content-Disposition: form-data; name="documentEmails"',
        b'Content-Disposition: form-data; name="x"; filename="y"',
        b"Content-Disposition: form-data; name*=utf-8''%ff",
    ]
)
_content_types = st.sampled_from(
    [
        *(_FORM, _JSON, "multipart/form-data; boundary=b", "multipart/form-data", "", "/", ";"),
        *("multipart/form-data; boundary=", 'multipart/form-data; boundary="', "multipart/mixed"),
        *("multipart/form-data; boundary=b; charset=utf-16", f"{_JSON}, {_FORM}"),
    ]
)


@_examples
@given(_content_types, st.lists(_pieces, max_size=25).map(b"".join) | st.binary(max_size=200))
async def test_no_body_causes_an_unexpected_error(
    business: Business, content_type: str, body: bytes
) -> None:
    preference = await business.make_preference(f"{uuid4()}@example.com")
    sent = await _post(business, f"/preferences/{preference.token}", body, content_type)
    assert sent.status_code in {200, 303, 400}
    if sent.status_code == 400:
        assert await _switches(preference) == _ALL_ON


# --- one click -----------------------------------------------------------------------------------

_ONE_CLICK: Final[list[tuple[str | None, bytes]]] = [
    (_FORM, b"List-Unsubscribe=One-Click"),
    (f"{_FORM}; charset=utf-8", b"List-Unsubscribe=One-Click&x="),
    ("multipart/form-data; boundary=b", _multipart(("List-Unsubscribe", "One-Click"))),
]
_NOT_ONE_CLICK: Final[list[tuple[str | None, bytes, int]]] = [
    (None, b"", 400),
    (None, b"List-Unsubscribe=One-Click", 400),
    (_FORM, b"", 400),
    (_FORM, b"List-Unsubscribe=one-click", 400),
    ("multipart/form-data", b"no boundary", 400),
    (_JSON, b'{"List-Unsubscribe": "One-Click"}', 400),
    (_FORM, b"documentEmails=false", 400),
    (_FORM, b"x" * 1024 * 1024, 413),
]


@pytest.mark.parametrize("category", _CATEGORIES)
@pytest.mark.parametrize(("content_type", "body"), _ONE_CLICK, ids=lambda value: repr(value)[:40])
async def test_unsubscribing_turns_only_its_category_off(
    business: Business,
    preference: EmailPreference,
    category: str,
    content_type: str | None,
    body: bytes,
) -> None:
    path = f"/unsubscribe/{preference.token}/{category}"
    for _ in range(2):
        sent = await _post(business, path, body, content_type)
        assert (sent.status_code, sent.text) == (200, "Unsubscribed.\n")
        assert sent.headers["content-type"] == "text/plain; charset=utf-8"
        assert not {"location", "set-cookie"} & set(sent.headers)
        assert await _switches(preference) == _ALL_ON | {_CATEGORIES[category]: False}


@pytest.mark.parametrize(
    ("content_type", "body", "status"), _NOT_ONE_CLICK, ids=lambda value: repr(value)[:40]
)
async def test_only_a_genuine_request_unsubscribes(
    business: Business,
    preference: EmailPreference,
    content_type: str | None,
    body: bytes,
    status: int,
) -> None:
    path = f"/unsubscribe/{preference.token}/document"
    sent = await _post(business, path, body, content_type)
    assert sent.status_code == status
    assert await _switches(preference) == _ALL_ON


async def test_it_is_recorded_when_and_how_e_mails_were_turned_off(
    business: Business, preference: EmailPreference
) -> None:
    await _post(business, f"/preferences/{preference.token}", "reminderEmails=false", _FORM)
    await _post(business, f"/unsubscribe/{preference.token}/document", *_ONE_CLICK[0][::-1])
    first = await EmailPreference.get(id=preference.id)
    assert (first.reminder_off_by, first.document_off_by) == ("LINK", "ONE_CLICK")
    assert first.marketing_off_at is None
    await _post(business, f"/unsubscribe/{preference.token}/reminder", *_ONE_CLICK[0][::-1])
    await _post(business, f"/preferences/{preference.token}", "documentEmails=true", _FORM)
    second = await EmailPreference.get(id=preference.id)
    assert (second.reminder_off_at, second.reminder_off_by) == (first.reminder_off_at, "LINK")
    assert second.document_off_at is None


async def test_concurrent_unsubscribing_turns_all_categories_off(
    business: Business, preference: EmailPreference
) -> None:
    paths = [f"/unsubscribe/{preference.token}/{category}" for category in _CATEGORIES] * 3
    genuine = _ONE_CLICK[0][::-1]
    sent = await asyncio.gather(*(_post(business, path, *genuine) for path in paths))
    assert {answer.status_code for answer in sent} == {200}
    assert await _switches(preference) == dict.fromkeys(SWITCHES, False)


@pytest.mark.parametrize("category", ["all", "Document", "DOCUMENT", "documents", "documentEmails"])
async def test_an_unknown_category_is_not_found(
    business: Business, preference: EmailPreference, category: str
) -> None:
    path = f"/unsubscribe/{preference.token}/{category}"
    answers = [await _post(business, path), await _get(business, path)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert await _switches(preference) == _ALL_ON


# --- tokens and limits ---------------------------------------------------------------------------


async def _request_all(client: Caller, token: object) -> list[httpx.Response]:
    """Return the responses of all HTTP endpoints."""
    pages = [f"/preferences/{token}", f"/unsubscribe/{token}/document"]
    pages_shown = [await client.http.get(path, headers=client.headers) for path in pages]
    forms = [{"documentEmails": "false"}, {"List-Unsubscribe": "One-Click"}]
    sent = [
        await client.http.post(path, data=form, headers=client.headers)
        for path, form in zip(pages, forms, strict=True)
    ]
    return pages_shown + sent


@pytest.mark.parametrize("token", ["x", "3f2b8c1e", "3f2b8c1e-9d4a-4f6b-8a7c-1e2d3c4b5a6g"])
async def test_a_malformed_token_is_refused_without_a_query(business: Business, token: str) -> None:
    with statements() as queries:
        answers = await _request_all(business.stranger, token)
    assert [answer.status_code for answer in answers] == [404] * 4
    assert queries == []


async def test_over_the_rate_limit_requests_are_refused_without_a_query(
    business: Business, preference: EmailPreference
) -> None:
    client = business.stranger
    for _ in range(7):
        assert {a.status_code for a in await _request_all(client, preference.token)} == {200, 303}
    await update(preference, {"documentEmails": True})
    query = "query($token: String!) { preferences(token: $token) { email } }"
    for _ in range(2):
        await client.gql(query, token=str(preference.token))
    with statements() as queries:
        answers = await _request_all(client, preference.token)
        answers += await _request_all(client, uuid4())
    assert {answer.status_code for answer in answers} == {429}
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in answers)
    assert queries == []
    assert await _switches(preference) == _ALL_ON
    assert (await _get(business, f"/preferences/{preference.token}")).status_code == 200


async def test_a_refused_body_counts_towards_the_rate_limit(
    business: Business, preference: EmailPreference
) -> None:
    client = business.stranger
    path = f"/preferences/{preference.token}"
    answers = [await client.http.post(path, headers=client.headers) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [400] * 30 + [429]
