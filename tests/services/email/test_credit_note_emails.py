"""E-mails with credit notes: what they say, and when they are refused."""

import asyncio
from typing import Any

import pytest

from models import CreditNote, EmailDelivery, MailCategory
from tests.services.email.test_attachments import attached, download
from tests.services.email.test_emails import (
    SEND,
    make_retry_due,
    new_address,
    turn_off,
)
from tests.support.clients import Business, GraphQLFailed, eventually
from tests.support.mailbox import Mailbox, html_of, text_of


async def _credited(business: Business, address: str | None, **customer: object) -> str:
    """Return the id of an issued credit note that corrects an invoice of a customer."""
    customer_id = await business.make_customer(email=address, **customer)
    invoice_id = await business.make_invoice(
        customerId=customer_id, number="2026/7", issueDate="2026-11-01"
    )
    note_id = await business.credit_invoice(invoice_id, reason="Tiles returned & checked")
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    return note_id


async def _send(business: Business, note_id: str, **more: object) -> Any:
    return await business.mutate(
        "sendCreditNote", "SendCreditNoteInput", SEND, creditNoteId=note_id, **more
    )


async def test_a_credit_note_arrives_with_its_link_and_its_pdf(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    note_id = await _credited(business, address)
    sent = await _send(business, note_id, message="Sorry about that.")
    assert sent["status"] == "SENT"
    message = mailbox.only(address)
    assert message["Subject"] == "Credit note CN-00001 from Acme Ltd"
    note = await CreditNote.get(id=note_id)
    for text in (text_of(message), html_of(message)):
        for words in (
            "Credit note CN-00001",
            "Corrects invoice 2026/7 of November 1, 2026",
            "Sorry about that.",
            "€100.00",
            "See credit note",
            f"/credit-note/{note.share_token}?source=email",
        ):
            assert words in text
    assert "Tiles returned & checked" in text_of(message)
    assert "Tiles returned &amp; checked" in html_of(message)
    content = await download(business, f"/credit-notes/{note_id}.pdf")
    assert attached(message) == ("Credit-note-CN-00001.pdf", "application/pdf", content)


async def test_the_e_mail_is_in_the_language_of_the_document(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    await _send(business, await _credited(business, address, language="de"))
    message = mailbox.only(address)
    assert message["Subject"] == "Gutschrift CN-00001 von Acme Ltd"
    assert "Korrigiert Rechnung 2026/7 vom 1. November 2026" in text_of(message)


async def test_credit_that_corrects_nothing_says_only_why(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    customer_id = await business.make_customer(email=address)
    await _send(business, await business.make_credit_note(customer_id, "10", reason="Late"))
    text = text_of(mailbox.only(address))
    assert ("Late" in text, "Corrects" in text) == (True, False)


async def test_who_has_turned_documents_off_gets_none(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    note_id = await _credited(business, address)
    await turn_off(business, address, MailCategory.DOCUMENT)
    sent = await _send(business, note_id)
    assert sent["status"] == "SKIPPED_OPTED_OUT"
    assert mailbox.arrived[address] == []
    assert (await CreditNote.get(id=note_id)).share_token is None


async def test_a_repeated_key_sends_one_e_mail(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    note_id = await _credited(business, address)
    sent = await asyncio.gather(*(_send(business, note_id, idempotencyKey="k") for _ in range(4)))
    assert len({each["delivery"]["id"] for each in sent}) == 1
    assert len(mailbox.arrived[address]) == 1


@pytest.mark.parametrize("state", ["draft", "void", "no address", "another's"])
async def test_what_cannot_be_sent_is_refused(
    business: Business, rival: Business, state: str
) -> None:
    owner = rival if state == "another's" else business
    if state == "draft":
        note_id = await business.credit_invoice(await business.make_invoice())
    else:
        note_id = await _credited(owner, None if state == "no address" else new_address())
    if state == "void":
        await business.credit_note("voidCreditNote", creditNoteId=note_id)
    with pytest.raises(GraphQLFailed) as refusal:
        await _send(business, note_id)
    expected = {"no address": "BAD_INPUT", "another's": "NOT_FOUND"}.get(state, "CONFLICT")
    assert refusal.value.code == expected
    assert await EmailDelivery.filter(company_id=business.company_id).count() == 0


async def test_a_credit_note_that_is_voided_meanwhile_is_not_sent(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    note_id = await _credited(business, address)
    mailbox.on_recipient[address].append("451 Later")
    queued = await _send(business, note_id)
    assert queued["delivery"]["state"] == "QUEUED"
    await business.credit_note("voidCreditNote", creditNoteId=note_id)
    await make_retry_due(business)

    async def has_failed() -> bool:
        delivery = await EmailDelivery.get(id=queued["delivery"]["id"])
        return delivery.status == "FAILED"

    await eventually(has_failed)
    delivery = await EmailDelivery.get(id=queued["delivery"]["id"])
    assert delivery.detail == "The credit note was voided before the e-mail was sent."
    assert mailbox.arrived[address] == []
