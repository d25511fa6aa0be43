"""Checkout sessions: opened, paid, expired."""

from typing import Any

import pytest
import stripe

from tests.dev.stripe_sandbox.sandbox_server import ACME, NEW, RIVAL, SandboxServer, session_params


async def test_a_new_session_is_open_and_has_a_page(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open(client_reference_id="i-7")
    assert session.id.startswith("cs_test_")
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert (session.amount_total, session.currency, session.livemode) == (12000, "eur", False)
    assert session.url == f"{sandbox_server.url}/pay/{session.id}"
    assert session.payment_intent is None
    assert session.client_reference_id == "i-7"
    assert session.metadata
    assert session.metadata.to_dict() == {"invoice": "7"}
    assert session.expires_at - session.created == 24 * 3600
    assert session.customer_details
    assert session.customer_details.email == "ada@client.example"


async def test_a_card_pays_at_once(sandbox_server: SandboxServer) -> None:
    data = {"metadata": {"invoice": "7"}, "description": "Invoice 7"}
    session = await sandbox_server.paid(payment_intent_data=data)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    intent = await sandbox_server.client.v1.payment_intents.retrieve_async(
        str(session.payment_intent), {"expand": ["latest_charge"]}, {"stripe_account": ACME}
    )
    assert (intent.status, intent.amount_received) == ("succeeded", 12000)
    assert intent.description == "Invoice 7"
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.paid, charge.payment_intent) == ("succeeded", True, intent.id)
    assert charge.metadata.to_dict() == {"invoice": "7"}
    assert await sandbox_server.event_types() == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


async def test_a_bank_debit_is_unpaid_until_the_money_arrives(
    sandbox_server: SandboxServer,
) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.pay_late(session.id)
    session = await sandbox_server.read(session.id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert session.payment_intent
    sandbox_server.sandbox.succeed(session.id)
    assert (await sandbox_server.read(session.id)).payment_status == "paid"
    assert await sandbox_server.event_types() == [
        "checkout.session.completed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    reported = sandbox_server.receiver.received[0].data.object
    assert reported["payment_status"] == "unpaid"


async def test_a_bank_debit_can_fail(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.pay_late(session.id)
    sandbox_server.sandbox.fail(session.id)
    session = await sandbox_server.read(session.id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert (await sandbox_server.event_types())[-1] == "checkout.session.async_payment_failed"


async def test_a_free_session_needs_no_payment(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid(unit_amount=0)
    assert (session.status, session.payment_status) == ("complete", "no_payment_required")
    assert session.payment_intent is None


async def test_an_open_session_can_be_expired(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    expired = await sandbox_server.client.v1.checkout.sessions.expire_async(
        session.id, options={"stripe_account": ACME}
    )
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    assert await sandbox_server.event_types() == ["checkout.session.expired"]
    event = sandbox_server.receiver.received[0]
    assert event.account == ACME
    assert event.request
    assert expired.last_response
    assert event.request.id == expired.last_response.headers["request-id"]


async def test_a_complete_session_cannot_be_expired(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.paid()
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.checkout.sessions.expire_async(
            session.id, options={"stripe_account": ACME}
        )
    assert error.value.http_status == 400
    assert error.value.user_message == (
        'Only Checkout Sessions with a status in ["open"] can be expired. '
        "This Checkout Session has a status of `complete`."
    )
    assert (await sandbox_server.read(session.id)).status == "complete"


async def test_line_items_are_listed(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open()
    items = await sandbox_server.client.v1.checkout.sessions.line_items.list_async(
        session.id, options={"stripe_account": ACME}
    )
    assert [(item.description, item.amount_total) for item in items.data] == [("Invoice 7", 12000)]


@pytest.mark.parametrize("account", [RIVAL, None])
async def test_other_accounts_cannot_see_a_session(
    sandbox_server: SandboxServer, account: str | None
) -> None:
    session = await sandbox_server.open()
    with pytest.raises(stripe.InvalidRequestError) as missing:
        await sandbox_server.read(session.id, account)
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    assert missing.value.param == "session"


async def test_an_account_without_charges_cannot_open_a_session(
    sandbox_server: SandboxServer,
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make charges"):
        await sandbox_server.open(NEW)
    assert not list(sandbox_server.sandbox.store.all("checkout.session"))


PRICE = session_params()["line_items"][0]["price_data"]


@pytest.mark.parametrize(
    ("changed", "param", "code"),
    [
        ({"colour": "red"}, "colour", "parameter_unknown"),
        (
            {"line_items": [{"price_data": PRICE | {"colour": "red"}}]},
            "line_items[0][price_data][colour]",
            "parameter_unknown",
        ),
        ({"mode": "subscription"}, "mode", None),
        ({"success_url": ""}, "success_url", "parameter_invalid_empty"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
        ({"success_url": "https://["}, "success_url", "url_invalid"),
        ({"customer_email": "nobody"}, "customer_email", "email_invalid"),
        ({"currency": "zzz"}, "line_items[0][price_data][currency]", None),
        (
            {"line_items": [{"price_data": PRICE}, {"price_data": PRICE | {"currency": "usd"}}]},
            "line_items[1][price_data][currency]",
            None,
        ),
        ({"locale": "klingon"}, "locale", None),
        ({"client_reference_id": "x" * 201}, "client_reference_id", None),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        (
            {"line_items": [{"price_data": PRICE, "quantity": 0}]},
            "line_items[0][quantity]",
            "parameter_invalid_integer",
        ),
        (
            {"payment_intent_data": {"application_fee_amount": 12001}},
            "payment_intent_data[application_fee_amount]",
            None,
        ),
    ],
)
async def test_wrong_parameters_are_named(
    sandbox_server: SandboxServer, changed: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.open(**changed)
    assert error.value.http_status == 400
    assert (error.value.param, error.value.code) == (param, code)
    assert not list(sandbox_server.sandbox.store.all("checkout.session"))


async def test_a_missing_parameter_is_named(sandbox_server: SandboxServer) -> None:
    params: Any = session_params()
    del params["success_url"]
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.client.v1.checkout.sessions.create_async(params)
    assert (error.value.param, error.value.code) == ("success_url", "parameter_missing")


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("USD", 49, "amount_too_small"),
        ("GBP", 29, "amount_too_small"),
        ("HUF", 17499, "amount_too_small"),
        ("JPY", 49, "amount_too_small"),
        ("EUR", 100_000_000, "amount_too_large"),
        ("KWD", 1001, None),
        ("ISK", 1050, None),
    ],
)
async def test_amounts_outside_stripes_limits_are_rejected(
    sandbox_server: SandboxServer, currency: str, amount: int, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.open(currency=currency, unit_amount=amount)
    assert error.value.code == code
    assert error.value.param
    assert error.value.param.startswith("line_items")


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("USD", 50), ("JPY", 50), ("EUR", 99_999_999), ("KWD", 1010), ("ISK", 1000)],
)
async def test_amounts_at_stripes_limits_are_accepted(
    sandbox_server: SandboxServer, currency: str, amount: int
) -> None:
    session = await sandbox_server.open(currency=currency, unit_amount=amount)
    assert (session.amount_total, session.currency) == (amount, currency.lower())


async def test_a_card_alone_takes_more_than_other_methods(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open(unit_amount=100_000_000, payment_method_types=["card"])
    assert session.amount_total == 100_000_000
    with pytest.raises(stripe.InvalidRequestError) as error:
        await sandbox_server.open(
            unit_amount=100_000_000, payment_method_types=["card", "sepa_debit"]
        )
    assert error.value.code == "amount_too_large"
