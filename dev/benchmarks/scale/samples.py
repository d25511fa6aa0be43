"""Sample rows, written by the portal itself, of which the loader makes copies."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx

from models import (
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    DeliveryState,
    EmailDelivery,
    EventStatus,
    Invoice,
    MailKind,
    StripeEvent,
    Webhook,
    WebhookDelivery,
    WebhookDeliveryState,
    WebhookEvent,
)
from models.webhooks import SubjectType
from services.email.preferences import preference_for
from tests.support.clients import PASSWORD, Business, create_business

_SESSION: Final = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
_WEBHOOK: Final[dict[str, Any]] = {
    "url": "http://127.0.0.1:9/hook",
    "events": ["INVOICE_VIEWED"],
}
_LINES: Final = [
    {"description": name, "quantity": quantity, "unitPrice": price, "taxRate": "19"}
    for name, quantity, price in (
        ("Consulting", "12.5", "120.00"),
        ("Hosting, one month", "1", "49.90"),
        ("Travel", "2", "83.50"),
    )
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A company whose requests are measured."""

    id: UUID
    api_key: str
    session: str
    """The token of its user's session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Two companies, and the rows of the big one that are copied."""

    big: Tenant
    small: Tenant
    customer_id: str
    invoice_id: str
    """An issued, shared and opened invoice with three lines and a payment. It stays, as the one
    that is opened most."""
    token: str
    """The token in its link."""


async def create_samples(http: httpx.AsyncClient) -> Samples:
    """Create the companies and the rows."""
    big, small = await create_business(http), await create_business(http)
    for business in (big, small):
        await business.mutate("createWebhook", "CreateWebhookInput", "{ secret }", **_WEBHOOK)
    customer_id = await big.make_customer(
        name="Sample Customer", email="sample@customer.example", address="1 Sample Street\nLondon"
    )
    await big.share_portal(customer_id)
    invoice_id = await big.make_invoice(
        customerId=customer_id, lines=_LINES, dueDate="2099-12-31", allowPartialPayment=True
    )
    token = await big.share(invoice_id)
    assert await big.stranger.record_view(token)
    await big.pay(invoice_id, "1.00")
    question = {"token": token, "name": "Ada", "text": "Is tax included?"}
    await big.stranger.gql(
        "mutation($input: AskQuestionInput!) { askQuestion(input: $input) { asked } }",
        input=question,
    )
    quote = await big.make_quote(customerId=customer_id, lines=_LINES)
    await big.share_quote(quote)
    await big.make_credit_note(customer_id, "5.00")
    await _create_rows(await Invoice.get(id=invoice_id))
    return Samples(
        big=await _tenant(big),
        small=await _tenant(small),
        customer_id=customer_id,
        invoice_id=invoice_id,
        token=token,
    )


async def _tenant(business: Business) -> Tenant:
    signed_in = await business.stranger.gql(
        _SESSION, input={"email": business.email, "password": PASSWORD}
    )
    assert business.secret
    return Tenant(
        id=business.company_id, api_key=business.secret, session=signed_in["signIn"]["token"]
    )


async def _create_rows(invoice: Invoice) -> None:
    """Create what takes Stripe, a mail server or a webhook's receiver."""
    company_id, now = invoice.company_id, datetime.now(UTC)
    await preference_for(company_id, "sample@customer.example", "en")
    await EmailDelivery.create(
        company_id=company_id,
        customer_id=invoice.customer_id,
        invoice_id=invoice.id,
        kind=MailKind.INVOICE,
        recipient="sample@customer.example",
        actor="Acme Ltd",
        status=DeliveryState.SENT,
        attempts=1,
        detail="250 OK",
        sent_at=now,
    )
    checkout = await Checkout.create(
        company_id=company_id,
        account="acct_sample",
        amount=100,
        currency=invoice.currency,
        status=CheckoutStatus.EXPIRED,
        request="{}",
        session_id="cs_sample",
        expires_at=now,
        next_look_at=now,
    )
    await CheckoutShare.create(checkout=checkout, invoice=invoice, position=1, amount=100)
    await StripeEvent.create(
        id="evt_sample",
        company_id=company_id,
        type="checkout.session.completed",
        account="acct_sample",
        status=EventStatus.APPLIED,
        created_at=now,
    )
    await WebhookDelivery.create(
        company_id=company_id,
        webhook=await Webhook.get(company_id=company_id),
        event=WebhookEvent.INVOICE_ISSUED,
        subject_type=SubjectType.INVOICE,
        subject_id=str(invoice.id),
        occurred_at=now,
        sequence=1_000,
        queued_at=now,
        state=WebhookDeliveryState.DELIVERED,
        attempts=1,
        payload="{}",
        response_status=200,
        delivered_at=now,
    )
