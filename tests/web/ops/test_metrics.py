"""What Prometheus sees of the portal."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from app import create_app
from core.telemetry.metrics import REGISTRY
from settings import Settings
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.subscribers import BEGINNING, VIEWED, events_of, websocket
from tests.support.webhook_receiver import make_webhook, receiving

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
    portal.state.services = SimpleNamespace(settings=Settings(**settings))
    transport = httpx.ASGITransport(app, client=(peer, 40_000))
    async with httpx.AsyncClient(base_url="http://portal.example", transport=transport) as client:
        given = {"authorization": authorization, "x-forwarded-for": forwarded_for}
        headers = {name: value for name, value in given.items() if value is not None}
        return await client.get("/metrics", headers=headers)


@pytest.mark.usefixtures("portal_url")  # which opens the database
@pytest.mark.parametrize("settings", [{}, _PRODUCTION], ids=["development", "production"])
async def test_metrics_are_for_who_has_the_token(settings: dict[str, Any]) -> None:
    settings = settings | {"metrics_token": _TOKEN}
    read = await _metrics(f"Bearer {_TOKEN}", **settings)
    assert (read.status_code, "invotify_followers " in read.text) == (200, True)
    for wrong in (None, "", _TOKEN, f"Bearer {_TOKEN[:-1]}", f"Bearer {_TOKEN} "):
        refused = await _metrics(wrong, **settings)
        assert (refused.status_code, "invotify_followers" in refused.text) == (401, False)


@pytest.mark.usefixtures("portal_url")
async def test_without_a_token_production_shows_metrics_on_the_same_machine_only() -> None:
    assert (await _metrics(None)).status_code == 200
    assert (await _metrics(f"Bearer {_TOKEN}", **_PRODUCTION)).status_code == 404
    assert (await _metrics(None, peer="127.0.0.1", **_PRODUCTION)).status_code == 200
    by_proxy = await _metrics(None, peer="127.0.0.1", forwarded_for="192.0.2.7", **_PRODUCTION)
    assert by_proxy.status_code == 404


def _value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


class _Growth:
    """How much metrics grow from here on."""

    def __init__(self, *metrics: tuple[str, dict[str, str]]) -> None:
        self._metrics = metrics
        self._before = [_value(name, **labels) for name, labels in metrics]

    @property
    def values(self) -> list[float]:
        """The growth of each."""
        now = [_value(name, **labels) for name, labels in self._metrics]
        return [after - before for after, before in zip(now, self._before, strict=True)]


async def test_a_stream_counts_as_answered_when_it_begins(business: Business) -> None:
    route = {"route": "graphql"}
    growth = _Growth(
        ("invotify_request_seconds_count", route),
        ("invotify_requests_total", route | {"status": "200"}),
        ("invotify_streams_total", {"protocol": "sse"}),
        ("invotify_streams_open", {"protocol": "sse"}),
        ("invotify_followers", {}),
    )
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    token = await business.share(await business.make_invoice())
    requests = growth.values[0]
    async with business.http.stream("POST", "/graphql", json=body, headers=headers) as stream:
        await business.stranger.record_view(token)
        events = events_of(stream)
        await anext(events)
        assert growth.values == [requests + 2, requests + 2, 1, 1, 1]

    async def is_closed() -> bool:
        return growth.values[2:] == [1, 0, 0]

    await eventually(is_closed)
    assert growth.values[0] == requests + 2


async def test_websockets_are_requests_and_streams(business: Business, portal_url: str) -> None:
    labels = {"route": "graphql", "status": "101"}
    websockets = {"protocol": "websocket"}
    growth = _Growth(
        ("invotify_requests_total", labels),
        ("invotify_streams_total", websockets),
        ("invotify_streams_open", websockets),
    )
    async with websocket(portal_url, business.secret or ""):
        assert growth.values == [1, 1, 1]

    async def is_closed() -> bool:
        return growth.values == [1, 1, 0]

    await eventually(is_closed)


async def test_opens_and_refusals_are_counted(business: Business) -> None:
    growth = _Growth(
        ("invotify_views_total", {"outcome": "recorded"}),
        ("invotify_rate_limited_total", {"limit": "views"}),
    )
    token = await business.share(await business.make_invoice())
    visitor = business.stranger
    for _ in range(12):  # two more than an address may in a minute
        await visitor.record_view(token)
    assert growth.values == [10, 2]


async def test_what_is_sent_is_counted_by_its_result(business: Business, mailbox: Mailbox) -> None:
    growth = _Growth(
        ("invotify_emails_total", {"status": "sent"}),
        ("invotify_smtp_seconds_count", {"result": "ok"}),
        ("invotify_webhook_seconds_count", {"result": "delivered"}),
    )
    async with receiving() as receiver:
        await make_webhook(business, receiver.url, "INVOICE_ISSUED")
        email = "counted@example.com"
        customer_id = await business.make_customer(email=email)
        invoice_id = await business.make_invoice(customerId=customer_id)
        await business.mutate("sendInvoice", "SendInvoiceInput", "{ status }", invoiceId=invoice_id)
        await receiver.until(1)

        async def is_counted() -> bool:
            return all(value >= 1 for value in growth.values)

        await eventually(is_counted)
    assert mailbox.only(email)


async def test_queues_and_servers_are_read_from_the_database(http: httpx.AsyncClient) -> None:
    text = (await http.get("/metrics")).text
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert {labels[0] for name, *labels in samples if name == "invotify_queue_length"} == {
        "email",
        "announcement",
        "webhook",
        "checkout",
        "refund",
    }
    assert samples["invotify_database_up",] == samples["invotify_redis_up",] == 1
    assert samples["invotify_database_connections_max",] == 10
    assert samples["process_resident_memory_bytes", "0"] > 0
    [version] = [labels for name, *labels in samples if name == "invotify_info"]
    [schema] = [labels for name, *labels in samples if name == "invotify_schema_info"]
    assert "0.2.0" in version
    assert schema[0][:4].isdecimal()
