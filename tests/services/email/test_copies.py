"""Copies of documents' e-mails go to the customer's further addresses, each as its own e-mail."""

import re
from email.message import EmailMessage
from typing import Any

import pytest

from models import Customer, DeliveryState, EmailDelivery, EmailPreference, MailCategory
from services.email.email_content import OPTED_OUT
from tests.services.email.test_emails import make_retry_due, new_address, send, turn_off
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, text_of


async def _invoice(business: Business, *copies: str, **details: object) -> tuple[str, str]:
    """Return an issued invoice of a customer with copies, and the customer's address."""
    address = new_address()
    customer_id = await business.make_customer(email=address, ccEmails=copies)
    return await business.make_invoice(customerId=customer_id, **details), address


async def _arrived(mailbox: Mailbox, address: str) -> EmailMessage:
    async def has_arrived() -> bool:
        return bool(mailbox.arrived[address])

    await eventually(has_arrived)
    return mailbox.only(address)


def _preferences_link(message: EmailMessage) -> str:
    match = re.search(r"http\S+/preferences/\S+", text_of(message))
    assert match
    return match[0]


async def _log(business: Business) -> dict[str, Any]:
    query = "{ company { emailDeliveries { edges { node { recipient isCopy state detail } } } } }"
    edges = (await business.gql(query))["company"]["emailDeliveries"]["edges"]
    return {edge["node"].pop("recipient"): edge["node"] for edge in edges}


async def test_everybody_gets_the_document_and_sees_who_else_does(
    business: Business, mailbox: Mailbox
) -> None:
    books, boss = sorted([new_address(), new_address()])
    invoice_id, ada = await _invoice(business, books, boss, books.upper())
    assert (await send(business, invoice_id, message="Hello"))["status"] == "SENT"
    messages = [await _arrived(mailbox, address) for address in (ada, books, boss)]
    for message in messages:
        assert (message["To"], message["Cc"]) == (ada, f"{books}, {boss}")
        assert "Hello" in text_of(message)
        assert [part.get_filename() for part in message.iter_attachments()] == [
            "Invoice-INV-00001.pdf"
        ]
    assert len({message["Message-ID"] for message in messages}) == 3
    log = await _log(business)
    assert {address: row["isCopy"] for address, row in log.items()} == {
        ada: False,
        books: True,
        boss: True,
    }


async def test_each_recipient_turns_off_only_their_own_e_mails(
    business: Business, mailbox: Mailbox
) -> None:
    books = new_address()
    invoice_id, ada = await _invoice(business, books)
    await send(business, invoice_id)
    link = _preferences_link(await _arrived(mailbox, books))
    assert link != _preferences_link(await _arrived(mailbox, ada))
    token = link.rsplit("/", 1)[-1]
    preference = await EmailPreference.get(token=token)
    assert preference.address == books


async def test_who_has_opted_out_gets_no_copy(business: Business, mailbox: Mailbox) -> None:
    books, boss = new_address(), new_address()
    invoice_id, ada = await _invoice(business, books, boss)
    await turn_off(business, books, MailCategory.DOCUMENT)
    await send(business, invoice_id)
    message = await _arrived(mailbox, boss)
    assert message["Cc"] == mailbox.only(ada)["Cc"] == boss
    assert mailbox.arrived[books] == []
    skipped = (await _log(business))[books]
    assert skipped == {"isCopy": True, "state": "SKIPPED", "detail": OPTED_OUT}


async def test_opting_out_stops_a_copy_that_waits(business: Business, mailbox: Mailbox) -> None:
    books = new_address()
    mailbox.on_recipient[books].append("451 later")
    invoice_id, ada = await _invoice(business, books)
    await send(business, invoice_id)

    async def is_postponed() -> bool:
        delivery = await EmailDelivery.get(company_id=business.company_id, recipient=books)
        return delivery.detail == "451 later"

    await eventually(is_postponed)
    await turn_off(business, books, MailCategory.DOCUMENT)
    await make_retry_due(business)

    async def is_skipped() -> bool:
        delivery = await EmailDelivery.get(company_id=business.company_id, recipient=books)
        return delivery.status is DeliveryState.SKIPPED

    await eventually(is_skipped)
    assert mailbox.arrived[books] == []
    assert len(mailbox.arrived[ada]) == 1


