"""Reminders: one per invoice and stage, even if several runs send them concurrently."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import httpx
import pytest

from cli import reminders
from models import (
    Company,
    Customer,
    EmailDelivery,
    Invoice,
    MailCategory,
    PaymentReversalKind,
    Reversal,
)
from pdf.worker_pool import WorkerPool, open_worker_pool
from services.email.email_content import email_content_of
from services.email.reminders import (
    DueReminders,
    Reminder,
    due_reminders,
    queue_reminders,
    stage_on,
)
from services.ledger.balances import refresh
from settings import Settings
from tests.conftest import Backend
from tests.services.email.test_emails import SEND, new_address, turn_off
from tests.support import servers
from tests.support.clients import EMAIL_LIMITS, Business, GraphQLFailed, create_business, eventually
from tests.support.mailbox import Mailbox, text_of

Remind: TypeAlias = Callable[..., Awaitable[list[str]]]


async def make_overdue(
    business: Business, address: str | None, days: int, **details: object
) -> str:
    """Return an invoice of a customer with this address, due that many days ago.

    It was shared long enough ago for a reminder.
    """
    due = datetime.now(UTC).date() - timedelta(days=days)
    if "customerId" not in details:
        details["customerId"] = await business.make_customer(email=address)
    invoice_id = await business.make_invoice(
        issueDate="2020-01-01", dueDate=due.isoformat(), **details
    )
    await business.share(invoice_id)
    await shared_ago(invoice_id, timedelta(days=3))
    return invoice_id


async def shared_ago(invoice_id: str, age: timedelta) -> None:
    """Date the invoice's link back."""
    await Invoice.filter(id=invoice_id).update(shared_at=datetime.now(UTC) - age)


async def due_emails(business: Business, today: date | None = None) -> list[DueReminders]:
    """Return the business's due reminders by e-mail."""
    return [each async for each in due_reminders(today) if each.company.id == business.company_id]


async def due(business: Business, today: date | None = None) -> list[Reminder]:
    """Return the business's due reminders."""
    return [reminder for each in await due_emails(business, today) for reminder in each.reminders]


@pytest.fixture
async def business(http: httpx.AsyncClient) -> Business:
    """Return a new company, the only one that sends reminders."""
    business = await create_business(http)
    await Company.exclude(id=business.company_id).update(reminder_days="")
    return business


@pytest.fixture(scope="module")
async def pdf(backend: Backend) -> AsyncIterator[WorkerPool]:
    """Yield one pool of renderers for all tests."""
    async with open_worker_pool(backend.settings) as pool:
        yield pool


