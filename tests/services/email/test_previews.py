"""A preview is the e-mail that would be sent, and sends and changes nothing."""

from typing import Any, Final

import pytest
from tortoise.transactions import in_transaction

from models import AuditEntry, EmailDelivery, EmailPreference, Invoice, InvoiceStatus, MailCategory
from tests.services.email.test_cancellations import make_draft
from tests.services.email.test_emails import make_invoice, new_address, send, turn_off
from tests.support.clients import Business
from tests.support.mailbox import Mailbox, text_of

_PREVIEW: Final = (
    "query($input: EmailPreviewInput!) { emailPreview(input: $input) { subject html text"
    " attachments recipients { address isCopy isBlindCopy optOut { origin } } } }"
)


async def preview(business: Business, what: str, **input: object) -> Any:
    """Return the preview, after checking that nothing was written."""
    models = (EmailDelivery, EmailPreference, AuditEntry)
    rows = [await model.filter(company_id=business.company_id).count() for model in models]
    email = (await business.gql(_PREVIEW, input={what: input}))["emailPreview"]
    assert rows == [await model.filter(company_id=business.company_id).count() for model in models]
    return email


async def test_a_preview_is_the_e_mail_that_is_sent(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    await business.share(invoice_id)
    email = await preview(business, "invoice", invoiceId=invoice_id, message="Thank you!")
    await send(business, invoice_id, message="Thank you!")
    message = mailbox.only(address)
    sent = text_of(message).splitlines()[:-3]  # without the link to the preferences, new each time
    assert email["subject"] == message["Subject"]
    assert email["text"].splitlines()[: len(sent)] == sent
    assert "Thank you!" in email["html"]
    assert email["attachments"] == ["Invoice-INV-00001.pdf"]
    assert email["recipients"] == [
        {"address": address, "isCopy": False, "isBlindCopy": False, "optOut": None}
    ]


async def test_a_draft_s_preview_has_the_next_number_and_leaves_it_a_draft(
    business: Business,
) -> None:
    invoice_id = await make_draft(business, new_address(), ccEmails=["books@example.com"])
    for _ in range(2):
        email = await preview(business, "invoice", invoiceId=invoice_id)
        assert email["subject"].startswith("Invoice INV-00001 ")
    assert [each["address"] for each in email["recipients"]][1:] == ["books@example.com"]
    invoice = await Invoice.get(id=invoice_id)
    assert (invoice.status, invoice.number) == (InvoiceStatus.DRAFT, None)


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_a_preview_waits_for_nobody(business: Business) -> None:
    invoice_id = await make_invoice(business, new_address())
    await business.share(invoice_id)
    draft_id = await make_draft(business, new_address())
    async with in_transaction() as other:
        await other.execute_query(
            "SELECT 1 FROM view_feed WHERE company_id = $1 FOR UPDATE", [business.company_id]
        )
        assert await preview(business, "invoice", invoiceId=draft_id)
        for table in ("company", "customer", "invoice"):
            owner = "id" if table == "company" else "company_id"
            await other.execute_query(
                f"SELECT 1 FROM {table} WHERE {owner} = $1 FOR NO KEY UPDATE",
                [business.company_id],
            )
        assert await preview(business, "reminder", invoiceId=invoice_id)


async def test_a_preview_says_who_has_turned_these_e_mails_off(business: Business) -> None:
    address = new_address()
    await turn_off(business, address, MailCategory.DOCUMENT)
    email = await preview(business, "invoice", invoiceId=await make_invoice(business, address))
    assert email["recipients"][0]["optOut"] == {"origin": "LINK"}
    assert (email["subject"], email["html"], email["attachments"]) == (None, None, [])


async def test_reminders_quotes_and_credit_notes_have_previews(business: Business) -> None:
    customer_id = await business.make_customer(email=new_address())
    invoice_id = await business.make_invoice(customerId=customer_id)
    note_id = await business.credit_invoice(invoice_id)
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    subjects = [
        (await preview(business, "reminder", invoiceId=invoice_id))["subject"],
        (
            await preview(
                business, "quote", quoteId=await business.make_quote(customerId=customer_id)
            )
        )["subject"],
        (await preview(business, "creditNote", creditNoteId=note_id))["subject"],
    ]
    assert [subject.split()[0] for subject in subjects] == ["Reminder:", "Quote", "Credit"]


@pytest.mark.parametrize("input", [{}, {"to": "nobody"}])
async def test_what_cannot_be_sent_has_no_preview(
    business: Business, rival: Business, input: dict[str, object]
) -> None:
    given = {"invoice": {"invoiceId": await make_draft(business, None), **input}}
    refusal = await business.refused(_PREVIEW, input=given)
    assert (refusal.code, refusal.field) == ("BAD_INPUT", "to")
    foreign = {"invoice": {"invoiceId": await make_draft(rival, new_address())}}
    assert (await business.refused(_PREVIEW, input=foreign)).code == "NOT_FOUND"
