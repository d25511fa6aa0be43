"""What a client is told when Stripe refuses a payment: the truth, and never to try again later."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dev.stripe_sandbox.currencies import MINIMUMS
from models import Checkout, CheckoutStatus
from tests.support.clients import Business
from tests.support.stripe_sandbox import CHECKOUT, SandboxServer, checkout


@pytest.fixture
def refuse(
    sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str], None]:
    """Let Stripe refuse payments to an account, for a reason that the portal doesn't know."""

    def refuse(account: str, reason: str) -> None:
        row = sandbox_server.sandbox.store.get("account", account)
        match reason:
            case "charges":
                row["charges_enabled"] = False
            case "access":
                row["_deauthorized"] = True
            case "currency":
                monkeypatch.setattr("dev.stripe_sandbox.params.SUPPORTED", frozenset({"usd"}))
            case "maximum":
                monkeypatch.setattr("dev.stripe_sandbox.currencies._OTHER_MAXIMUM", 9999)
            case "minimum":
                monkeypatch.setitem(MINIMUMS, "eur", 10001)

    return refuse


@pytest.mark.parametrize(
    ("reason", "code", "message"),
    [
        (
            "charges",
            "PAYMENT_UNAVAILABLE",
            "The payment provider refused this payment. Nothing was charged.",
        ),
        (
            "access",
            "PAYMENT_UNAVAILABLE",
            "This business can't take payments online at the moment.",
        ),
        (
            "currency",
            "PAYMENT_UNAVAILABLE",
            "This business can't take online payments in this currency.",
        ),
        ("maximum", "AMOUNT_TOO_LARGE", "This is more than can be paid online at once."),
        (
            "minimum",
            "AMOUNT_TOO_SMALL",
            "This is less than can be paid online in this currency.",
        ),
    ],
)
async def test_a_refusal_says_what_happened(  # a table
    business: Business,
    sandbox_server: SandboxServer,
    refuse: Callable[[str, str], None],
    reason: str,
    code: str,
    message: str,
) -> None:
    account = await sandbox_server.connect(business)
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    refuse(account, reason)
    refusal = await business.stranger.refused(CHECKOUT, input={"token": token})
    assert (refusal.code, refusal.errors[0]["message"]) == (code, message)
    assert [row.status for row in await Checkout.filter(shares__invoice_id=invoice_id)] == [
        CheckoutStatus.EXPIRED
    ]


async def test_the_log_has_what_stripe_objects_to(
    business: Business,
    sandbox_server: SandboxServer,
    refuse: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    refuse(await sandbox_server.connect(business), "currency")
    token = await business.share(await business.make_invoice())
    await business.stranger.refused(CHECKOUT, input={"token": token})
    [failure] = [r.getMessage() for r in caplog.records if "stripe.failed" in r.getMessage()]
    assert "line_items[0][price_data][currency]" in failure
    assert "'status': 400" in failure
    assert "ada@example.com" not in failure


async def test_a_wrong_key_is_no_reason_to_give_the_checkout_up(
    business: Business, sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sandbox_server.connect(business)
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    settings = replace(sandbox_server.sandbox.settings, secret_key="sk_test_another")
    with monkeypatch.context() as patched:
        patched.setattr(sandbox_server.sandbox, "settings", settings)
        refusal = await business.stranger.refused(CHECKOUT, input={"token": token})
    assert refusal.code == "PAYMENT_PROVIDER_ERROR"
    assert "isn't set up correctly on this server" in refusal.errors[0]["message"]
    assert (await checkout(business.stranger, token))["url"]
    assert await Checkout.filter(shares__invoice_id=invoice_id).count() == 1
