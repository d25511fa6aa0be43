"""Connected accounts: access, onboarding and charges."""

import asyncio
from typing import Any

import httpx
import pytest
import stripe

from tests.dev.stripe_sandbox.sandbox_server import (
    ACME,
    KEY,
    NEW,
    SandboxServer,
    session_params,
    stripe_client,
)


@pytest.mark.parametrize("key", ["sk_test_of_somebody_else", "sk_test_of_the_testsx"])
async def test_a_wrong_key_is_rejected(sandbox_server: SandboxServer, key: str) -> None:
    async with stripe_client(sandbox_server.url, key=key) as client:
        with pytest.raises(stripe.AuthenticationError) as error:
            await client.v1.accounts.list_async()
    assert error.value.http_status == 401
    assert key not in str(error.value.user_message)


async def test_a_key_is_accepted_as_basic_auth_user(sandbox_server: SandboxServer) -> None:
    async with httpx.AsyncClient(base_url=sandbox_server.url) as http:
        assert (await http.get("/v1/accounts")).status_code == 401
        assert (await http.get("/v1/accounts", auth=("wrong", ""))).status_code == 401
        broken = {b"authorization": "Basic §".encode()}
        assert (await http.get("/v1/accounts", headers=broken)).status_code == 401
        response = await http.get("/v1/accounts", auth=(KEY, ""))
    assert response.status_code == 200
    assert response.headers["request-id"].startswith("req_")


async def test_an_unknown_account_is_forbidden(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.PermissionError) as error:
        await sandbox_server.open("acct_unknown")
    assert error.value.http_status == 403
    assert error.value.error
    assert error.value.error.code == "account_invalid"


async def test_a_disconnected_account_is_forbidden(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.deauthorize(ACME)
    with pytest.raises(stripe.PermissionError) as error:
        await sandbox_server.read(session.id)
    assert error.value.error
    assert error.value.error.code == "account_invalid"
    assert await sandbox_server.event_types() == ["account.application.deauthorized"]
    assert sandbox_server.receiver.received[0].account == ACME


async def test_a_disconnected_account_sends_no_events_until_it_reconnects(
    sandbox_server: SandboxServer,
) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.deauthorize(ACME)
    sandbox_server.sandbox.pay(session.id)
    assert await sandbox_server.event_types() == ["account.application.deauthorized"]
    sandbox_server.sandbox.reconnect(ACME)
    assert (await sandbox_server.read(session.id)).payment_status == "paid"


async def test_onboarding_enables_charges(
    sandbox_server: SandboxServer,
) -> None:
    accounts = sandbox_server.client.v1.accounts
    created = await accounts.create_async({"type": "standard", "email": "boss@new.example"})
    assert (created.charges_enabled, created.details_submitted) == (False, False)
    sandbox_server.sandbox.finish_onboarding(created.id)
    retrieved = await accounts.retrieve_async(created.id)
    assert (retrieved.charges_enabled, retrieved.details_submitted) == (True, True)
    assert await sandbox_server.event_types() == ["account.updated"]
    event = sandbox_server.receiver.received[0]
    assert event.account == created.id
    assert event.data.object["charges_enabled"] is True
    assert event.data.previous_attributes
    assert event.data.previous_attributes["charges_enabled"] is False


async def test_charges_can_be_disabled(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.set_charges_enabled(ACME, enabled=False)
    sandbox_server.sandbox.set_charges_enabled(ACME, enabled=False)
    assert (await sandbox_server.client.v1.accounts.retrieve_async(ACME)).charges_enabled is False
    assert await sandbox_server.event_types() == ["account.updated"]
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox_server.open()


async def test_a_deleted_account_is_gone(sandbox_server: SandboxServer) -> None:
    deleted = await sandbox_server.client.v1.accounts.delete_async(ACME)
    assert deleted.deleted is True
    with pytest.raises(stripe.PermissionError):
        await sandbox_server.client.v1.accounts.retrieve_async(ACME)
    listed = await sandbox_server.client.v1.accounts.list_async()
    assert ACME not in [account.id for account in listed.data]


async def test_oauth_disconnects_an_account(sandbox_server: SandboxServer) -> None:
    client = stripe.StripeClient(
        KEY,
        base_addresses={"connect": sandbox_server.url},
        http_client=stripe.RequestsClient(),
        client_id="ca_of_the_tests",
    )
    params: Any = {"stripe_user_id": ACME}
    response = await asyncio.to_thread(client.oauth.deauthorize, params)
    assert response["stripe_user_id"] == ACME
    assert await sandbox_server.event_types() == ["account.application.deauthorized"]


async def test_a_link_leads_to_the_onboarding_page(sandbox_server: SandboxServer) -> None:
    link = await sandbox_server.client.v1.account_links.create_async(
        {
            "account": NEW,
            "refresh_url": "https://portal.example/again",
            "return_url": "https://portal.example/back",
            "type": "account_onboarding",
        }
    )
    assert link.url.startswith(f"{sandbox_server.url}/onboarding/")
    assert link.expires_at > link.created


async def test_an_update_link_needs_an_onboarded_account(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.account_links.create_async(
            {
                "account": NEW,
                "refresh_url": "https://portal.example/again",
                "return_url": "https://portal.example/back",
                "type": "account_update",
            }
        )
    assert error.value.param == "type"
    assert not sandbox_server.sandbox.links


async def test_a_connected_account_cannot_create_accounts(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="impersonation"):
        await sandbox_server.client.v1.accounts.create_async({}, {"stripe_account": ACME})
    assert len(list(sandbox_server.sandbox.store.all("account"))) == 3


async def test_an_account_retrieves_itself(sandbox_server: SandboxServer) -> None:
    retrieved = await sandbox_server.client.v1.accounts.retrieve_current_async(
        options={"stripe_account": ACME}
    )
    assert retrieved.id == ACME


async def test_the_platform_can_be_paid(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open(None)
    sandbox_server.sandbox.pay(session.id)
    assert (await sandbox_server.read(session.id, None)).payment_status == "paid"
    await sandbox_server.event_types()
    assert "account" not in sandbox_server.receiver.received[0].to_dict()


async def test_the_platform_cannot_charge_itself_a_fee(sandbox_server: SandboxServer) -> None:
    params: Any = session_params(payment_intent_data={"application_fee_amount": 10})
    with pytest.raises(stripe.InvalidRequestError, match="application_fee_amount"):
        await sandbox_server.client.v1.checkout.sessions.create_async(params)


async def test_an_unknown_url_gets_stripes_error(sandbox_server: SandboxServer) -> None:
    async with httpx.AsyncClient(base_url=sandbox_server.url) as http:
        response = await http.put("/v1/nothing", auth=(KEY, ""))
    assert response.status_code == 404
    assert response.json()["error"]["message"].startswith("Unrecognized request URL (PUT: ")


async def test_an_account_keeps_its_controller(
    sandbox_server: SandboxServer,
) -> None:
    async with stripe_client(sandbox_server.url) as client:
        created = await client.v1.accounts.create_async(
            {
                "controller": {
                    "losses": {"payments": "stripe"},
                    "fees": {"payer": "account"},
                    "stripe_dashboard": {"type": "full"},
                    "requirement_collection": "stripe",
                }
            }
        )
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.accounts.create_async({"controller": {"fees": {"payer": "nobody"}}})
    assert created.controller
    assert created.controller.fees
    assert created.controller.fees.payer == "account"
