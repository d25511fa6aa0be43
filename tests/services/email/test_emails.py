"""E-mails that staff send arrive once, whatever the mail server does, unless opted out of."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock
from uuid import uuid4

import pytest

from db.statements import execute
from models import (
    AuditEntry,
    Company,
    DeliveryState,
    EmailDelivery,
    EmailPreference,
    Invoice,
    MailCategory,
    OptOutOrigin,
)
from services.email import delivery_queue, preferences
from services.email.delivery_queue import delay_after
from services.email.email_content import OPTED_OUT
from services.email.preferences import preference_for
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import HANG_UP, Mailbox, html_of, text_of

SEND = "{ status detail delivery { id state attempts nextAttemptAt } }"
CONCURRENCY = 16


def new_address() -> str:
    """Return an unused e-mail address."""
    return f"ada-{uuid4().hex}@example.com"


async def make_invoice(business: Business, address: str | None, **details: object) -> str:
    """Return an issued invoice of a customer with this address."""
    customer_id = await business.make_customer(email=address)
    return await business.make_invoice(customerId=customer_id, **details)


async def send(business: Business, invoice_id: str, **more: object) -> Any:
    """Send an invoice and return the result."""
    return await business.mutate(
        "sendInvoice", "SendInvoiceInput", SEND, invoiceId=invoice_id, **more
    )


async def refused(business: Business, invoice_id: str, **more: object) -> tuple[str, str | None]:
    """Return the code and field of the refusal to send, after checking that nothing is queued."""
    with pytest.raises(GraphQLFailed) as refusal:
        await send(business, invoice_id, **more)
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0
    return refusal.value.code, refusal.value.field


async def turn_off(business: Business, address: str, category: MailCategory) -> None:
    """Turn off a category of e-mail for an address."""
    preference = await preference_for(business.company_id, address, "en")
    await preferences.turn_off(preference, [category], OptOutOrigin.LINK)


async def make_retry_due(business: Business) -> None:
    """Make the next attempt of every waiting delivery due now."""
    await execute(
        "UPDATE email_delivery SET next_attempt_at = $1"
        " WHERE company_id = $2 AND next_attempt_at IS NOT NULL",
        datetime.now(UTC) - timedelta(seconds=1),
        business.company_id,
    )


async def delivery_state(business: Business) -> tuple[str, str | None]:
    """Return the status and detail of the business's only delivery."""
    delivery = await EmailDelivery.get(company_id=business.company_id)
    return delivery.status, delivery.detail


# --- sending --------------------------------------------------------------------------------------


async def test_an_invoice_arrives_with_its_link(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    sent = await send(business, invoice_id, message="With thanks\nAda & <Bob>")
    assert (sent["status"], sent["detail"]) == ("SENT", "250 Kept")
    assert sent["delivery"] == {
        "id": sent["delivery"]["id"],
        "state": "SENT",
        "attempts": 1,
        "nextAttemptAt": None,
    }
    message = mailbox.only(address)
    text, html = text_of(message), html_of(message)
    url = (await business.invoice(invoice_id, "shareUrl"))["shareUrl"] + "?source=email"
    assert url in text.splitlines()
    assert f'href="{url}"' in html
    assert "With thanks\nAda & <Bob>" in text
    assert "With thanks<br>Ada &amp; &lt;Bob&gt;" in html
    assert "€100.00" in text
    assert "€100.00" in html


async def test_an_address_is_written_as_it_was_entered(
    business: Business, mailbox: Mailbox
) -> None:
    address = f"Ada.{uuid4().hex}@EXAMPLE.com"
    invoice_id = await make_invoice(business, address)
    sent = await send(business, invoice_id)
    assert sent["status"] == "SENT"
    written = address.replace("EXAMPLE", "example")
    assert mailbox.only(written)["To"] == written
    assert await EmailPreference.filter(address=address.lower()).count() == 1


async def test_an_existing_link_is_used(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    token = await business.share(invoice_id)
    await send(business, invoice_id)
    assert token in text_of(mailbox.only(address))
    entries = AuditEntry.filter(company_id=business.company_id, action="INVOICE_SHARED")
    assert await entries.count() == 1


async def test_another_address_can_be_given(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, None)
    assert (await send(business, invoice_id, to=address))["status"] == "SENT"
    assert mailbox.only(address)["To"] == address


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "to"),
        ({"to": "nobody"}, "to"),
        ({"to": "a@b.cc\r\nBcc: x@y.zz"}, "to"),
        ({"to": "a@b.cc", "message": "x" * 2001}, "message"),
        ({"to": "a@b.cc", "idempotencyKey": "x" * 65}, "idempotencyKey"),
    ],
)
async def test_invalid_requests_to_send_are_refused(
    business: Business, more: dict[str, object], field: str
) -> None:
    assert await refused(business, await make_invoice(business, None), **more) == (
        "BAD_INPUT",
        field,
    )


