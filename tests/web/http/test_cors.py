"""Which responses may be read by pages of other origins."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Receive, Scope, Send

from web.http.cors import CorsMiddleware
from web.http.middleware import HEADERS, RequestContextMiddleware

_FRONT: Final = b"https://front.example"
_OF_ALL_RESPONSES: Final = {b"x-request-id", *(name.encode() for name in HEADERS)}
_LENGTH: Final = (b"content-length", b"0")


@pytest.mark.parametrize("origin", [None, _FRONT, b"https://evil.example"])
@pytest.mark.parametrize(
    "headers", [[], [(b"vary", b"Accept")], [(b"vary", b"Accept"), _LENGTH, (b"vary", b"Cookie")]]
)
async def test_responses_have_the_headers_that_starlette_gives_them(
    origin: bytes | None, headers: Sequence[tuple[bytes, bytes]]
) -> None:
    """The order of headers with different names means nothing."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        await send({"type": "http.response.body"})

    async def receive() -> Message:
        return {"type": "http.request"}

    rules: dict[str, Any] = {"allow_origins": [_FRONT.decode()], "expose_headers": ["etag"]}
    request = [] if origin is None else [(b"origin", origin)]
    scope = {"type": "http", "method": "GET", "path": "/graphql", "headers": request}
    starts: list[Message] = []
    for cors in (
        CORSMiddleware(app, **rules),
        RequestContextMiddleware(CorsMiddleware(app, **rules)),
    ):
        sent: list[Message] = []

        async def send(message: Message, sent: list[Message] = sent) -> None:
            sent.append(message)

        await cors(dict(scope), receive, send)
        starts.append(sent[0])
    ours = [header for header in starts[1]["headers"] if header[0] not in _OF_ALL_RESPONSES]
    assert sorted(ours) == sorted(starts[0]["headers"])