async def test_nobody_gets_the_same_e_mail_twice(business: Business, mailbox: Mailbox) -> None:
    books = new_address()
    invoice_id, _ = await _invoice(business, books)
    key = {"idempotencyKey": "once"}
    for _ in range(2):
        await send(business, invoice_id, to=(written := books.replace("ada", "Ada")), **key)
    assert (await _arrived(mailbox, written))["Cc"] is None
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 1


async def test_a_customer_who_has_opted_out_stops_the_copies(
    business: Business, mailbox: Mailbox
) -> None:
    books = new_address()
    invoice_id, ada = await _invoice(business, books)
    await turn_off(business, ada, MailCategory.DOCUMENT)
    assert (await send(business, invoice_id))["status"] == "SKIPPED_OPTED_OUT"
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 1
    assert mailbox.arrived[books] == []


async def test_an_address_that_few_servers_accept_spares_the_others(
    business: Business, mailbox: Mailbox
) -> None:
    books, rare = new_address(), f"żółć-{new_address()}"
    invoice_id, ada = await _invoice(business, books, rare)
    await send(business, invoice_id)
    assert (await _arrived(mailbox, ada))["Cc"] == books
    assert (await _arrived(mailbox, rare))["Cc"] == f"{books}, {rare}"


async def test_reminders_have_no_copies(business: Business, mailbox: Mailbox) -> None:
    books = new_address()
    invoice_id, ada = await _invoice(business, books)
    await business.mutate("sendReminder", "InvoiceRef", "{ status }", invoiceId=invoice_id)
    assert (await _arrived(mailbox, ada))["Cc"] is None
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 1


async def test_quotes_and_credit_notes_have_copies(business: Business, mailbox: Mailbox) -> None:
    books = new_address()
    customer_id = await business.make_customer(email=new_address(), ccEmails=[books])
    quote_id = await business.make_quote(customerId=customer_id)
    note_id = await business.make_credit_note(customer_id, "5")
    await business.mutate("sendQuote", "SendQuoteInput", "{ status }", quoteId=quote_id)
    await business.mutate(
        "sendCreditNote", "SendCreditNoteInput", "{ status }", creditNoteId=note_id
    )

    async def have_arrived() -> bool:
        return len(mailbox.arrived[books]) == 2

    await eventually(have_arrived)
    await Customer.filter(id=customer_id).update(cc_emails=None)
    await business.mutate("sendQuote", "SendQuoteInput", "{ status }", quoteId=quote_id)
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 5


async def test_the_sender_names_further_recipients(business: Business, mailbox: Mailbox) -> None:
    books, boss = new_address(), f"Boss.{new_address()}"
    invoice_id, ada = await _invoice(business, books)
    sent = await send(business, invoice_id, cc=[boss, books.upper(), ada, boss.lower()])
    assert sent["status"] == "SENT"
    everybody = sorted([boss, books], key=str.lower)
    for address in (ada, books, boss):
        assert (await _arrived(mailbox, address))["Cc"] == ", ".join(everybody)


async def test_the_archive_gets_a_copy_that_nobody_sees(
    business: Business, mailbox: Mailbox
) -> None:
    archive, books = new_address(), new_address()
    await business.mutate(
        "updateCompany", "UpdateCompanyInput", "{ company { archiveEmail } }", archiveEmail=archive
    )
    invoice_id, ada = await _invoice(business, books)
    await send(business, invoice_id)
    for address in (archive, ada, books):
        message = await _arrived(mailbox, address)
        assert (message["To"], message["Cc"]) == (ada, books)
    await business.mutate("sendReminder", "InvoiceRef", "{ status }", invoiceId=invoice_id)
    assert len(mailbox.arrived[archive]) == 1


@pytest.mark.parametrize(
    ("cc", "field"),
    [(["x"], "cc.0"), ([f"a{n}@example.com" for n in range(11)], "cc")],
)
async def test_wrong_recipients_are_refused(business: Business, cc: list[str], field: str) -> None:
    invoice_id, _ = await _invoice(business)
    with pytest.raises(GraphQLFailed) as refusal:
        await send(business, invoice_id, cc=cc)
    assert (refusal.value.code, refusal.value.field) == ("BAD_INPUT", field)
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0
