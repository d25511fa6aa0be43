"""Files in an e-mail equal a download at that time, and e-mails wait for their PDF."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from unittest.mock import AsyncMock, patch

import pytest

from errors import Busy
from models import Company, Customer
from pdf.worker_pool import RenderingFailed, WorkerPool
from tests.conftest import Backend
from tests.services.email.test_emails import (
    SEND,
    delivery_state,
    make_invoice,
    make_retry_due,
    new_address,
    send,
)
from tests.services.email.test_previews import preview
from tests.services.email.test_reminders import shared_ago
from tests.support.clients import Business, eventually
from tests.support.e_invoices import make_complete_invoice
from tests.support.mailbox import Mailbox
from tests.support.servers import invotify


def attached(message: EmailMessage) -> tuple[str | None, str, bytes]:
    """Return the name, type and content of the only attachment."""
    [part] = message.iter_attachments()
    content: bytes = part.get_content()
    return part.get_filename(), part.get_content_type(), content


async def download(business: Business, path: str) -> bytes:
    """Return the file that staff download."""
    answer = await business.http.get(path, headers=business.headers)
    assert answer.status_code == 200
    return answer.content


async def test_an_invoice_is_attached_as_it_is_now(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    await Company.filter(id=business.company_id).update(language="de")
    invoice_id = await make_invoice(business, address, number="2026/7 Ä")
    await send(business, invoice_id)
    content = await download(business, f"/invoices/{invoice_id}.pdf")
    name = "Rechnung-2026-7-Ä.pdf"
    assert attached(mailbox.only(address)) == (name, "application/pdf", content)
    await business.pay(invoice_id, "40")
    await send(business, invoice_id)
    paid = await download(business, f"/invoices/{invoice_id}.pdf")
    # The payment's receipt may have arrived in between.
    [_, again] = [m for m in mailbox.arrived[address] if m["Subject"].startswith("Rechnung ")]
    assert attached(again) == (name, "application/pdf", paid)
    assert paid != content


async def test_a_reminder_has_the_invoice_attached(
    backend: Backend, business: Business, mailbox: Mailbox
) -> None:
    manual, automatic = new_address(), new_address()
    # So late that all stages are reached, but not so late that the last one isn't made up for.
    due_date = datetime.now(UTC).date() - timedelta(days=30)
    late = {"issueDate": "2020-01-01", "dueDate": due_date.isoformat(), "number": "7"}
    invoice_id = await make_invoice(business, manual, **late)
    await business.mutate("sendReminder", "InvoiceRef", SEND, invoiceId=invoice_id)
    content = await download(business, f"/invoices/{invoice_id}.pdf")
    expected = ("Invoice-7.pdf", "application/pdf", content)
    assert attached(mailbox.only(manual)) == expected
    other_id = await make_invoice(business, automatic, **late | {"number": "8"})
    await business.share(other_id)
    await shared_ago(other_id, timedelta(days=3))
    invotify(backend.environment, "remind")

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[automatic])

    await eventually(has_arrived)
    content = await download(business, f"/invoices/{other_id}.pdf")
    assert attached(mailbox.only(automatic)) == ("Invoice-8.pdf", "application/pdf", content)


async def test_a_quote_is_attached(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    customer_id = await business.make_customer(email=address)
    quote_id = await business.make_quote(customerId=customer_id, number="Q1")
    await business.mutate("sendQuote", "SendQuoteInput", SEND, quoteId=quote_id)
    content = await download(business, f"/quotes/{quote_id}.pdf")
    assert attached(mailbox.only(address)) == ("Quote-Q1.pdf", "application/pdf", content)


@pytest.mark.parametrize(
    ("required", "endpoint", "form"),
    [("XRECHNUNG", None, "xrechnung-ubl"), ("PEPPOL", "0088:4012345000009", "peppol-ubl")],
)
async def test_a_required_e_invoice_is_attached_as_it_is_downloaded(
    business: Business, mailbox: Mailbox, required: str, endpoint: str | None, form: str
) -> None:
    address = new_address()
    details = {"email": address, "eInvoice": required, "endpoint": endpoint}
    invoice_id = await make_complete_invoice(business, **details)
    file = f"INV-00001-{form}.xml"
    previewed = await preview(business, "invoice", invoiceId=invoice_id)
    assert previewed["attachments"] == ["Invoice-INV-00001.pdf", file]
    await send(business, invoice_id)
    [pdf, xml] = mailbox.only(address).iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    content = await download(business, f"/invoices/{invoice_id}.xml?format={form}")
    assert (xml.get_filename(), xml.get_content_type()) == (file, "application/xml")
    assert xml.get_content() == content


async def test_a_required_e_invoice_of_a_credit_note_is_attached(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_complete_invoice(business, email=address, eInvoice="XRECHNUNG")
    note_id = await business.credit_invoice(invoice_id)
    await business.credit_note("issueCreditNote", creditNoteId=note_id)
    await business.mutate("sendCreditNote", "SendCreditNoteInput", SEND, creditNoteId=note_id)
    [_, xml] = mailbox.only(address).iter_attachments()
    content = await download(business, f"/credit-notes/{note_id}.xml?format=xrechnung-ubl")
    assert (xml.get_filename(), xml.get_content()) == ("CN-00001-xrechnung-ubl.xml", content)


async def test_whoever_requires_no_e_invoice_and_reminders_have_the_pdf_only(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_complete_invoice(business, email=address)
    await send(business, invoice_id)
    assert attached(mailbox.only(address))[1] == "application/pdf"
    await Customer.filter(company_id=business.company_id).update(e_invoice="XRECHNUNG")
    await business.mutate("sendReminder", "InvoiceRef", SEND, invoiceId=invoice_id)
    assert attached(mailbox.arrived[address][-1])[1] == "application/pdf"


async def test_an_invoice_from_before_an_e_invoice_was_required_has_the_pdf_only(
    business: Business, mailbox: Mailbox
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    await Customer.filter(company_id=business.company_id).update(e_invoice="XRECHNUNG")
    assert (await send(business, invoice_id))["status"] == "SENT"
    assert attached(mailbox.only(address))[1] == "application/pdf"


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (Busy(retry_after=2), "Too many PDFs were being rendered at that time."),
        (RenderingFailed("no such glyph"), "Internal error. See the portal's log."),
    ],
)
async def test_an_e_mail_waits_for_its_pdf(
    business: Business, mailbox: Mailbox, error: Exception, detail: str
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    with patch.object(WorkerPool, "render", AsyncMock(side_effect=error)):
        sent = await send(business, invoice_id)
    assert (sent["status"], sent["delivery"]["state"]) == ("FAILED", "QUEUED")
    assert await delivery_state(business) == ("QUEUED", detail)
    assert mailbox.arrived[address] == []
    await make_retry_due(business)

    async def is_sent() -> bool:
        return (await delivery_state(business))[0] == "SENT"

    await eventually(is_sent)
    assert attached(mailbox.only(address))[1] == "application/pdf"
