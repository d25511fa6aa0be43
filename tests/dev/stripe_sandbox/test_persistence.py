"""The state file."""

from pathlib import Path

from dev.stripe_sandbox import Sandbox, SandboxSettings, create_sandbox
from dev.stripe_sandbox.objects.checkout_sessions import new_session
from tests.dev.stripe_sandbox.sandbox_server import ACME


def open_session(sandbox: Sandbox) -> str:
    """Open a session without HTTP and return its id."""
    price = {"currency": "eur", "unit_amount": 1000, "product_data": {"name": "One"}}
    params = {"line_items": [{"price_data": price}], "success_url": "https://portal.example/"}
    session = new_session(params, sandbox.clock.now(), "")
    sandbox.store.add(ACME, session)
    return str(session["id"])


async def test_payments_survive_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(state_file=tmp_path / "stripe.json")
    first = create_sandbox(settings)
    async with first.router.lifespan_context(first):
        sandbox: Sandbox = first.state.sandbox
        sandbox.add_account(ACME, "Acme")
        sandbox.clock.advance(3600)
        paid, still_open = open_session(sandbox), open_session(sandbox)
        sandbox.pay(paid)
    second = create_sandbox(settings)
    async with second.router.lifespan_context(second):
        again: Sandbox = second.state.sandbox
        assert list(again.store.rows()) == list(sandbox.store.rows())
        assert again.clock.ahead == 3600
        assert again.session(paid)["payment_status"] == "paid"
        again.pay(still_open)
        assert again.account(ACME)["charges_enabled"] is True


async def test_undelivered_events_are_resent_after_a_restart(tmp_path: Path) -> None:
    settings = SandboxSettings(
        state_file=tmp_path / "stripe.json", webhook_url="http://127.0.0.1:9/"
    )
    first = create_sandbox(settings)
    async with first.router.lifespan_context(first):
        first.state.sandbox.add_account(ACME, "Acme")
        first.state.sandbox.deauthorize(ACME)
    second = create_sandbox(settings)
    async with second.router.lifespan_context(second):
        [delivery] = second.state.sandbox.webhooks.deliveries
        assert delivery.event["type"] == "account.application.deauthorized"
