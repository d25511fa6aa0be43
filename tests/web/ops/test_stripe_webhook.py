"""The webhook accepts only what Stripe has signed recently, byte for byte."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Route
from tortoise.exceptions import IntegrityError

from errors import PortalError
from integrations.stripe.signatures import is_signed
from models import Checkout, EventStatus, Payment, StripeEvent
from services.checkout import settlement
from services.checkout.stripe_events import PORTAL_ERROR
from tests.support import stripe_payloads
from tests.support.clients import Business
from tests.support.outages import read_only_database
from web.http.errors import portal_error_handler, server_error_handler
from web.ops.stripe_webhook import MAX_BODY, StripeWebhook

_OLD, _NEW = "whsec_old", "whsec_new"
_UNSIGNED: Final = (400, {"message": "The signature is invalid.", "code": "BAD_INPUT"})


@asynccontextmanager
async def _webhook(*secrets: str, stripe: object | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a webhook that is configured with these secrets."""
    settings = SimpleNamespace(stripe_webhook_secret=tuple(map(SecretStr, secrets)))
    app = Starlette(
        routes=[Route("/webhooks/stripe", StripeWebhook)],
        exception_handlers={PortalError: portal_error_handler, Exception: server_error_handler},
    )
    livemode = getattr(stripe, "livemode", False)
    app.state.services = SimpleNamespace(settings=settings, livemode=livemode, stripe=None)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
        yield client


@pytest.fixture
async def webhook() -> AsyncIterator[httpx.AsyncClient]:
    """Yield a client of a webhook with two secrets."""
    async with _webhook(_OLD, _NEW) as client:
        yield client


@pytest.fixture
async def checkout(business: Business) -> Checkout:
    """Return a checkout over 100.00 EUR."""
    await stripe_payloads.connect(business)
    return await stripe_payloads.make_checkout(await business.make_invoice(), 100_00)


def _paid(checkout: Checkout, **more: Any) -> stripe_payloads.Object:
    session = stripe_payloads.session(
        checkout.session_id or "", checkout.amount, payment_intent=f"pi_{checkout.id.hex}"
    )
    return stripe_payloads.event("checkout.session.completed", session, checkout.account) | more


async def _post(
    webhook: httpx.AsyncClient, body: bytes, signature: str | bytes | None
) -> tuple[int, Any]:
    """Return the status and the content of the response."""
    headers = {} if signature is None else {b"stripe-signature": _bytes(signature)}
    answer = await webhook.post("/webhooks/stripe", content=body, headers=headers)
    content = answer.json()
    if "errors" in content:
        [error] = content["errors"]
        content = {"message": error["message"], "code": error["extensions"]["code"]}
    return answer.status_code, content


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


# --- signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [_OLD, _NEW])
async def test_an_event_signed_with_any_of_the_secrets_takes_effect(
    webhook: httpx.AsyncClient, checkout: Checkout, secret: str
) -> None:
    answer = await stripe_payloads.send(webhook, _paid(checkout), secret)
    assert (answer.status_code, answer.json()) == (200, {"status": "APPLIED"})
    assert (await stripe_payloads.invoice_of(checkout)).status == "PAID"


def _digest_of(header: str) -> str:
    return header.partition("v1=")[2]


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: None,
        lambda _: "",
        lambda _: "nonsense",
        lambda _: "t=1,v1=",
        lambda _: "t=now,v1=abc",
        lambda _: b"t=1,v1=\xfc\xfe",
        lambda _: "t=1,v1=\u00fc".encode(),
        lambda _: f"t={'9' * 400},v1=abc",
        lambda body: stripe_payloads.signed(body, "whsec_other"),
        lambda body: stripe_payloads.signed(body + b" ", _NEW),
        lambda body: stripe_payloads.signed(body, _NEW).replace("v1=", "v0="),
        lambda body: f"v1={_digest_of(stripe_payloads.signed(body, _NEW))}",
        lambda body: (
            f"t={int(time.time()) - 7},v1={_digest_of(stripe_payloads.signed(body, _NEW))}"
        ),
        lambda body: stripe_payloads.signed(body, _NEW, at=time.time() - 310),
        lambda body: stripe_payloads.signed(body, _NEW, at=time.time() + 3600),
    ],
)
async def test_an_invalid_signature_changes_nothing(
    webhook: httpx.AsyncClient, checkout: Checkout, forge: Any
) -> None:
    content = _paid(checkout)
    body = stripe_payloads.dumped(content)
    assert await _post(webhook, body, forge(body)) == _UNSIGNED
    assert await StripeEvent.filter(id=content["id"]) == []
    assert (await stripe_payloads.invoice_of(checkout)).amount_paid == 0


