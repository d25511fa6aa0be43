"""A trace leads from the edge over GraphQL and SQL to the e-mail and the webhook."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.telemetry import tracing
from db.traced_statements import statements_traced
from tests.support.clients import Business, eventually
from tests.support.webhook_receiver import make_webhook, receiving

sdk = pytest.importorskip("opentelemetry.sdk.trace")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
export = pytest.importorskip("opentelemetry.sdk.trace.export")

_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_PARENT = f"00-{_TRACE}-00f067aa0ba902b7-01"


class _Spans:
    """The spans that have ended."""

    def __init__(self, exporter: Any) -> None:
        self._exporter = exporter

    def of_trace(self) -> dict[str, Any]:
        """Return the spans of the trace by their names."""
        return {
            span.name: span
            for span in self._exporter.get_finished_spans()
            if f"{span.context.trace_id:032x}" == _TRACE
        }


@pytest.fixture
def spans() -> Iterator[_Spans]:
    """Record what this process does, and yield its spans."""
    from core.telemetry.opentelemetry import OpenTelemetry  # noqa: PLC0415  # it is optional

    exporter = memory.InMemorySpanExporter()
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    with tracing.recorded_by(OpenTelemetry(provider)), statements_traced():
        yield _Spans(exporter)
    provider.shutdown()


async def _send(business: Business, invoice_id: str) -> None:
    """Send an invoice by e-mail, as a part of the trace."""
    query = "mutation Send($id: ID!) { sendInvoice(input: {invoiceId: $id}) { status } }"
    headers = business.headers | {"traceparent": _PARENT}
    body = {"query": query, "variables": {"id": invoice_id}}
    answer = await business.http.post("/graphql", json=body, headers=headers)
    assert answer.json()["data"]["sendInvoice"]["status"] == "SENT"


async def test_a_trace_leads_to_the_e_mail_and_the_webhook(
    business: Business, spans: _Spans
) -> None:
    async with receiving() as receiver:
        await make_webhook(business, receiver.url, "LINK_SHARED")
        await _send(business, await business.make_invoice())
        await receiver.until(1)

        async def is_complete() -> bool:
            return {"send e-mail", "deliver to webhook"} <= set(spans.of_trace())

        await eventually(is_complete)
    found = spans.of_trace()
    request = found["POST /graphql"]
    assert request.parent.span_id == int(_PARENT.split("-")[2], 16)
    assert request.attributes["graphql.operation.name"] == "Send"
    assert request.attributes["http.response.status_code"] == 200
    graphql = found["execute GraphQL"]
    assert graphql.parent.span_id == request.context.span_id
    assert found["INSERT"].attributes["db.system.name"] == "postgresql"
    [received] = receiver.received
    webhook = found["deliver to webhook"].context.span_id
    assert received.headers["traceparent"].startswith(f"00-{_TRACE}-{webhook:016x}-")


async def test_spans_contain_neither_values_nor_addresses(
    business: Business, spans: _Spans
) -> None:
    customer_id = await business.make_customer(email="secret@example.com")
    await _send(business, await business.make_invoice(customerId=customer_id))
    texts = [span.to_json() for span in spans.of_trace().values()]
    assert len(texts) > 3
    assert "secret@example.com" not in "".join(texts)
    assert (business.secret or "") not in "".join(texts)


@pytest.mark.parametrize(
    ("name", "recorded"),
    [("A" * 5000, "A" * 100), ("inv_key_" + "Zx9yWv8uTs7rQp6o", "inv_key_Zx9y…")],
)
async def test_the_name_of_an_operation_is_cut_and_shows_no_secret(
    business: Business, spans: _Spans, name: str, recorded: str
) -> None:
    body = {"query": f"query {name} {{ me {{ name }} }}"}
    await business.http.post("/graphql", json=body, headers={"traceparent": _PARENT})
    attributes = spans.of_trace()["POST /graphql"].attributes
    assert attributes["graphql.operation.name"] == recorded


async def test_without_traces_nothing_is_recorded_or_sent(business: Business) -> None:
    async with receiving() as receiver:
        await make_webhook(business, receiver.url, "LINK_SHARED")
        await _send(business, await business.make_invoice())
        await receiver.until(1)
    assert "traceparent" not in receiver.received[0].headers
    assert tracing.traceparent() is None


@pytest.mark.parametrize(
    ("environment", "is_wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, False),
    ],
)
def test_the_standard_variables_turn_traces_on(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], *, is_wanted: bool
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert tracing.is_wanted() is is_wanted
