"""Connected accounts: who may act for them, and when they take payments."""

import asyncio
from typing import Any

import httpx
import pytest
import stripe

from tests.dev.stripe_sandbox.serving import (
    ACME,
    KEY,
    NEW,
    SandboxServer,
    client_of,
    session_params,
)


@pytest.mark.parametrize("key", ["sk_test_of_somebody_else", "sk_test_of_the_testsx"])
async def test_a_wrong_key_opens_nothing(sandbox_server: SandboxServer, key: str) -> None:
    async with client_of(sandbox_server.url, key=key) as client:
        with pytest.raises(stripe.AuthenticationError) as refused:
            await client.v1.accounts.list_async()
    assert refused.value.http_status == 401
    assert key not in str(refused.value.user_message)


async def test_a_key_comes_as_bearer_or_as_a_users_name(sandbox_server: SandboxServer) -> None:
    async with httpx.AsyncClient(base_url=sandbox_server.url) as http:
        assert (await http.get("/v1/accounts")).status_code == 401
        assert (await http.get("/v1/accounts", auth=("wrong", ""))).status_code == 401
        broken = {b"authorization": "Basic §".encode()}
        assert (await http.get("/v1/accounts", headers=broken)).status_code == 401
        answer = await http.get("/v1/accounts", auth=(KEY, ""))
    assert answer.status_code == 200
    assert answer.headers["request-id"].startswith("req_")


async def test_an_unknown_account_is_forbidden(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.PermissionError) as refused:
        await sandbox_server.open("acct_unknown")
    assert refused.value.http_status == 403
    assert refused.value.error
    assert refused.value.error.code == "account_invalid"


async def test_an_account_that_has_gone_is_forbidden(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.deauthorize(ACME)
    with pytest.raises(stripe.PermissionError) as refused:
        await sandbox_server.read(session.id)
    assert refused.value.error
    assert refused.value.error.code == "account_invalid"
    assert await sandbox_server.heard() == ["account.application.deauthorized"]
    assert sandbox_server.receiver.heard[0].account == ACME


async def test_who_has_gone_is_not_talked_of_until_he_is_back(
    sandbox_server: SandboxServer,
) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.deauthorize(ACME)
    sandbox_server.sandbox.pay(session.id)
    assert await sandbox_server.heard() == ["account.application.deauthorized"]
    sandbox_server.sandbox.reconnect(ACME)
    assert (await sandbox_server.read(session.id)).payment_status == "paid"


async def test_a_new_account_takes_payments_once_it_is_onboarded(
    sandbox_server: SandboxServer,
) -> None:
    accounts = sandbox_server.client.v1.accounts
    made = await accounts.create_async({"type": "standard", "email": "boss@new.example"})
    assert (made.charges_enabled, made.details_submitted) == (False, False)
    sandbox_server.sandbox.finish_onboarding(made.id)
    found = await accounts.retrieve_async(made.id)
    assert (found.charges_enabled, found.details_submitted) == (True, True)
    assert await sandbox_server.heard() == ["account.updated"]
    event = sandbox_server.receiver.heard[0]
    assert event.account == made.id
    assert event.data.object["charges_enabled"] is True
    assert event.data.previous_attributes
    assert event.data.previous_attributes["charges_enabled"] is False


async def test_charges_may_be_disabled_again(sandbox_server: SandboxServer) -> None:
    sandbox_server.sandbox.set_charges_enabled(ACME, enabled=False)
    sandbox_server.sandbox.set_charges_enabled(ACME, enabled=False)
    assert (await sandbox_server.client.v1.accounts.retrieve_async(ACME)).charges_enabled is False
    assert await sandbox_server.heard() == ["account.updated"]
    with pytest.raises(stripe.InvalidRequestError):
        await sandbox_server.open()


async def test_a_deleted_account_is_gone(sandbox_server: SandboxServer) -> None:
    deleted = await sandbox_server.client.v1.accounts.delete_async(ACME)
    assert deleted.deleted is True
    with pytest.raises(stripe.PermissionError):
        await sandbox_server.client.v1.accounts.retrieve_async(ACME)
    listed = await sandbox_server.client.v1.accounts.list_async()
    assert ACME not in [account.id for account in listed.data]


async def test_an_account_may_be_let_go_by_oauth(sandbox_server: SandboxServer) -> None:
    client = stripe.StripeClient(
        KEY,
        base_addresses={"connect": sandbox_server.url},
        http_client=stripe.RequestsClient(),
        client_id="ca_of_the_tests",
    )
    params: Any = {"stripe_user_id": ACME}
    answer = await asyncio.to_thread(client.oauth.deauthorize, params)
    assert answer["stripe_user_id"] == ACME
    assert await sandbox_server.heard() == ["account.application.deauthorized"]


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


async def test_only_who_is_known_updates_what_stripe_knows(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await sandbox_server.client.v1.account_links.create_async(
            {
                "account": NEW,
                "refresh_url": "https://portal.example/again",
                "return_url": "https://portal.example/back",
                "type": "account_update",
            }
        )
    assert refused.value.param == "type"
    assert not sandbox_server.sandbox.links


async def test_an_account_makes_no_accounts(sandbox_server: SandboxServer) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="impersonation"):
        await sandbox_server.client.v1.accounts.create_async({}, {"stripe_account": ACME})
    assert len(list(sandbox_server.sandbox.store.everywhere("account"))) == 3


async def test_an_account_finds_itself(sandbox_server: SandboxServer) -> None:
    found = await sandbox_server.client.v1.accounts.retrieve_current_async(
        options={"stripe_account": ACME}
    )
    assert found.id == ACME


async def test_the_platform_may_be_paid_itself(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open(None)
    sandbox_server.sandbox.pay(session.id)
    assert (await sandbox_server.read(session.id, None)).payment_status == "paid"
    await sandbox_server.heard()
    assert "account" not in sandbox_server.receiver.heard[0].to_dict()


async def test_the_platform_takes_no_fee_of_itself(sandbox_server: SandboxServer) -> None:
    params: Any = session_params(payment_intent_data={"application_fee_amount": 10})
    with pytest.raises(stripe.InvalidRequestError, match="application_fee_amount"):
        await sandbox_server.client.v1.checkout.sessions.create_async(params)


async def test_an_unknown_url_is_answered_in_stripes_words(sandbox_server: SandboxServer) -> None:
    async with httpx.AsyncClient(base_url=sandbox_server.url) as http:
        answer = await http.put("/v1/nothing", auth=(KEY, ""))
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("Unrecognized request URL (PUT: ")


async def test_an_account_is_made_with_who_is_in_charge_of_what(
    sandbox_server: SandboxServer,
) -> None:
    async with client_of(sandbox_server.url) as client:
        made = await client.v1.accounts.create_async(
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
    assert made.controller
    assert made.controller.fees
    assert made.controller.fees.payer == "account"
