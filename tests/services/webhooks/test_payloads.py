"""What payloads contain: docs/webhooks.md has a real example of each."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import httpx
import pytest

from db.transactions import transactional
from models import DeliveryState, Invoice, InvoiceChange, Webhook, WebhookEvent
from services.email import delivery_queue
from services.email.delivery_queue import Lease
from services.ledger.invoice_events import record_event
from services.webhooks.delivery_worker import TEST_TYPE
from tests.support.clients import Business
from tests.support.webhook_receiver import delivered, make_webhook, receiving

_DOCS: Final = Path(__file__).parents[3] / "docs" / "webhooks.md"
_VARYING: Final = (
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "ID"),
    (r"\b20\d\d-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\b20\d\d-\d\d-\d\d\b", "DATE"),
    (r"\b(?:198|203)\.\d+\.\d+\.\d+\b", "ADDRESS"),
    (r"https?://[^/\"]+", "https://HOST"),
    (r'"id": "\d+"', '"id": "NUMBER"'),
)

_ASK: Final = "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }"
_READ: Final = "mutation($input: ReportReadInput!) { reportRead(input: $input) { recorded } }"
_ANSWER: Final = """mutation($input: AnswerQuoteInput!) { answerQuote(input: $input) {
    quote { status } } }"""

on_postgres = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


def _normal(payload: dict[str, Any]) -> str:
    """Return the payload as text, without what differs each time."""
    text = json.dumps(payload, indent=1)
    for pattern, name in _VARYING:
        text = re.sub(pattern, name, text)
    return text


def _documented() -> Iterator[dict[str, Any]]:
    for block in re.findall(r"```json\n(.*?)```", _DOCS.read_text(), re.DOTALL):
        payload = json.loads(block)
        if "apiVersion" in payload:
            yield payload


@transactional
async def _report(invoice_id: str, change: InvoiceChange, pending: int = 0) -> None:
    """Do what a report of Stripe's does."""
    await Invoice.filter(id=invoice_id).update(amount_pending=pending)
    await record_event(await Invoice.get(id=invoice_id), change, 4000)


async def _steps(business: Business, webhook_id: str) -> AsyncIterator[None]:
    """Let each event happen, one after the other."""
    due = datetime.now(UTC).date() + timedelta(days=14)
    details = {"customerId": await business.make_customer(), "dueDate": due.isoformat()}
    cancelled = await business.make_invoice(**details)
    yield
    token = await business.share(cancelled)
    yield
    reader = business.stranger
    await reader.record_view(token, source="EMAIL")
    yield
    await reader.gql(_READ, input={"token": token})
    yield
    await business.revoke(cancelled)
    yield
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled)
    yield
    paid = await business.make_invoice(**details)
    for change in ("PAYMENT_PENDING", "PAYMENT_FAILED", "REFUNDED", "DISPUTED"):
        pending = 4000 if change == "PAYMENT_PENDING" else 0
        await _report(paid, InvoiceChange(change), pending)
        yield
    await business.pay(paid, "100.00")
    del details["dueDate"]
    asked = {"name": "Ada King", "email": "ada.king@example.com", "text": "From January?"}
    for accept, note in ((True, "From January, please."), (False, None)):
        token = await business.share_quote(await business.make_quote(**details))
        await business.gql(_ASK, input={"token": token, **asked})
        answer = {"token": token, "accept": accept, "name": "Ada King", "note": note}
        await business.gql(_ANSWER, input=answer)
    yield
    await _fail_an_email(business, paid)
    await business.mutate("testWebhook", "WebhookRef", "{ webhook { id } }", webhookId=webhook_id)
    yield


async def payloads_of_all_events(business: Business) -> dict[str, dict[str, Any]]:
    """Let each event happen, and return the first payload of each type."""
    async with receiving() as receiver:
        webhook_id, _ = await make_webhook(business, receiver.url, *WebhookEvent)
        async for _ in _steps(business, webhook_id):
            await delivered(business, webhook_id)
    payloads: dict[str, dict[str, Any]] = {}
    for received in receiver.received:
        payloads.setdefault(received.payload["type"], received.payload)
    return payloads


async def _fail_an_email(business: Business, invoice_id: str) -> None:
    payload = await business.mutate(
        "sendInvoice", "SendInvoiceInput", "{ delivery { id attempts } }", invoiceId=invoice_id
    )
    lease = Lease(payload["delivery"]["id"], payload["delivery"]["attempts"])
    await delivery_queue.finish(lease, DeliveryState.FAILED, "550 5.1.1 No such user")


def _block(language: str) -> str:
    [block] = re.findall(rf"```{language}\n(.*?)```", _DOCS.read_text(), re.DOTALL)
    assert isinstance(block, str)
    return block


@contextmanager
def _serving(secret: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run the documented receiver, and yield its URL."""
    monkeypatch.setenv("WEBHOOK_SECRET", secret)
    names: dict[str, Any] = {"__name__": "receiver"}
    exec(_block("python"), names)  # the docs are ours
    with HTTPServer(("127.0.0.1", 0), names["Receiver"]) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@on_postgres
async def test_the_documented_receiver_accepts_what_is_signed_and_nothing_else(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id, secret = await make_webhook(business, "http://127.0.0.1:9/", "INVOICE_ISSUED")
    with _serving(secret, monkeypatch) as url:
        await Webhook.filter(id=webhook_id).update(url=url)
        await business.make_invoice()
        [delivery] = await delivered(business, webhook_id)
        async with httpx.AsyncClient() as client:
            forged = await client.post(
                url, content=delivery["payload"], headers={"webhook-id": "1"}
            )
    assert (delivery["state"], delivery["responseStatus"]) == ("DELIVERED", 204)
    assert forged.status_code == 400


@on_postgres
async def test_each_event_has_the_payload_that_the_docs_show(business: Business) -> None:
    made = await payloads_of_all_events(business)
    wanted = {event.type for event in WebhookEvent} | {TEST_TYPE}
    assert set(made) == wanted
    documented = {payload["type"]: payload for payload in _documented()}
    assert set(documented) == wanted
    for type_ in wanted:
        assert _normal(documented[type_]) == _normal(made[type_])
    shared = made.pop("link.shared")
    assert shared["data"]["invoice"]["shareUrl"].startswith("http")
    assert "shareUrl" not in str(made), "Links are secret."
