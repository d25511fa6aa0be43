"""Opening checkouts: one per invoice, for the right amount, and none if nothing can be paid."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from dev.stripe_sandbox.faults import FaultKind
from dev.stripe_sandbox.webhooks import DeliveryMode
from models import Checkout, CheckoutStatus, Company, CreditNote, Invoice, Plan
from tests.support import stripe_payloads
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.sql_statements import statements
from tests.support.stripe_sandbox import SandboxServer, checkout, checkout_refused, figures


@pytest.fixture
async def account(business: Business, sandbox_server: SandboxServer) -> str:
    """Connect the business to Stripe, and return its account."""
    return await sandbox_server.connect(business)


async def _status(invoice_id: str) -> list[CheckoutStatus]:
    return [row.status for row in await Checkout.filter(shares__invoice_id=invoice_id)]


async def test_the_amount_due_is_paid_and_recorded(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    opened = await checkout(business.stranger, token)
    assert opened["amount"] == {"amount": "100.00", "currency": "EUR"}
    [session] = sandbox_server.sessions(account)
    assert opened["url"] == session["url"]
    assert (session["amount_total"], session["currency"]) == (10000, "eur")
    assert session["customer_email"] == "ada@example.com"
    sandbox_server.sandbox.pay(session["id"])
    await sandbox_server.webhooks_delivered()
    assert await figures(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    invoice = await business.invoice(
        invoice_id, "payments { amount { amount } method reference refunded { amount } }"
    )
    [payment] = invoice["payments"]
    assert payment["amount"] == {"amount": "100.00"}
    assert payment["reference"].startswith("pi_")
    assert payment["refunded"] == {"amount": "0.00"}


async def test_stripe_gets_no_token(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    token = await business.share(await business.make_invoice())
    await checkout(business.stranger, token)
    [session] = sandbox_server.sessions(account)
    assert token not in repr(session)


async def test_the_same_request_gets_the_same_session(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    token = await business.share(await business.make_invoice())
    first = await checkout(business.stranger, token)
    assert await checkout(business.stranger, token) == first
    assert len(sandbox_server.sessions(account)) == 1


async def test_stripe_names_the_business_as_the_invoice_does(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    token = await business.share(await business.make_invoice())
    await business.mutate("updateCompany", "UpdateCompanyInput", "{ company { id } }", name="New")
    await checkout(business.stranger, token)
    [session] = sandbox_server.sessions(account)
    [item] = session["_line_items"]
    assert item["description"] == "Invoice INV-00001"
    row = await Checkout.get(session_id=session["id"])
    assert "Acme Ltd" in row.request
    assert "New" not in row.request


async def test_another_amount_expires_the_first_session(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True)
    token = await business.share(invoice_id)
    first = await checkout(business.stranger, token)
    second = await checkout(business.stranger, token, amount="40.00")
    assert first["url"] != second["url"]
    states = {
        session["amount_total"]: session["status"] for session in sandbox_server.sessions(account)
    }
    assert states == {10000: "expired", 4000: "open"}
    assert set(await _status(invoice_id)) == {CheckoutStatus.EXPIRED, CheckoutStatus.OPEN}


async def test_no_new_session_is_created_if_the_first_was_paid_unnoticed(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True)
    token = await business.share(invoice_id)
    first = await checkout(business.stranger, token, amount="40.00")
    sandbox_server.sandbox.webhooks.mode = "dropped"  # type: ignore[assignment]
    try:
        sandbox_server.sandbox.pay(sandbox_server.session(first["url"]))
    finally:
        sandbox_server.sandbox.webhooks.mode = "normal"  # type: ignore[assignment]
    assert await checkout_refused(business.stranger, token) == "PAYMENT_UNAVAILABLE"
    assert len(sandbox_server.sessions(account)) == 1
    assert await figures(business, invoice_id) == ("PARTIALLY_PAID", "40.00", "0.00", "60.00")
    assert (await checkout(business.stranger, token))["amount"]["amount"] == "60.00"


async def test_a_delayed_payment_is_pending_and_cannot_be_paid_again(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True)
    token = await business.share(invoice_id)
    opened = await checkout(business.stranger, token, amount="70.00")
    session_id = sandbox_server.session(opened["url"])
    sandbox_server.sandbox.pay_late(session_id)
    await sandbox_server.webhooks_delivered()
    assert await figures(business, invoice_id) == ("ISSUED", "0.00", "70.00", "100.00")
    assert await checkout_refused(business.stranger, token, amount="30.01") == "AMOUNT_TOO_LARGE"
    rest = await checkout(business.stranger, token)
    assert rest["amount"]["amount"] == "30.00"
    sandbox_server.sandbox.fail(session_id)
    await sandbox_server.webhooks_delivered()
    assert await figures(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert len(sandbox_server.sessions(account)) == 2


@pytest.mark.parametrize("kind", ["500", "reset", "429"])
async def test_a_failure_of_stripe_changes_nothing(
    business: Business, sandbox_server: SandboxServer, account: str, kind: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind(kind), times=3)
    try:
        code = await checkout_refused(business.stranger, token)
    finally:
        sandbox_server.sandbox.faults.clear()
    assert code == "PAYMENT_PROVIDER_ERROR"
    assert await figures(business, invoice_id) == ("ISSUED", "0.00", "0.00", "100.00")
    assert (await checkout(business.stranger, token))["url"]
    assert len(sandbox_server.sessions(account)) == 1


async def test_a_lost_response_is_requested_again(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    token = await business.share(await business.make_invoice())
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.RESET_AFTER)
    try:
        opened = await checkout(business.stranger, token)
    finally:
        sandbox_server.sandbox.faults.clear()
    assert [session["url"] for session in sandbox_server.sessions(account)] == [opened["url"]]


async def _cancel(business: Business, invoice_id: str) -> None:
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id)


async def _credit(business: Business, invoice_id: str) -> None:
    customer_id = (await business.invoice(invoice_id, "customer { id }"))["customer"]["id"]
    note_id = await business.make_credit_note(customer_id, "10.00")
    await business.credit_note("applyCreditNote", creditNoteId=note_id, invoiceId=invoice_id)


async def _revoke(business: Business, invoice_id: str) -> None:
    await business.revoke(invoice_id)


async def _revoke_all(business: Business, invoice_id: str) -> None:
    customer_id = (await business.invoice(invoice_id, "customer { id }"))["customer"]["id"]
    await business.mutate(
        "revokeCustomerShares", "CustomerRef", "{ revoked }", customerId=customer_id
    )


async def _disconnect(business: Business, invoice_id: str) -> None:  # noqa: ARG001
    await business.gql("mutation { disconnectStripe { company { stripeConnected } } }")


async def _pay_in_cash(business: Business, invoice_id: str) -> None:
    await business.pay(invoice_id, "10.00")


@pytest.mark.parametrize(
    "action",
    [_cancel, _credit, _revoke, _revoke_all, _disconnect, _pay_in_cash],
    ids=["cancel", "credit", "revoke", "revoke all", "disconnect", "pay in cash"],
)
async def test_staff_actions_expire_the_session_before_they_return(
    business: Business, sandbox_server: SandboxServer, account: str, action: object
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await checkout(business.stranger, token)
    await action(business, invoice_id)  # type: ignore[operator]
    assert [session["status"] for session in sandbox_server.sessions(account)] == ["expired"]

    async def is_noted() -> bool:  # perhaps by the worker, if that ended it
        return await _status(invoice_id) == [CheckoutStatus.EXPIRED]

    await eventually(is_noted)


async def test_a_session_is_expired_once_stripe_answers_again(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    await checkout(business.stranger, token)
    sandbox_server.sandbox.arm("/v1/checkout/sessions/*", FaultKind.ERROR, times=6)
    try:
        await _cancel(business, invoice_id)
    finally:
        sandbox_server.sandbox.faults.clear()
    assert await _status(invoice_id) == [CheckoutStatus.EXPIRING]
    await stripe_payloads.change_checkouts(invoice_id, next_look_at=datetime.now(UTC))

    async def is_expired() -> bool:
        return await _status(invoice_id) == [CheckoutStatus.EXPIRED]

    await eventually(is_expired)
    assert [session["status"] for session in sandbox_server.sessions(account)] == ["expired"]


async def test_an_interrupted_opening_is_expired(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.ERROR, times=3)
    try:
        await checkout_refused(business.stranger, token)
    finally:
        sandbox_server.sandbox.faults.clear()
    assert await _status(invoice_id) == [CheckoutStatus.OPENING]
    await stripe_payloads.change_checkouts(invoice_id, next_look_at=datetime.now(UTC))

    async def is_expired() -> bool:
        return await _status(invoice_id) == [CheckoutStatus.EXPIRED]

    await eventually(is_expired)
    assert {session["status"] for session in sandbox_server.sessions(account)} <= {"expired"}


@pytest.mark.usefixtures("account")
async def test_a_process_whose_clock_is_ahead_is_not_waited_for_longer(
    business: Business, sandbox_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.checkout.checkouts._OPENING_GRACE", timedelta(seconds=0.2))
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.ERROR, times=3)
    try:
        await checkout_refused(business.stranger, token)
    finally:
        sandbox_server.sandbox.faults.clear()
    ahead = datetime.now(UTC) + timedelta(hours=1)
    await stripe_payloads.change_checkouts(invoice_id, created_at=ahead)
    async with asyncio.timeout(30):
        assert await checkout(business.stranger, token)


async def test_an_opening_without_a_response_ends_when_its_session_would(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    sandbox_server.sandbox.arm("/v1/checkout/sessions", FaultKind.ERROR, times=30)
    try:
        await checkout_refused(business.stranger, token)
        now = datetime.now(UTC)
        late = {"next_look_at": now, "expires_at": now - timedelta(seconds=1)}
        await stripe_payloads.change_checkouts(invoice_id, **late)

        async def is_expired() -> bool:
            return await _status(invoice_id) == [CheckoutStatus.EXPIRED]

        await eventually(is_expired)
    finally:
        sandbox_server.sandbox.faults.clear()
    assert (await checkout(business.stranger, token))["url"] == sandbox_server.sessions(account)[0][
        "url"
    ]


async def test_a_session_that_expires_soon_is_replaced(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    first = await checkout(business.stranger, token)
    soon = datetime.now(UTC) + timedelta(minutes=4)
    await stripe_payloads.change_checkouts(invoice_id, expires_at=soon)
    second = await checkout(business.stranger, token)
    assert first["url"] != second["url"]
    assert sorted(s["status"] for s in sandbox_server.sessions(account)) == ["expired", "open"]


# --- refusals -------------------------------------------------------------------------------------


async def test_payments_need_the_plan_and_an_enabled_account(
    business: Business, sandbox_server: SandboxServer
) -> None:
    token = await business.share(await business.make_invoice())
    assert await checkout_refused(business.stranger, token) == "PAYMENT_UNAVAILABLE"
    account = await sandbox_server.connect(business)
    company = Company.filter(id=business.company_id)
    for spoilt in ({"plan": Plan.FREE}, {"charges_enabled": False}, {"stripe_account": None}):
        await company.update(**spoilt)
        assert await checkout_refused(business.stranger, token) == "PAYMENT_UNAVAILABLE"
        await company.update(plan=Plan.PRO, charges_enabled=True, stripe_account=account)
    assert await checkout(business.stranger, token)


async def test_a_paid_or_cancelled_invoice_cannot_be_paid(business: Business, account: str) -> None:
    assert account
    paid = await business.make_invoice()
    token = await business.share(paid)
    await business.pay(paid, "100.00")
    assert await checkout_refused(business.stranger, token) == "PAYMENT_UNAVAILABLE"
    cancelled = await business.make_invoice()
    token = await business.share(cancelled)
    await _cancel(business, cancelled)
    assert await checkout_refused(business.stranger, token) == "PAYMENT_UNAVAILABLE"


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("0", "AMOUNT_TOO_SMALL"),
        ("-5", "AMOUNT_TOO_SMALL"),
        ("0.49", "AMOUNT_TOO_SMALL"),
        ("19.99", "AMOUNT_TOO_SMALL"),
        ("99.51", "AMOUNT_TOO_SMALL"),
        ("100.01", "AMOUNT_TOO_LARGE"),
        ("20.001", "BAD_INPUT"),
    ],
)
async def test_amounts_out_of_range_are_refused(
    business: Business, sandbox_server: SandboxServer, account: str, amount: str, code: str
) -> None:
    invoice_id = await business.make_invoice(allowPartialPayment=True, minimumPayment="20.00")
    token = await business.share(invoice_id)
    assert await checkout_refused(business.stranger, token, amount=amount) == code
    assert sandbox_server.sessions(account) == []


async def test_a_part_is_refused_if_partial_payments_are_not_allowed(
    business: Business, account: str
) -> None:
    assert account
    token = await business.share(await business.make_invoice())
    assert await checkout_refused(business.stranger, token, amount="99.00") == "AMOUNT_TOO_SMALL"


@pytest.mark.parametrize(
    ("currency", "price", "expected"),
    [
        ("JPY", "5000", 5000),
        ("KWD", "12.340", 12340),
        ("ISK", "700", 70000),
        ("MGA", "90000.00", 90000),
        ("HUF", "1234.56", 123456),
        ("USD", "0.50", 50),
        ("IDR", "1000000.00", 100_000_000),
        ("INR", "1000000.00", 100_000_000),
        ("COP", "1200000.00", 120_000_000),
        ("HUF", "1500000.00", 150_000_000),
        ("LBP", "9000000.00", 900_000_000),
        ("VND", "120000000", 120_000_000),
        ("JPY", "100000000", 100_000_000),
        ("UGX", "1000000", 100_000_000),
    ],
)
async def test_stripe_gets_the_exact_amount(  # a table
    business: Business,
    sandbox_server: SandboxServer,
    account: str,
    currency: str,
    price: str,
    expected: int,
) -> None:
    line = {"description": "Work", "quantity": "1", "unitPrice": price}
    invoice_id = await business.make_invoice(currency=currency, lines=[line])
    opened = await checkout(business.stranger, await business.share(invoice_id))
    [session] = sandbox_server.sessions(account)
    assert session["amount_total"] == expected
    sandbox_server.sandbox.pay(session["id"])
    await sandbox_server.webhooks_delivered()
    assert (await figures(business, invoice_id))[:2] == ("PAID", opened["amount"]["amount"])


@pytest.mark.parametrize(
    ("currency", "price", "methods"),
    [
        ("EUR", "999999.99", ["card", "sepa_debit"]),
        ("EUR", "1000000.00", ["card"]),
        ("IDR", "1000000.00", ["card", "sepa_debit"]),
        ("VND", "120000000", ["card"]),
    ],
)
async def test_an_amount_that_only_cards_take_is_paid_by_card(
    business: Business,
    sandbox_server: SandboxServer,
    account: str,
    currency: str,
    price: str,
    methods: list[str],
) -> None:
    line = {"description": "Work", "quantity": "1", "unitPrice": price}
    invoice_id = await business.make_invoice(currency=currency, lines=[line])
    await checkout(business.stranger, await business.share(invoice_id))
    [session] = sandbox_server.sessions(account)
    # Without a choice of ours, the sandbox offers both.
    assert session["payment_method_types"] == methods


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("currency", ["GHS", "MRU", "STN", "SVC", "TMT"])
async def test_a_currency_that_stripe_does_not_charge_is_not_offered(
    business: Business, currency: str
) -> None:
    invoice_id = await business.make_invoice(currency=currency)
    token = await business.share(invoice_id)
    query = "query($token: String!) { invoice(token: $token) { payment { partialAllowed } } }"
    assert (await business.stranger.gql(query, token=token))["invoice"]["payment"] is None
    assert await checkout_refused(business.stranger, token) == "PAYMENT_UNAVAILABLE"


# --- links and limits -----------------------------------------------------------------------------


async def test_a_portal_token_needs_the_number(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    number = (await business.invoice(invoice_id, "number"))["number"]
    token = await business.share_portal(customer_id)
    assert await checkout_refused(business.stranger, token) == "NOT_FOUND"
    assert await checkout(business.stranger, token, number=number)
    [session] = sandbox_server.sessions(account)
    assert token not in repr(session)
    row = await Checkout.get(session_id=session["id"])
    assert row.return_path == f"/portal/{token}/{number}"


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://front.example/paid?x=1", True),
        ("https://front.example.evil.example/", False),
        ("https://front.example:444/", False),
        ("http://front.example/", False),
        ("https://a@front.example/", False),
        ("javascript:alert(1)", False),
        ("//front.example/", False),
        ("https://front.example/" + "a" * 2000, False),
        (" https://front.example/", False),
        ("https://front.example/\\evil.example", False),
        ("https://front.example/a\r\nb", False),
        ("https://front.example/\x00", False),
        ("https://front.example/{x}", False),
    ],
)
async def test_the_return_url_must_be_on_an_allowed_origin(
    business: Business, sandbox_server: SandboxServer, account: str, url: str, *, allowed: bool
) -> None:
    token = await business.share(await business.make_invoice())
    if not allowed:
        opened = await checkout(business.stranger, token)
        assert await checkout_refused(business.stranger, token, returnUrl=url) == "BAD_INPUT"
        assert await checkout(business.stranger, token) == opened
        return
    await checkout(business.stranger, token, returnUrl=url)
    [session] = sandbox_server.sessions(account)
    assert session["cancel_url"] == "https://front.example/paid?x=1&payment=cancelled"


async def test_each_alias_in_a_mutation_counts_towards_the_rate_limit(
    business: Business, account: str
) -> None:
    assert account
    token = await business.share(await business.make_invoice())
    aliases = " ".join(f"a{n}: checkout(input: $input) {{ url }}" for n in range(7))
    stranger = business.stranger
    query = f"mutation($input: CheckoutInput!) {{ {aliases} }}"
    answer = (await stranger.post(query, input={"token": token})).json()
    codes = [error["extensions"]["code"] for error in answer["errors"]]
    assert set(codes) == {"RATE_LIMITED"}
    assert answer["errors"][0]["extensions"]["retryAfter"] > 0


async def test_concurrent_requests_get_one_session(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    token = await business.share(await business.make_invoice())
    answers = await asyncio.gather(*(checkout(business.stranger, token) for _ in range(5)))
    assert {answer["url"] for answer in answers} == {
        s["url"] for s in sandbox_server.sessions(account)
    }
    assert len(sandbox_server.sessions(account)) == 1


async def test_concurrent_requests_through_two_links_leave_one_session_at_most(
    business: Business, sandbox_server: SandboxServer, account: str
) -> None:
    invoice_id = await business.make_invoice()
    invoice = await Invoice.get(id=invoice_id)
    portal = await business.share_portal(str(invoice.customer_id))
    token = await business.share(invoice_id)
    answers = await asyncio.gather(
        *(checkout(business.stranger, token) for _ in range(4)),
        *(checkout(business.stranger, portal, number=invoice.number) for _ in range(4)),
        return_exceptions=True,
    )
    codes = {answer.code for answer in answers if isinstance(answer, GraphQLFailed)}
    assert codes <= {"PAYMENT_UNAVAILABLE", "PAYMENT_PROVIDER_ERROR", "CONFLICT"}
    assert [s["status"] for s in sandbox_server.sessions(account)].count("open") <= 1
    assert (await checkout(business.stranger, token, amount="100.00"))["url"]
    assert [s["status"] for s in sandbox_server.sessions(account)].count("open") == 1


@pytest.mark.usefixtures("account")
async def test_a_surplus_can_be_refunded_but_not_voided(
    business: Business, sandbox_server: SandboxServer
) -> None:
    customer_id = await business.make_customer()
    invoice_id = await business.make_invoice(customerId=customer_id)
    opened = await checkout(business.stranger, await business.share(invoice_id))
    # The client pays at Stripe while staff record a payment.
    sandbox_server.sandbox.webhooks.mode = DeliveryMode.HELD
    sandbox_server.sandbox.pay(session_id := sandbox_server.session(opened["url"]))
    await business.pay(invoice_id, "100.00")
    sandbox_server.sandbox.webhooks.deliver_held()
    await sandbox_server.webhooks_delivered()
    [note] = await CreditNote.filter(customer_id=customer_id)
    ref = {"creditNoteId": str(note.id)}
    with pytest.raises(GraphQLFailed) as refusal:
        await business.credit_note("voidCreditNote", **ref)
    assert refusal.value.code == "CONFLICT"
    sandbox_server.sandbox.webhooks.mode = DeliveryMode.NORMAL
    sandbox_server.sandbox.refund(session_id)
    await sandbox_server.webhooks_delivered()
    assert await figures(business, invoice_id) == ("PAID", "100.00", "0.00", "0.00")
    await note.refresh_from_db()
    assert note.remaining == 0


@pytest.mark.usefixtures("account")
async def test_opening_a_checkout_takes_a_fixed_number_of_statements(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    stranger = business.stranger
    with statements() as opening:
        opened = await checkout(stranger, token)
    with statements() as using:
        await checkout(stranger, token)
    assert opened
    # SQLite takes its write lock with a statement of its own.
    counted = [[s for s in run if "view_feed" not in s] for run in (opening, using)]
    assert list(map(len, counted)) == [9, 6]