@pytest.fixture
def remind(
    backend: Backend,
    pdf: WorkerPool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Remind:
    """Return a function that does what `invotify remind` does, and returns its lines."""
    monkeypatch.setattr(reminders, "open_worker_pool", lambda _: nullcontext(pdf))

    async def run(*, dry_run: bool = False, **settings: object) -> list[str]:
        capsys.readouterr()
        await reminders.remind(backend.settings.model_copy(update=settings), dry_run=dry_run)
        return capsys.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize(
    ("days_overdue", "stage"),
    [(-4, None), (-3, -3), (0, -3), (1, 1), (6, 1), (7, 7), (13, 7), (14, 14), (400, 14)],
)
def test_the_latest_reached_stage_counts(days_overdue: int, stage: int | None) -> None:
    assert stage_on(days_overdue, [-3, 1, 7, 14]) == stage


def test_without_stages_there_are_no_reminders() -> None:
    assert stage_on(30, []) is None


async def test_reminders_are_sent_once_per_stage(
    backend: Backend, business: Business, mailbox: Mailbox, remind: Remind
) -> None:
    addresses = {days: new_address() for days in (-4, -2, 0, 1, 8)}
    for days, address in addresses.items():
        await make_overdue(business, address, days)
    lines = servers.invotify(backend.environment, "remind")
    assert {days: len(mailbox.arrived[address]) for days, address in addresses.items()} == {
        -4: 0,
        -2: 1,
        0: 1,
        1: 1,
        8: 1,
    }
    for sentence in ("due in 2 days: sent", "due today: sent", "overdue by 1 day: sent"):
        assert sentence in lines
    assert "Overdue: invoice" in mailbox.only(addresses[8])["Subject"]
    assert "8 days ago" in text_of(mailbox.only(addresses[8]))
    assert "Due soon: invoice" in mailbox.only(addresses[-2])["Subject"]
    await remind()
    assert len(mailbox.arrived[addresses[8]]) == 1
    later = datetime.now(UTC).date() + timedelta(days=6)
    assert sorted(r.stage for r in await due(business, later)) == [1, 1, 1, 7, 14]


async def test_concurrent_runs_send_each_reminder_once(
    backend: Backend, business: Business, mailbox: Mailbox
) -> None:
    addresses = [new_address() for _ in range(8)]
    for address in addresses:
        await make_overdue(business, address, 3)
    await asyncio.gather(
        *(asyncio.to_thread(servers.invotify, backend.environment, "remind") for _ in range(2))
    )

    async def have_all_arrived() -> bool:
        return all(mailbox.arrived[address] for address in addresses)

    await eventually(have_all_arrived)  # the server may still be sending one from the queue
    assert [len(mailbox.arrived[address]) for address in addresses] == [1] * 8


async def test_a_reminder_is_queued_once(business: Business) -> None:
    await make_overdue(business, new_address(), 3)
    [email] = await due_emails(business)
    queued = await asyncio.gather(*(queue_reminders(email, limits=EMAIL_LIMITS) for _ in range(16)))
    assert sum(map(len, queued)) == 1


async def test_a_dry_run_sends_nothing_and_writes_nothing(
    business: Business, mailbox: Mailbox, remind: Remind
) -> None:
    address = new_address()
    invoice_id = await make_overdue(business, address, 3)
    number = (await Invoice.get(id=invoice_id)).label
    lines = await remind(dry_run=True)
    assert f"Acme Ltd: {number}, Ada Lovelace, overdue by 3 days: due" in lines
    assert mailbox.arrived[address] == []
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0


async def test_opted_out_customers_are_skipped_and_reported_once(
    business: Business, mailbox: Mailbox, remind: Remind
) -> None:
    address = new_address()
    await turn_off(business, address, MailCategory.REMINDER)
    invoice_id = await make_overdue(business, address, 3)
    number = (await Invoice.get(id=invoice_id)).label
    skipped = [line for line in await remind() if number in line and "skipped" in line]
    assert len(skipped) == 1
    assert mailbox.arrived[address] == []
    assert await due(business) == []


async def test_paid_and_cancelled_invoices_get_no_reminder(business: Business) -> None:
    paid, cancelled, open_ = [await make_overdue(business, new_address(), 3) for _ in range(3)]
    await business.mutate(
        "recordPayment",
        "RecordPaymentInput",
        "{ invoice { id } }",
        invoiceId=paid,
        amount="100",
        method="cash",
    )
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled)
    assert [str(reminder.invoice.id) for reminder in await due(business)] == [open_]


async def test_an_invoice_cancelled_after_the_query_gets_no_reminder(business: Business) -> None:
    invoice_id = await make_overdue(business, new_address(), 3)
    [email] = await due_emails(business)
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id)
    assert await queue_reminders(email, limits=EMAIL_LIMITS) == []
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0


async def test_changed_days_do_not_repeat_earlier_stages(business: Business) -> None:
    await make_overdue(business, new_address(), 8)
    await Company.filter(id=business.company_id).update(reminder_days="7")
    [email] = await due_emails(business)
    assert await queue_reminders(email, limits=EMAIL_LIMITS)
    await Company.filter(id=business.company_id).update(reminder_days="5 14")
    assert await due(business) == []
    later = datetime.now(UTC).date() + timedelta(days=6)
    assert [r.stage for r in await due(business, later)] == [14]


