"""Stripe events as Stripe sends them: the JSON and the signature.

Tests combine these: `event("charge.refunded", charge(…), account)` for the body, and
`signed(body, secret)` for the header.
"""

import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

import httpx
import orjson

from models import (
    PAYABLE,
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    Company,
    EventStatus,
    Invoice,
    StripeEvent,
)
from models.companies import Plan
from tests.support.clients import Business
from tests.support.rows import NOW

Object: TypeAlias = dict[str, Any]

CREATED: Final = 1_796_000_000
"""The default time of events at Stripe, in seconds since 1970."""
_numbers = count(1)


def new_id(prefix: str) -> str:
    """Return a unique id in Stripe's format: `new_id("pi")`."""
    return f"{prefix}_{next(_numbers)}{uuid4().hex}"


def event(
    type_: str,
    about: Mapping[str, Any],
    account: str | None,
    *,
    id_: str | None = None,
    livemode: bool = False,
    created: int = CREATED,
) -> Object:
    """Return an event about an object of a connected account."""
    return {
        "id": id_ or new_id("evt"),
        "object": "event",
        "api_version": "2025-10-29.clover",
        "created": created,
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type_,
        "data": {"object": dict(about)},
    } | ({} if account is None else {"account": account})


def session(
    id_: str,
    amount: int,
    currency: str = "eur",
    *,
    status: str = "complete",
    payment_status: str = "paid",
    payment_intent: str | Mapping[str, Any] | None = None,
    reference: str | None = None,
) -> Object:
    """Return a Checkout session. Amounts are in Stripe's units."""
    return {
        "id": id_,
        "object": "checkout.session",
        "amount_subtotal": amount,
        "amount_total": amount,
        "client_reference_id": reference,
        "currency": currency,
        "customer_details": {"email": "ada@example.com", "name": "Ada Lovelace"},
        "livemode": False,
        "metadata": {},
        "mode": "payment",
        "payment_intent": payment_intent,
        "payment_status": payment_status,
        "status": status,
        "url": None,
    }


def refund(
    payment_intent: str | None,
    amount: int,
    currency: str = "eur",
    *,
    id_: str | None = None,
    status: str = "succeeded",
) -> Object:
    """Return a refund."""
    return {
        "id": id_ or new_id("re"),
        "object": "refund",
        "amount": amount,
        "charge": "ch_1",
        "currency": currency,
        "payment_intent": payment_intent,
        "status": status,
    }


def charge(
    payment_intent: str | None,
    amount_refunded: int,
    currency: str = "eur",
    *,
    refunds: list[Object] | None = None,
) -> Object:
    """Return a charge with a refunded amount. Newer API versions don't list the refunds."""
    listed = {} if refunds is None else {"refunds": {"object": "list", "data": refunds}}
    return {
        "id": "ch_1",
        "object": "charge",
        "amount_refunded": amount_refunded,
        "currency": currency,
        "payment_intent": payment_intent,
        "refunded": False,
    } | listed


def dispute(
    payment_intent: str | None,
    amount: int,
    currency: str = "eur",
    *,
    id_: str | None = None,
    status: str = "needs_response",
) -> Object:
    """Return a dispute."""
    return {
        "id": id_ or new_id("dp"),
        "object": "dispute",
        "amount": amount,
        "charge": "ch_1",
        "currency": currency,
        "payment_intent": payment_intent,
        "reason": "fraudulent",
        "status": status,
    }


def account(id_: str, *, charges_enabled: bool) -> Object:
    """Return a connected account."""
    return {"id": id_, "object": "account", "charges_enabled": charges_enabled}


def dumped(content: object) -> bytes:
    """Return the bytes that Stripe sends and signs."""
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def signed(body: bytes, secret: str, *, at: float | None = None) -> str:
    """Return the `Stripe-Signature` of `body` (docs.stripe.com/webhooks/signature)."""
    timestamp = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), b"%d.%b" % (timestamp, body), sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


async def send(http: httpx.AsyncClient, content: object, secret: str) -> httpx.Response:
    """Send an event as Stripe does."""
    body = dumped(content)
    headers = {"stripe-signature": signed(body, secret), "content-type": "application/json"}
    return await http.post("/webhooks/stripe", content=body, headers=headers)


# --- rows of the portal before Stripe reports anything --------------------------------------------


async def connect(business: Business) -> str:
    """Let the company take payments online, and return its Stripe account."""
    account_id = new_id("acct")
    await Company.filter(id=business.company_id).update(
        plan=Plan.PRO, stripe_account=account_id, charges_enabled=True
    )
    return account_id


async def make_checkout(
    invoice_id: UUID | str,
    amount: int,
    *,
    status: CheckoutStatus = CheckoutStatus.OPEN,
    **more: object,
) -> Checkout:
    """Return a checkout of an invoice on its company's account; `amount` is in minor units."""
    invoice = await Invoice.get(id=invoice_id).select_related("company")
    now = datetime.now(UTC)
    columns: dict[str, Any] = {
        "company_id": invoice.company_id,
        "account": invoice.company.stripe_account,
        "amount": amount,
        "currency": invoice.currency,
        "status": status,
        "request": "{}",
        "session_id": None if status is CheckoutStatus.OPENING else new_id("cs"),
        "url": None if status is CheckoutStatus.OPENING else "https://pay.example/",
        "expires_at": now + timedelta(hours=1),
        # No worker checks it during a test.
        "next_look_at": now + timedelta(hours=1),
    }
    checkout = await Checkout.create(**columns | more)
    await CheckoutShare.create(
        id=checkout.id,
        checkout=checkout,
        invoice=invoice,
        position=1,
        amount=amount,
        payable_for=invoice.id if status in PAYABLE else None,
    )
    if status is CheckoutStatus.PENDING:
        await Invoice.filter(id=invoice.id).update(amount_pending=invoice.amount_pending + amount)
    return checkout


async def invoice_of(checkout: Checkout) -> Invoice:
    """Return the only invoice of a checkout, as it is now."""
    return await Invoice.get(checkout_shares__checkout_id=checkout.id)


async def change_checkouts(invoice_id: UUID | str, **columns: object) -> None:
    """Change the rows of an invoice's checkouts."""
    ids = await CheckoutShare.filter(invoice_id=invoice_id).values_list("checkout_id", flat=True)
    await Checkout.filter(id__in=ids).update(**columns)


async def park(business: Business, **columns: object) -> StripeEvent:
    """Return a parked event. `columns` override its values."""
    event: dict[str, Any] = {
        "id": f"evt_{uuid4().hex}",
        "company_id": business.company_id,
        "type": "charge.refunded",
        "account": "acct_x",
        "status": EventStatus.PARKED,
        "detail": "It does <not> fit.",
        "payload": "{}",
        "created_at": NOW,
    }
    return await StripeEvent.create(**event | columns)