async def test_a_signature_is_valid_for_five_minutes(
    webhook: httpx.AsyncClient, checkout: Checkout
) -> None:
    body = stripe_payloads.dumped(_paid(checkout))
    status, _ = await _post(webhook, body, stripe_payloads.signed(body, _NEW, at=time.time() - 280))
    assert status == 200


async def test_one_valid_signature_among_several_is_enough(
    webhook: httpx.AsyncClient, checkout: Checkout
) -> None:
    body = stripe_payloads.dumped(_paid(checkout))
    header = stripe_payloads.signed(body, _NEW).replace(",v1=", f",v1={'0' * 64},v0=1,v1=")
    assert await _post(webhook, body, header) == (200, {"status": "APPLIED"})


def test_without_a_secret_no_signature_is_valid() -> None:
    body = b"{}"
    assert not is_signed(body, stripe_payloads.signed(body, ""), [])
    assert is_signed(body, stripe_payloads.signed(body, _NEW), [SecretStr(_OLD), SecretStr(_NEW)])


# --- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"id": "evt_1"}', b"\xff\xfe"])
async def test_a_signed_body_that_is_not_an_event_is_refused(
    webhook: httpx.AsyncClient, body: bytes
) -> None:
    status, answered = await _post(webhook, body, stripe_payloads.signed(body, _NEW))
    assert (status, answered["code"]) == (400, "BAD_INPUT")


async def test_the_size_of_a_body_is_limited(
    webhook: httpx.AsyncClient, checkout: Checkout
) -> None:
    content = _paid(checkout, filler="x" * MAX_BODY)
    body = stripe_payloads.dumped(content)
    status, answered = await _post(webhook, body, stripe_payloads.signed(body, _NEW))
    assert (status, answered["message"]) == (413, "An event is larger than 256 KiB.")
    assert await StripeEvent.filter(id=content["id"]) == []
    content["filler"] = "x" * (MAX_BODY - 4000)
    assert (await stripe_payloads.send(webhook, content, _NEW)).status_code == 200


async def test_without_a_secret_the_webhook_is_not_found(checkout: Checkout) -> None:
    content = _paid(checkout)
    async with _webhook() as webhook:
        for secret in ("", _NEW):
            body = stripe_payloads.dumped(content)
            status, answered = await _post(webhook, body, stripe_payloads.signed(body, secret))
            assert (status, answered["code"]) == (404, "NOT_FOUND")
    assert await StripeEvent.filter(id=content["id"]) == []


async def test_the_webhook_only_accepts_post(
    webhook: httpx.AsyncClient, http: httpx.AsyncClient
) -> None:
    for client in (webhook, http):
        assert (await client.get("/webhooks/stripe")).status_code == 405


# --- effects --------------------------------------------------------------------------------------


async def test_repeated_and_concurrent_events_take_effect_once(
    webhook: httpx.AsyncClient, checkout: Checkout
) -> None:
    content = _paid(checkout)
    async with asyncio.timeout(30):
        answers = await asyncio.gather(
            *(stripe_payloads.send(webhook, content, _NEW) for _ in range(5))
        )
    answers.append(await stripe_payloads.send(webhook, content, _NEW))
    assert {(a.status_code, a.json()["status"]) for a in answers} == {(200, "APPLIED")}
    assert await Payment.filter(invoice__checkout_shares__checkout_id=checkout.id).count() == 1