async def test_a_stage_is_not_made_up_for_after_90_days(business: Business) -> None:
    await make_overdue(business, new_address(), 14 + 91)
    assert await due(business) == []
    recent = await make_overdue(business, new_address(), 14 + 90)
    assert [str(reminder.invoice.id) for reminder in await due(business)] == [recent]


async def test_a_reminder_uses_the_current_address(business: Business) -> None:
    invoice_id = await make_overdue(business, new_address(), 3)
    [email] = await due_emails(business)
    corrected = new_address()
    await Customer.filter(id=(await Invoice.get(id=invoice_id)).customer_id).update(email=corrected)
    [delivery] = await queue_reminders(email, limits=EMAIL_LIMITS)
    assert delivery.recipient == corrected


async def test_a_company_may_choose_its_days_or_none(business: Business) -> None:
    await make_overdue(business, new_address(), 3)
    for days, stages in (("2 5", [2]), ("4", []), ("", [])):
        await Company.filter(id=business.company_id).update(reminder_days=days)
        assert [reminder.stage for reminder in await due(business)] == stages


async def test_a_customer_without_an_address_is_named(business: Business, remind: Remind) -> None:
    invoice_id = await make_overdue(business, None, 3)
    number = (await Invoice.get(id=invoice_id)).label
    assert any(number in line and "no e-mail address" in line for line in await remind())


async def test_an_unreachable_mail_server_leaves_reminders_for_the_next_run(
    business: Business, mailbox: Mailbox, remind: Remind
) -> None:
    address = new_address()
    await make_overdue(business, address, 3)
    [reminder] = await due(business)
    await remind(smtp_url=f"smtp://127.0.0.1:{servers.free_port()}")
    assert len(mailbox.arrived[address]) <= 1  # the running portal may have sent it first
    delivery = await EmailDelivery.get(invoice_id=reminder.invoice.id, stage=reminder.stage)
    await EmailDelivery.filter(id=delivery.id, status="QUEUED").update(
        next_attempt_at=datetime.now(UTC)
    )
    await remind()
    await _arrives(mailbox, address)


async def _arrives(mailbox: Mailbox, address: str) -> None:
    async with asyncio.timeout(30):
        while not mailbox.arrived[address]:  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(0.02)
    mailbox.only(address)


