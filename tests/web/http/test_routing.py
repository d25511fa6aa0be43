"""A path finds the same route among those that begin like it as among all."""

from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

from web.http.routing import RouterBySegment


def _route(path: str, *methods: str) -> Route:
    async def endpoint(_: Any) -> PlainTextResponse:
        return PlainTextResponse(path)

    return Route(path, endpoint, methods=methods or None)


_ROUTER = Router(
    [
        _route("/a/{x}.pdf"),
        _route("/{anything}/last"),
        _route("/a/{x}"),
        _route("/a/{x}", "POST"),
        _route("/b"),
        Mount("/c/{version}", routes=[_route("/inner")]),
        _route("/"),
    ],
    redirect_slashes=False,
)


@pytest.mark.parametrize(
    "path",
    ["/a/1.pdf", "/a/last", "/a/1", "/a", "/a/", "/b", "/b/", "/b/1", "/c/1/inner", "/d/last", "/"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_path_finds_the_same_route_as_among_all(path: str, method: str) -> None:
    outcomes = []
    for app in (_ROUTER, RouterBySegment(_ROUTER)):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal") as http:
            response = await http.request(method, path)
        outcomes.append((response.status_code, response.headers.get("allow"), response.text))
    assert outcomes[0] == outcomes[1]
