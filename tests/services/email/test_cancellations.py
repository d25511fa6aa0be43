"""An e-mail that waits is either sent once or cancelled, whatever happens at the same time."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.permissions import Permission
from auth.staff import Staff
from db.statements import fetch
from errors import Conflict
from models import AuditEntry, DeliveryState, EmailDelivery, Invoice, InvoiceStatus
from services.email import delivery_queue, emails
from services.email.cancellations import cancel_delivery
from services.email.daily_limits import DailyLimits
from services.email.delivery_queue import Lease, LeaseLost
from tests.services.email.test_emails import (
    delivery_state,
    make_invoice,
    make_retry_due,
    new_address,
    send,
)
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox

ISSUE = (
    "{ status detail invoice { status number shareUrl } delivery { id state attempts canCancel } }"
)
CANCEL = "{ delivery { id state detail canCancel } sentCopies { recipient } }"


async def make_draft(business: Business, address: str | None, **customer: object) -> str:
    """Return a draft for a customer with this address."""
    customer_id = await business.make_customer(email=address, **customer)
    return await business.make_draft(customerId=customer_id)


async def issue_and_send(business: Business, invoice_id: str, **more: object) -> Any:
    """Issue and send a draft; the e-mail waits for a minute."""
    values = {"invoiceId": invoice_id, "delaySeconds": 60, **more}
    return await business.mutate("issueAndSendInvoice", "IssueAndSendInvoiceInput", ISSUE, **values)


async def cancel(business: Business, delivery_id: object) -> Any:
    """Cancel an e-mail."""
    return await business.mutate(
        "cancelDelivery", "CancelDeliveryInput", CANCEL, deliveryId=delivery_id
    )


async def leased(business: Business) -> Lease:
    """Return a lease of the business's only delivery, which no other process can have."""
    [row] = await fetch(
        "UPDATE email_delivery SET attempts = attempts + 1"
        " WHERE company_id = $1 RETURNING id, attempts",
        business.company_id,
    )
    return Lease(delivery_id=row["id"], attempt=row["attempts"])


def staff_of(business: Business) -> Staff:
    """Return someone of the business's staff."""
    rights = frozenset({Permission.MANAGE_INVOICES})
    return Staff(uuid4(), business.company_id, None, "Ines", None, rights)


# --- issue and send -------------------------------------------------------------------------------