async def test_staff_may_remind_at_any_time(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    invoice_id = await make_overdue(business, address, -30)
    sent = await _remind_now(business, invoice_id)
    assert sent["status"] == "SENT"
    assert "Due soon: invoice" in mailbox.only(address)["Subject"]
    await business.mutate(
        "recordPayment",
        "RecordPaymentInput",
        "{ invoice { id } }",
        invoiceId=invoice_id,
        amount="100",
        method="cash",
    )
    with pytest.raises(GraphQLFailed) as refusal:
        await _remind_now(business, invoice_id)
    assert refusal.value.code == "CONFLICT"


async def _remind_now(business: Business, invoice_id: str) -> Any:
    return await business.mutate("sendReminder", "InvoiceRef", SEND, invoiceId=invoice_id)


# --- fairness -------------------------------------------------------------------------------------


async def test_an_invoice_that_was_never_sent_gets_no_reminder(business: Business) -> None:
    invoice_id = await make_overdue(business, new_address(), 3)
    await business.mutate(
        "revokeInvoiceShare", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id
    )
    assert await due(business) == []


async def test_an_invoice_gets_no_reminder_for_three_days_after_it_was_sent(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_overdue(business, address, 30)
    await shared_ago(invoice_id, timedelta(days=2, hours=23))
    assert await due(business) == []
    await shared_ago(invoice_id, timedelta(days=40))
    await business.mutate("sendInvoice", "SendInvoiceInput", SEND, invoiceId=invoice_id)
    mailbox.only(address)
    assert await due(business) == []
    await EmailDelivery.filter(invoice_id=invoice_id).update(
        created_at=datetime.now(UTC) - timedelta(days=3)
    )
    assert [reminder.stage for reminder in await due(business)] == [14]


async def test_a_reminder_by_hand_counts_as_that_stage(business: Business) -> None:
    invoice_id = await make_overdue(business, new_address(), 8)
    await _remind_now(business, invoice_id)
    assert await due(business) == []
    await EmailDelivery.filter(invoice_id=invoice_id).update(
        created_at=datetime.now(UTC) - timedelta(days=3)
    )
    assert [reminder.stage for reminder in await due(business)] == [7]  # sent before that stage
    await EmailDelivery.filter(invoice_id=invoice_id).update(
        created_at=datetime.now(UTC) - timedelta(days=1)
    )
    assert await due(business) == []
    today = datetime.now(UTC).date()
    assert await due(business, today + timedelta(days=5)) == []


@pytest.mark.parametrize(
    ("currency", "price", "minimum", "is_due"),
    [
        ("EUR", "0.49", 0, False),
        ("EUR", "0.50", 0, True),
        ("EUR", "4.99", 500, False),
        ("EUR", "5.00", 500, True),
        ("JPY", "49", 500, False),
        ("JPY", "50", 500, True),
    ],
)
async def test_small_amounts_get_no_reminder(
    business: Business, currency: str, price: str, minimum: int, *, is_due: bool
) -> None:
    await Company.filter(id=business.company_id).update(minimum_reminder=minimum)
    line = {"description": "Work", "quantity": "1", "unitPrice": price}
    await make_overdue(business, new_address(), 3, currency=currency, lines=[line])
    assert bool(await due(business)) is is_due


async def test_refunded_money_gets_no_reminder(business: Business) -> None:
    invoice_id = await make_overdue(business, new_address(), 3)
    payload = await business.mutate(
        "recordPayment",
        "RecordPaymentInput",
        "{ invoice { payments { id } } }",
        invoiceId=invoice_id,
        amount="100",
        method="card",
    )
    await Reversal.create(
        company_id=business.company_id,
        invoice_id=invoice_id,
        payment_id=payload["invoice"]["payments"][0]["id"],
        kind=PaymentReversalKind.REFUND,
        amount=10_000,
    )
    await refresh(await Invoice.get(id=invoice_id))
    assert (await Invoice.get(id=invoice_id)).amount_due == 10_000
    assert await due(business) == []


async def test_reminders_of_one_customer_go_into_one_email(
    business: Business, mailbox: Mailbox, remind: Remind
) -> None:
    address = new_address()
    customer_id = await business.make_customer(email=address)
    ids = [
        await make_overdue(business, address, days, customerId=customer_id) for days in (2, 30, 9)
    ]
    numbers = [(await Invoice.get(id=invoice_id)).label for invoice_id in ids]
    await remind()
    message = mailbox.only(address)
    assert message["Subject"] == "Reminder: 3 invoices from Acme Ltd"
    text = text_of(message)
    assert [number in text for number in numbers] == [True] * 3
    assert text.index(numbers[1]) < text.index(numbers[2]) < text.index(numbers[0])
    assert len([*message.iter_attachments()]) == 3
    states = await EmailDelivery.filter(company_id=business.company_id).values_list(
        "status", "stage"
    )
    assert sorted(states) == [("SENT", 1), ("SENT", 7), ("SENT", 14)]
    assert await due(business) == []


async def test_an_email_about_several_invoices_leaves_out_what_was_paid(
    business: Business, pdf: WorkerPool
) -> None:
    address = new_address()
    customer_id = await business.make_customer(email=address)
    paid, open_ = [
        await make_overdue(business, address, days, customerId=customer_id) for days in (30, 3)
    ]
    [email] = await due_emails(business)
    deliveries = await queue_reminders(email, limits=EMAIL_LIMITS)
    await business.mutate(
        "recordPayment",
        "RecordPaymentInput",
        "{ invoice { id } }",
        invoiceId=paid,
        amount="100",
        method="cash",
    )
    content = await email_content_of(deliveries[0].id, Settings(), pdf)
    number = (await Invoice.get(id=open_)).number
    assert content.body.subject == f"Overdue: invoice {number} from Acme Ltd"
    assert content.is_automatic
