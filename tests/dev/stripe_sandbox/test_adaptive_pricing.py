"""A payment in another currency, and how each version of the API reports it."""

from decimal import Decimal

import pytest
import stripe

from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.objects.adaptive_pricing import Conversion
from tests.dev.stripe_sandbox.sandbox_server import SandboxServer

_DOLLARS = Conversion(currency="usd", rate=Decimal("1.1732"))


def _object(event: stripe.Event) -> dict[str, object]:
    content: dict[str, object] = event.to_dict()["data"]["object"]
    return content


async def test_later_versions_report_the_currency_of_the_session(
    sandbox_server: SandboxServer,
) -> None:
    session = await sandbox_server.open()
    sandbox_server.sandbox.pay(session.id, _DOLLARS)
    await sandbox_server.event_types()
    shown = {"presentment_amount": 14078, "presentment_currency": "usd"}
    for event in sandbox_server.receiver.received:
        reported = _object(event)
        assert reported["currency"] == "eur"
        assert reported["presentment_details"] == shown


async def test_earlier_versions_report_the_currency_of_the_client(
    sandbox_server: SandboxServer,
) -> None:
    sandbox_server.sandbox.webhooks.version = "2024-06-20"
    session = await sandbox_server.open()
    sandbox_server.sandbox.pay(session.id, _DOLLARS)
    sandbox_server.sandbox.refund(session.id, 6000)
    await sandbox_server.event_types()
    received = {event.type: _object(event) for event in sandbox_server.receiver.received}
    completed = received["checkout.session.completed"]
    assert (completed["currency"], completed["amount_total"]) == ("usd", 14078)
    conversion = completed["currency_conversion"]
    assert isinstance(conversion, dict)
    assert (conversion["source_currency"], conversion["amount_total"]) == ("eur", 12000)
    charge = received["charge.refunded"]
    assert (charge["currency"], charge["amount"], charge["amount_refunded"]) == ("usd", 14078, 7039)
    assert (received["refund.created"]["currency"], received["refund.created"]["amount"]) == (
        "usd",
        7039,
    )
    assert (await sandbox_server.read(session.id)).amount_total == 12000


async def test_adaptive_pricing_can_be_switched_off(sandbox_server: SandboxServer) -> None:
    session = await sandbox_server.open(adaptive_pricing={"enabled": False})
    with pytest.raises(InvalidState, match="not enabled"):
        sandbox_server.sandbox.pay(session.id, _DOLLARS)
    assert (await sandbox_server.read(session.id)).status == "open"