async def test_a_draft_is_issued_shared_and_sent_in_one_step_but_not_before_its_time(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_draft(business, address)
    sent = await issue_and_send(business, invoice_id, message="Thanks!")
    assert (sent["status"], sent["detail"]) == ("WAITING", None)
    assert (sent["invoice"]["status"], sent["invoice"]["number"]) == ("ISSUED", "INV-00001")
    assert sent["delivery"] | {"id": 0} == {
        "id": 0,
        "state": "QUEUED",
        "attempts": 0,
        "canCancel": True,
    }
    lease = await delivery_queue.lease_next()
    assert lease is None or str(lease.delivery_id) != sent["delivery"]["id"]
    assert mailbox.arrived[address] == []
    await make_retry_due(business)
    await eventually(lambda: _has_arrived(mailbox, address))
    assert mailbox.only(address)["Subject"].startswith("Invoice INV-00001")


async def _has_arrived(mailbox: Mailbox, address: str) -> bool:
    return bool(mailbox.arrived[address])


async def test_repeating_it_sends_nothing_twice(business: Business) -> None:
    invoice_id = await make_draft(business, new_address())
    first = await issue_and_send(business, invoice_id, idempotencyKey="k")
    again = await issue_and_send(business, invoice_id, idempotencyKey="k")
    other = await make_draft(business, new_address())
    unkeyed = [await issue_and_send(business, other) for _ in range(2)]
    assert again == first
    assert unkeyed[0] == unkeyed[1]
    await EmailDelivery.filter(company_id=business.company_id).update(
        status=DeliveryState.FAILED, next_attempt_at=None
    )
    with pytest.raises(GraphQLFailed) as refusal:
        await issue_and_send(business, other)
    assert refusal.value.code == "CONFLICT"
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 2


@pytest.mark.parametrize("more", [{}, {"to": "nobody"}, {"to": "a@b.cc", "delaySeconds": 61}])
async def test_a_draft_that_cannot_be_sent_is_not_issued(
    business: Business, more: dict[str, object]
) -> None:
    invoice_id = await make_draft(business, None)
    with pytest.raises(GraphQLFailed) as refusal:
        await issue_and_send(business, invoice_id, **more)
    assert refusal.value.code == "BAD_INPUT"
    assert refusal.value.field == ("delaySeconds" if "delaySeconds" in more else "to")
    assert (await Invoice.get(id=invoice_id)).status is InvoiceStatus.DRAFT
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0


@pytest.mark.parametrize("line", ["issue_invoice", "preferences_for", "_share", "queue_copies"])
async def test_a_crash_in_between_leaves_the_draft_as_it_was(
    business: Business, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    invoice_id = await make_draft(business, new_address())
    verb = getattr(emails, line)

    async def die(*args: object) -> None:
        await verb(*args)
        raise SystemError

    monkeypatch.setattr(emails, line, die)
    options = emails.EmailOptions(delay_seconds=10)
    with suppress(SystemError):
        limits = DailyLimits(free=100, pro=100)
        await emails.issue_and_send_invoice(staff_of(business), invoice_id, options, limits=limits)
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.status, invoice.number, invoice.share_token) == ("DRAFT", None, None)
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0


# --- cancelling -----------------------------------------------------------------------------------


async def test_a_cancelled_e_mail_never_leaves_and_can_be_sent_again(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_draft(business, address)
    sent = await issue_and_send(business, invoice_id)
    cancelled = await cancel(business, sent["delivery"]["id"])
    assert cancelled == await cancel(business, sent["delivery"]["id"])
    assert cancelled["delivery"]["state"] == "CANCELLED"
    assert cancelled["delivery"]["detail"].endswith("before it was sent.")
    assert (await Invoice.get(id=invoice_id)).status is InvoiceStatus.ISSUED
    [entry] = await AuditEntry.filter(company_id=business.company_id, action="EMAIL_CANCELLED")
    assert (entry.subject, entry.detail) == ("INV-00001", address)
    assert (await send(business, invoice_id))["status"] == "SENT"
    assert len(mailbox.arrived[address]) == 1


async def test_an_e_mail_that_has_left_cannot_be_cancelled(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    sent = await send(business, invoice_id)
    with pytest.raises(GraphQLFailed) as refusal:
        await cancel(business, sent["delivery"]["id"])
    assert refusal.value.code == "CONFLICT"
    assert (await delivery_state(business))[0] == DeliveryState.SENT


async def test_copies_are_cancelled_except_those_that_have_left(business: Business) -> None:
    copies = sorted([new_address(), new_address()])
    invoice_id = await make_draft(business, new_address(), ccEmails=copies)
    sent = await issue_and_send(business, invoice_id)
    await EmailDelivery.filter(company_id=business.company_id, recipient=copies[0]).update(
        status=DeliveryState.SENDING
    )
    cancelled = await cancel(business, sent["delivery"]["id"])
    assert cancelled["sentCopies"] == [{"recipient": copies[0]}]
    left = await EmailDelivery.get(company_id=business.company_id, recipient=copies[1])
    assert left.status is DeliveryState.CANCELLED


async def test_reminders_sent_by_hand_can_be_cancelled(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    query = (
        "mutation($id: ID!) { sendReminder(input: {invoiceId: $id}, delaySeconds: 60)"
        " { status delivery { id } } }"
    )
    sent = (await business.gql(query, id=invoice_id))["sendReminder"]
    assert sent["status"] == "WAITING"
    cancelled = await cancel(business, sent["delivery"]["id"])
    assert cancelled["delivery"]["state"] == "CANCELLED"


async def test_another_company_s_e_mail_is_not_found(business: Business, rival: Business) -> None:
    sent = await issue_and_send(rival, await make_draft(rival, new_address()))
    with pytest.raises(GraphQLFailed) as refusal:
        await cancel(business, sent["delivery"]["id"])
    assert refusal.value.code == "NOT_FOUND"
    assert (await delivery_state(rival))[0] == DeliveryState.QUEUED


async def test_of_sending_and_cancelling_at_once_exactly_one_happens(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    for _ in range(10):
        sent = await send(business, invoice_id, delaySeconds=60)
        lease = await leased(business)
        results = await asyncio.gather(
            delivery_queue.mark_sending(lease),
            cancel_delivery(staff_of(business), sent["delivery"]["id"]),
            return_exceptions=True,
        )
        refusals = [each for each in results if isinstance(each, Exception)]
        assert len(refusals) == 1
        assert isinstance(refusals[0], LeaseLost | Conflict)
        await EmailDelivery.filter(company_id=business.company_id).delete()


async def test_what_has_failed_while_its_holder_was_slow_is_not_tried_again(
    business: Business,
) -> None:
    invoice_id = await make_invoice(business, new_address())
    sent = await send(business, invoice_id, delaySeconds=60)
    lease = await leased(business)
    await delivery_queue.mark_sending(lease)
    delivery = EmailDelivery.filter(id=sent["delivery"]["id"])
    await delivery.update(next_attempt_at=datetime.now(UTC) - timedelta(seconds=1))
    await delivery_queue.fail_abandoned()
    await delivery_queue.postpone(lease, "Try again later.")
    failed = await delivery.get()
    assert (failed.status, failed.next_attempt_at) == (DeliveryState.FAILED, None)


_steps = st.lists(
    st.sampled_from(["lease", "hand over", "finish", "postpone", "cancel"]), max_size=12
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_steps)
async def test_after_any_steps_an_e_mail_has_left_or_is_cancelled_but_never_both(
    business: Business, steps: list[str]
) -> None:
    await EmailDelivery.filter(company_id=business.company_id).delete()
    invoice_id = await make_invoice(business, new_address())
    delivery_id = (await send(business, invoice_id, delaySeconds=60))["delivery"]["id"]
    # A high number of attempts makes the pauses long, so that no worker takes it meanwhile.
    await EmailDelivery.filter(id=delivery_id).update(attempts=10)
    lease, has_left, is_cancelled = await leased(business), False, False
    for step in steps:
        match step:
            case "lease":
                lease = await leased(business)
            case "hand over":
                with suppress(LeaseLost):
                    await delivery_queue.mark_sending(lease)
                    has_left = True
            case "finish":
                state = DeliveryState.SENT if has_left else DeliveryState.SKIPPED
                await delivery_queue.finish(lease, state, "")
            case "postpone":
                before = (await EmailDelivery.get(id=delivery_id)).status
                await delivery_queue.postpone(lease, "")
                has_left = has_left and before is DeliveryState.SENT
            case "cancel":
                with suppress(Conflict):
                    await cancel_delivery(staff_of(business), delivery_id)
                    is_cancelled = True
        status = (await EmailDelivery.get(id=delivery_id)).status
        assert (status is DeliveryState.CANCELLED) == is_cancelled
        assert not (has_left and is_cancelled)