@pytest.mark.parametrize(
    ("livemode", "stripe", "status"),
    [
        (False, None, "APPLIED"),
        (True, None, "PARKED"),
        (False, SimpleNamespace(livemode=False), "APPLIED"),
        (True, SimpleNamespace(livemode=False), "PARKED"),
        (True, SimpleNamespace(livemode=True), "APPLIED"),
        (False, SimpleNamespace(livemode=True), "PARKED"),
    ],
)
async def test_only_events_of_the_keys_mode_count(
    checkout: Checkout, *, livemode: bool, stripe: object, status: str
) -> None:
    async with _webhook(_NEW, stripe=stripe) as webhook:
        answer = await stripe_payloads.send(webhook, _paid(checkout, livemode=livemode), _NEW)
    assert (answer.status_code, answer.json()) == (200, {"status": status})
    assert await Payment.exists(id=checkout.id) == (status == "APPLIED")


@pytest.mark.parametrize("error", [ZeroDivisionError("ours"), IntegrityError("ours")])
async def test_an_unexpected_error_keeps_the_event(
    webhook: httpx.AsyncClient,
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    async def fail(*_: object) -> None:
        raise error

    content = _paid(checkout)
    with monkeypatch.context() as patch:
        patch.setattr(settlement, "_book", fail)
        answer = await stripe_payloads.send(webhook, content, _NEW)
    assert (answer.status_code, answer.json()) == (200, {"status": "PARKED"})
    row = await StripeEvent.get(id=content["id"])
    assert (row.detail, row.company_id) == (PORTAL_ERROR, checkout.company_id)
    assert (await Checkout.get(id=checkout.id)).status == "OPEN"
    assert not await Payment.exists(id=checkout.id)
    again = await stripe_payloads.send(webhook, content, _NEW)
    assert again.json() == {"status": "APPLIED"}
    row = await StripeEvent.get(id=content["id"])
    assert (row.status, row.detail, row.payload) == (EventStatus.APPLIED, None, None)


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_while_the_database_is_away_stripe_must_retry(
    webhook: httpx.AsyncClient, checkout: Checkout
) -> None:
    content = _paid(checkout)
    async with read_only_database():
        answer = await stripe_payloads.send(webhook, content, _NEW)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert await StripeEvent.filter(id=content["id"]) == []
    assert (await stripe_payloads.send(webhook, content, _NEW)).json() == {"status": "APPLIED"}


async def test_the_log_has_the_event_but_not_who_paid(
    webhook: httpx.AsyncClient,
    checkout: Checkout,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    content = _paid(checkout)
    monkeypatch.setattr(settlement, "_book", fail)
    await stripe_payloads.send(webhook, content, _NEW)
    body = stripe_payloads.dumped(content)
    await _post(webhook, body, stripe_payloads.signed(body, "whsec_other"))
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    # The portal may receive events of earlier tests at the same time.
    logged = [line["event"] for line in lines if line.get("event_id") == content["id"]]
    assert logged == ["stripe.event_failed", "stripe.event_parked"]
    text = "\n".join(map(caplog.handler.format, caplog.records))
    assert "ZeroDivisionError" in text
    for secret in ("ada@example.com", "Lovelace", _OLD, _NEW, str(checkout.session_id), "v1="):
        assert secret not in text


async def test_events_without_effect_are_acknowledged(
    webhook: httpx.AsyncClient, checkout: Checkout
) -> None:
    for content, status in (
        (stripe_payloads.event("payout.paid", {"id": "po_1"}, checkout.account), "IGNORED"),
        (_paid(checkout, account="acct_other"), "PARKED"),
        (
            stripe_payloads.event(
                "refund.created", stripe_payloads.refund("pi_9", 1), checkout.account
            ),
            "WAITING",
        ),
    ):
        answer = await stripe_payloads.send(webhook, content, _NEW)
        assert (answer.status_code, answer.json()) == (200, {"status": status})
