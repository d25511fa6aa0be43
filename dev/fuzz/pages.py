"""Generated HTTP: every path with odd parameters, headers and forms, and bytes that are no HTTP."""

import re
import socket
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote, urlsplit

from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import BaseRoute

from app import create_app
from dev.fuzz.graphql import TEXT, options
from dev.fuzz.target import COOKIE, Target
from settings import Settings

_PARAMETER: Final = re.compile(r"\{(\w+)(?::path)?\}")
_FIELD: Final = re.compile(r'name="([a-z][\w.-]*)"')
_FORM_TOKEN: Final = re.compile(r'name="form_token" value="([^"]*)"')
_METHODS: Final = [*["GET", "POST"] * 4, "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"]
_SIGN_OUT: Final = "sign-out"
_PAGES: Final = [
    "/dashboard/invoices",
    "/dashboard/invoices/new",
    "/dashboard/customers",
    "/dashboard/customers/new",
    "/dashboard/quotes/new",
    "/dashboard/settings/company",
    "/dashboard/sign-in",
]
_HEADERS: Final = {
    "accept": ["text/html", "application/json", "*/*;q=0", "x" * 2000],
    "accept-language": ["de", "ar,*;q=0.1", "zz-ZZ-x", "," * 500],
    "content-type": [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "text/plain",
        "\xff",
    ],
    "if-none-match": ["*", '"x"', '"' + "x" * 3000],
    "origin": ["null", "https://evil.example"],
    "range": ["bytes=0-0", "bytes=-1,5-", "x"],
    "x-forwarded-for": ["1.2.3.4", "::1, zzz", "1.2.3.4" * 500, "[::1]:80"],
    "x-request-id": ["a" * 300, "\xe4"],
    "cookie": [f"{COOKIE}=x", f"{COOKIE}=", "=;;=", "a=" + "b" * 5000],
}


def paths() -> list[str]:
    """Return the paths of all routes, with their parameters in braces."""
    portal: Any = create_app(Settings())
    while not hasattr(portal, "routes"):
        portal = getattr(portal, "app", None) or portal._app
    return sorted(set(_paths(portal.routes)))


def _paths(routes: list[BaseRoute]) -> Iterator[str]:
    for route in routes:
        path = getattr(route, "path", "")
        if path and _SIGN_OUT not in path and not path.startswith("/graphql"):
            yield path


def fuzz_pages(target: Target, examples: int, random_seed: int) -> None:
    """Send `examples` requests to all paths, also as the signed-in user. Raises Faulty."""
    with target.client() as http:
        cookie = {"cookie": f"{COOKIE}={target.session}"}
        pages = [http.get(path, headers=cookie).text for path in _PAGES]
    fields = sorted({name for page in pages for name in _FIELD.findall(page)} - {"form_token"})
    tokens = [match[1] for page in pages if (match := _FORM_TOKEN.search(page))]
    values = st.one_of(st.sampled_from([*target.ids, *target.tokens]), TEXT)
    headers = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(of) for name, of in _HEADERS.items()}
    )
    form = st.dictionaries(st.sampled_from(fields), TEXT, max_size=12)
    with target.client() as http:

        @options(examples, random_seed)
        @given(
            method=st.sampled_from(_METHODS),
            template=st.sampled_from(paths()),
            parts=st.lists(values, min_size=3, max_size=3),
            query=st.dictionaries(st.sampled_from([*fields, "after", "status", "q"]), values),
            headers=headers,
            body=st.one_of(form, st.binary(max_size=200), st.none()),
            is_staff=st.booleans(),
        )
        def send(
            method: str,
            template: str,
            parts: list[str],
            query: dict[str, str],
            headers: dict[str, str],
            body: Any,
            *,
            is_staff: bool,
        ) -> None:
            path = _fill(template, parts)
            if is_staff:
                headers = {**headers, **cookie, "sec-fetch-site": "same-origin"}
            sent = {name: value.encode("latin-1") for name, value in headers.items()}
            if isinstance(body, dict):
                sent.pop("content-type", None)
                body = {"data": {"form_token": tokens[0], **body}}
            else:
                body = {"content": body}
            target.send(http, method, path, params=_short(query), headers=sent, **body)

        send()


def _fill(template: str, parts: list[str]) -> str:
    rest = iter(parts)
    return _PARAMETER.sub(lambda _: quote(next(rest)[:500], safe="/"), template)


def _short(query: dict[str, str]) -> dict[str, str]:
    return {name: value[:500] for name, value in query.items()}


def fuzz_bytes(target: Target, examples: int, random_seed: int) -> None:
    """Send `examples` things that are HTTP in part only. Raises Faulty if the portal stalls."""
    lines = st.sampled_from(
        [
            *(b"GET / HTTP/1.1", b"POST /graphql HTTP/1.1", b"GET / HTTP/9.9", b"\x16\x03\x01"),
            *(b"Host: x", b"Host:", b"Content-Length: -1", b"Content-Length: 5"),
            *(b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked", b"ffffffff"),
            *(b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: x", b" folded"),
            *(b"Expect: 100-continue", b"", b"0", b"A" * 70_000, b"\0"),
        ]
    )
    port = urlsplit(target.url).port or 80
    with target.client() as http:

        @options(examples, random_seed)
        @given(sent=st.lists(lines | st.binary(max_size=50), max_size=12).map(b"\r\n".join))
        def send(sent: bytes) -> None:
            _exchange(port, sent)
            target.send(http, "GET", "/healthz")

        send()


def _exchange(port: int, sent: bytes) -> None:
    """Send bytes, and don't wait for more than the first answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.2) as connection:
        try:
            connection.sendall(sent + b"\r\n\r\n")
            connection.recv(4096)
        except OSError:
            return