async def test_drafts_and_cancelled_invoices_are_not_sent(business: Business) -> None:
    draft_id = await business.make_draft()
    cancelled_id = await business.make_invoice()
    await business.mutate(
        "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=cancelled_id
    )
    for invoice_id in (draft_id, cancelled_id):
        assert await refused(business, invoice_id) == ("CONFLICT", None)
        assert (await Invoice.get(id=invoice_id)).share_token is None


async def test_an_invoice_that_is_cancelled_meanwhile_is_not_sent(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    mailbox.on_recipient[address].append("451 Later")
    delivery_id = (await send(business, invoice_id))["delivery"]["id"]
    await business.mutate("cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id)
    await make_retry_due(business)

    async def has_failed() -> bool:
        return (await EmailDelivery.get(id=delivery_id)).status == "FAILED"

    await eventually(has_failed)
    delivery = await EmailDelivery.get(id=delivery_id)
    assert delivery.detail == "The invoice was cancelled before the e-mail was sent."
    assert mailbox.arrived[address] == []


async def test_another_company_s_invoice_is_not_found(business: Business, rival: Business) -> None:
    assert await refused(business, await rival.make_invoice()) == ("NOT_FOUND", None)


async def test_opted_out_recipients_are_skipped_and_staff_are_told(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    await turn_off(business, address, MailCategory.DOCUMENT)
    invoice_id = await make_invoice(business, address.upper())
    sent = await send(business, invoice_id)
    assert sent["status"] == "SKIPPED_OPTED_OUT"
    assert sent["detail"] == OPTED_OUT
    assert (await Invoice.get(id=invoice_id)).share_token is None
    reminded = await business.mutate("sendReminder", "InvoiceRef", SEND, invoiceId=invoice_id)
    assert reminded["status"] == "SENT"
    written = address.upper().replace("EXAMPLE.COM", "example.com")
    assert "Reminder" in mailbox.only(written)["Subject"]


async def test_concurrent_sends_to_one_address_are_one_delivery(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    mailbox.on_data[address].extend(["451 Busy"] * CONCURRENCY)
    answers = await asyncio.gather(*(send(business, invoice_id) for _ in range(CONCURRENCY)))
    assert len({answer["delivery"]["id"] for answer in answers}) == 1
    assert mailbox.arrived[address] == []


async def test_sending_a_quote_and_recording_payments_do_not_deadlock(business: Business) -> None:
    customer_id = await business.make_customer(email=new_address())
    for _ in range(4):
        quote_id = await business.make_quote(customerId=customer_id)
        invoice_id = await business.make_invoice(customerId=customer_id)
        payment = {"invoiceId": invoice_id, "amount": "1", "method": "cash"}
        await asyncio.gather(
            business.mutate("sendQuote", "SendQuoteInput", SEND, quoteId=quote_id),
            *(
                business.mutate("recordPayment", "RecordPaymentInput", "{ __typename }", **payment)
                for _ in range(3)
            ),
        )


async def test_a_different_e_mail_is_refused_while_one_is_being_sent(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    mailbox.on_data[address].append("451 Busy")
    await send(business, invoice_id, idempotencyKey="one")
    for other in ({"message": "Another"}, {"idempotencyKey": "two"}):
        with pytest.raises(GraphQLFailed) as refusal:
            await send(business, invoice_id, **other)
        assert refusal.value.code == "CONFLICT"
    assert (await send(business, invoice_id))["delivery"]["state"] == "QUEUED"
    await make_retry_due(business)
    # The mail server has the message a moment before the delivery is marked as sent.
    await eventually(lambda: EmailDelivery.exists(recipient=address, status=DeliveryState.SENT))
    assert await _has(mailbox, address, 1)
    assert (await send(business, invoice_id, message="Another"))["status"] == "SENT"


async def test_an_e_mail_that_cannot_be_composed_fails_immediately(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    await Company.filter(id=business.company_id).update(name="Two\nlines")
    sent = await send(business, invoice_id)
    assert sent["delivery"]["state"] == "FAILED"
    assert "could not be composed" in sent["detail"]


async def test_a_non_ascii_address_gets_its_e_mail(business: Business, mailbox: Mailbox) -> None:
    address = f"żółć-{uuid4().hex}@example.com"
    assert (await send(business, await make_invoice(business, address)))["status"] == "SENT"
    mailbox.only(address)


async def test_the_same_key_sends_once(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    sends = (send(business, invoice_id, idempotencyKey="k") for _ in range(CONCURRENCY))
    answers = await asyncio.gather(*sends)
    assert len({answer["delivery"]["id"] for answer in answers}) == 1
    await eventually(lambda: _has(mailbox, address, 1))
    await send(business, invoice_id)
    assert len(mailbox.arrived[address]) == 2
    with pytest.raises(GraphQLFailed) as refusal:
        await send(business, invoice_id, idempotencyKey="k", message="another")
    assert (refusal.value.code, refusal.value.field) == ("CONFLICT", "idempotencyKey")


async def _has(mailbox: Mailbox, address: str, count: int) -> bool:
    return len(mailbox.arrived[address]) == count


# --- mail servers that defer or reject ------------------------------------------------------------


@pytest.mark.parametrize("command", ["on_recipient", "on_data"])
async def test_a_deferred_e_mail_is_retried_and_arrives_once(
    business: Business, mailbox: Mailbox, command: str
) -> None:
    address = new_address()
    getattr(mailbox, command)[address].extend(["450 Greylisted", "451 Still busy"])
    sent = await send(business, await make_invoice(business, address))
    assert sent["status"] == "FAILED"
    assert sent["detail"] == "Not sent yet. The portal will try again. 450 Greylisted"
    assert (sent["delivery"]["state"], sent["delivery"]["attempts"]) == ("QUEUED", 1)
    await make_retry_due(business)
    await eventually(lambda: _is(business, "QUEUED", "451 Still busy"))
    await make_retry_due(business)
    await eventually(lambda: _is(business, "SENT", "250 Kept"))
    mailbox.only(address)
    assert (await EmailDelivery.get(company_id=business.company_id)).attempts == 3


async def _is(business: Business, *state: str) -> bool:
    return await delivery_state(business) == state


@pytest.mark.parametrize("command", ["on_recipient", "on_data"])
async def test_a_rejected_e_mail_fails_with_the_response(
    business: Business, mailbox: Mailbox, command: str
) -> None:
    address = new_address()
    getattr(mailbox, command)[address].append("550 Nobody here")
    sent = await send(business, await make_invoice(business, address))
    assert (sent["status"], sent["detail"]) == ("FAILED", "550 Nobody here")
    assert (sent["delivery"]["state"], sent["delivery"]["nextAttemptAt"]) == ("FAILED", None)
    assert mailbox.arrived[address] == []


async def test_a_server_that_hangs_up_before_the_message_loses_nothing(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    mailbox.on_recipient[address].append(HANG_UP)
    sent = await send(business, await make_invoice(business, address))
    assert sent["delivery"]["state"] == "QUEUED"
    await make_retry_due(business)
    await eventually(lambda: _is(business, "SENT", "250 Kept"))
    mailbox.only(address)


async def test_an_unconfirmed_e_mail_is_not_sent_again(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    mailbox.on_data[address].append(HANG_UP)
    sent = await send(business, await make_invoice(business, address))
    assert (sent["status"], sent["delivery"]["state"]) == ("FAILED", "FAILED")
    assert "It may have arrived." in sent["detail"]


async def test_a_worker_that_died_while_sending_leaves_a_failed_delivery(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    mailbox.on_recipient[address].append("450 Later")
    await send(business, await make_invoice(business, address))
    await EmailDelivery.filter(company_id=business.company_id).update(
        status="SENDING", next_attempt_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    await eventually(lambda: _has_failed(business))
    _, detail = await delivery_state(business)
    assert "It may have arrived." in str(detail)
    assert mailbox.arrived[address] == []


async def test_what_is_due_by_the_clock_of_the_database_is_sent(
    business: Business, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = new_address()
    mailbox.on_recipient[address].append("450 Later")
    await send(business, await make_invoice(business, address))
    deliveries = EmailDelivery.filter(company_id=business.company_id)
    in_an_hour = datetime.now(UTC) + timedelta(hours=1)
    await deliveries.update(next_attempt_at=in_an_hour)
    monkeypatch.setattr(delivery_queue, "database_time", AsyncMock(return_value=in_an_hour))
    await eventually(deliveries.filter(status="SENT").exists)
    assert len(mailbox.arrived[address]) == 1


async def _has_failed(business: Business) -> bool:
    return (await delivery_state(business))[0] == "FAILED"


async def test_a_link_revoked_before_sending_is_not_sent(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    mailbox.on_data[address].append("451 Busy")
    invoice_id = await make_invoice(business, address)
    await send(business, invoice_id)
    await business.revoke(invoice_id)
    await make_retry_due(business)
    await eventually(lambda: _has_failed(business))
    assert mailbox.arrived[address] == []


async def test_opting_out_before_sending_skips_the_e_mail(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    mailbox.on_data[address].append("451 Busy")
    await send(business, await make_invoice(business, address))
    await turn_off(business, address, MailCategory.DOCUMENT)
    await make_retry_due(business)
    await eventually(lambda: _is(business, "SKIPPED", OPTED_OUT))
    assert mailbox.arrived[address] == []


async def test_a_delivery_fails_after_four_days(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    mailbox.on_data[address].extend(["451 Busy", "451 Busy still"])
    await send(business, await make_invoice(business, address))
    await EmailDelivery.filter(company_id=business.company_id).update(
        created_at=datetime.now(UTC) - timedelta(days=4, seconds=1)
    )
    await make_retry_due(business)
    await eventually(lambda: _is(business, "FAILED", "451 Busy still"))


def test_retries_back_off_up_to_four_hours() -> None:
    seconds = [delay_after(attempt).total_seconds() for attempt in range(1, 1000)]
    assert seconds[:4] == [5, 10, 20, 40]
    assert seconds == sorted(seconds)
    assert seconds[-1] == 4 * 60 * 60


# --- what staff see -------------------------------------------------------------------------------


async def test_deliveries_are_listed_for_staff(business: Business, mailbox: Mailbox) -> None:
    rejected, address = new_address(), new_address()
    mailbox.on_data[rejected].append("550 No")
    invoice_id = await make_invoice(business, address)
    await send(business, invoice_id)
    await send(business, await make_invoice(business, rejected))
    query = """query($state: DeliveryState, $invoice: ID) { company {
        emailDeliveries(state: $state, invoiceId: $invoice) {
            totalCount edges { node { recipient kind category state detail } } } } }"""

    async def listed(**filters: object) -> list[Any]:
        page = (await business.gql(query, **filters))["company"]["emailDeliveries"]
        assert page["totalCount"] == len(page["edges"])
        return [tuple(edge["node"].values()) for edge in page["edges"]]

    failed = (rejected, "INVOICE", "DOCUMENT", "FAILED", "550 No")
    sent = (address, "INVOICE", "DOCUMENT", "SENT", "250 Kept")
    assert await listed() == [failed, sent]
    assert await listed(state="FAILED") == [failed]
    assert await listed(invoice=invoice_id) == [sent]
