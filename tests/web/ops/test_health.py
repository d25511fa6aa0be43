"""What operators and load balancers see of the portal."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app import create_app
from settings import Settings
from tests.support.outages import read_only_database

_TOKEN = "0123456789abcdef" * 4
_PRODUCTION = {"environment": "production", "secret_key": _TOKEN}


async def _metrics(
    authorization: str | None,
    *,
    peer: str = "192.0.2.7",
    forwarded_for: str | None = None,
    **settings: Any,
) -> httpx.Response:
    app: Any = create_app(Settings(**settings))
    portal = app
    while not isinstance(portal, Starlette):  # below its middleware
        portal = portal._app
    hub = SimpleNamespace(follower_count=0)
    portal.state.services = SimpleNamespace(
        settings=Settings(**settings), view_hub=hub, invoice_event_hub=hub
    )
    transport = httpx.ASGITransport(app, client=(peer, 40_000))
    async with httpx.AsyncClient(base_url="http://portal.example", transport=transport) as client:
        given = {"authorization": authorization, "x-forwarded-for": forwarded_for}
        headers = {name: value for name, value in given.items() if value is not None}
        return await client.get("/metrics", headers=headers)


@pytest.mark.parametrize("settings", [{}, _PRODUCTION], ids=["development", "production"])
async def test_metrics_are_for_who_has_the_token(settings: dict[str, Any]) -> None:
    settings = settings | {"metrics_token": _TOKEN}
    read = await _metrics(f"Bearer {_TOKEN}", **settings)
    assert (read.status_code, "invotify_followers 0.0" in read.text) == (200, True)
    for wrong in (None, "", _TOKEN, f"Bearer {_TOKEN[:-1]}", f"Bearer {_TOKEN} "):
        refused = await _metrics(wrong, **settings)
        assert (refused.status_code, "invotify_followers" in refused.text) == (401, False)


async def test_without_a_token_production_shows_metrics_on_the_same_machine_only() -> None:
    assert (await _metrics(None)).status_code == 200
    assert (await _metrics(f"Bearer {_TOKEN}", **_PRODUCTION)).status_code == 404
    assert (await _metrics(None, peer="127.0.0.1", **_PRODUCTION)).status_code == 200
    by_proxy = await _metrics(None, peer="127.0.0.1", forwarded_for="192.0.2.7", **_PRODUCTION)
    assert by_proxy.status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")
async def test_a_portal_without_redis_does_not_mention_it(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_a_portal_that_can_be_read_is_ready(http: httpx.AsyncClient) -> None:
    async with read_only_database():
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})
