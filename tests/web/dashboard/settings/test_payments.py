"""Online payment in the dashboard: connecting, disconnecting, and replaying events."""

from html import unescape
from typing import Final
from uuid import uuid4

import pytest

from models import Checkout, CheckoutStatus, Company, EventStatus, StripeEvent
from tests.support.clients import Business, Caller
from tests.support.staff import Browser
from tests.support.stripe_payloads import park
from tests.support.stripe_sandbox import SandboxServer, checkout
from web.dashboard.settings import payments

PAYMENTS: Final = "/dashboard/settings/payments"


async def test_connect_redirects_to_stripe(
    staff_client: Browser, business: Business, sandbox_server: SandboxServer
) -> None:
    page = await staff_client.get(PAYMENTS)
    assert "Connect with Stripe" in page.text
    assert "Disconnect" not in page.text
    response = await staff_client.post(f"{PAYMENTS}/connect", page=PAYMENTS)
    assert response.status_code == 303
    assert response.headers["location"].startswith(sandbox_server.url)
    company = await Company.get(id=business.company_id)
    assert company.stripe_account is not None
    page = await staff_client.get(PAYMENTS)
    for text in (company.stripe_account, "Stripe needs a few more details"):
        assert text in page.text
    assert "Continue at Stripe" in page.text


async def test_content_security_policy_allows_forms_that_lead_to_stripe(
    staff_client: Browser, sandbox_server: SandboxServer
) -> None:
    policy = (await staff_client.get(PAYMENTS)).headers["content-security-policy"]
    [forms] = [rule for rule in policy.split("; ") if rule.startswith("form-action")]
    assert forms == f"form-action 'self' https://connect.stripe.com {sandbox_server.url}"
    policy = (await staff_client.get("/dashboard/settings")).headers["content-security-policy"]
    assert "form-action 'self';" in policy


async def test_stripe_error_is_shown_at_the_button(
    staff_client: Browser, business: Business
) -> None:
    await Company.filter(id=business.company_id).update(stripe_account="acct_nobody_s")
    response = await staff_client.post(f"{PAYMENTS}/connect", page=PAYMENTS)
    assert response.status_code == 409
    assert "Stripe doesn't allow connecting this account." in unescape(response.text)
    assert "Cards and wallets</h2>" in response.text


async def test_disconnecting_expires_open_checkouts(
    staff_client: Browser, seller: Business
) -> None:
    token = await seller.share(await seller.make_invoice())
    await checkout(Caller(seller.http), token)
    page = (await staff_client.get(PAYMENTS)).text
    assert "Clients can pay by card" in page
    response = await staff_client.post(f"{PAYMENTS}/disconnect", page=PAYMENTS)
    assert (response.status_code, response.headers["location"]) == (303, PAYMENTS)
    assert (await Company.get(id=seller.company_id)).stripe_account is None
    assert "Connect with Stripe" in (await staff_client.get(PAYMENTS)).text
    [attempt] = await Checkout.filter(company_id=seller.company_id)
    assert attempt.status is not CheckoutStatus.OPEN


async def test_parked_events_are_shown_with_their_reason(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    event, foreign = await park(business), await park(rival)
    applied = await park(business, status=EventStatus.APPLIED, payload=None)
    page = (await staff_client.get(PAYMENTS)).text
    for text in (event.id, "charge.refunded", "It does &lt;not&gt; fit."):
        assert text in page
    for hidden in (foreign, applied):
        assert hidden.id not in page


@pytest.mark.parametrize(
    ("kind", "outcome", "message"),
    [
        ("customer.created", "ignored", "This event isn't about one of your invoices."),
        ("checkout.session.completed", "parked", "Still not possible."),
    ],
)
async def test_parked_event_is_replayed(
    staff_client: Browser, business: Business, kind: str, outcome: str, message: str
) -> None:
    event_id = f"evt_{uuid4().hex}"
    payload = (
        f'{{"id": "{event_id}", "object": "event", "type": "{kind}", "account": "acct_x",'
        ' "created": 1700000000, "livemode": false, "data": {"object": {}}}'
    )
    await park(business, id=event_id, type=kind, payload=payload)
    response = await staff_client.post(f"{PAYMENTS}/replay", page=PAYMENTS, event=event_id)
    assert response.status_code == 303
    assert response.headers["location"] == f"{PAYMENTS}?replayed={outcome}#events"
    page = unescape((await staff_client.get(f"{PAYMENTS}?replayed={outcome}")).text)
    assert message in page
    assert (event_id in page) is (outcome == "parked")
    assert (await StripeEvent.get(id=event_id)).status == outcome.upper()


async def test_another_company_s_event_is_not_replayed(
    staff_client: Browser, business: Business, rival: Business
) -> None:
    await park(business)
    foreign = await park(rival)
    for event_id in (foreign.id, "evt_nothing", "x" * 1000, "\x00", ""):
        response = await staff_client.post(f"{PAYMENTS}/replay", page=PAYMENTS, event=event_id)
        assert response.status_code == 404
    assert (await StripeEvent.get(id=foreign.id)).status is EventStatus.PARKED


async def test_parked_events_are_paged(
    staff_client: Browser, business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "_PAGE_SIZE", 1)
    first, second = await park(business), await park(business)
    page = (await staff_client.get(PAYMENTS)).text
    assert (second.id in page, first.id in page) == (True, False)
    older = page.partition('rel="next" href="')[2].partition('"')[0]
    page = (await staff_client.get(older)).text
    assert (second.id in page, first.id in page) == (False, True)
