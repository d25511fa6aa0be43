"""The PDF in e-mails: what a download is at that moment, and no reason to lose one."""

from email.message import EmailMessage
from unittest.mock import AsyncMock, patch

import pytest

from errors import Busy
from models import Company
from pdf.worker_pool import RenderingFailed, WorkerPool
from tests.conftest import Backend
from tests.services.email.test_emails import SEND, hurry, make_invoice, new_address, send, state_of
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.servers import invotify


def attached(message: EmailMessage) -> tuple[str | None, str, bytes]:
    """Return the name, the type and the content of the only attachment."""
    [part] = message.iter_attachments()
    content: bytes = part.get_content()
    return part.get_filename(), part.get_content_type(), content


async def download(business: Business, path: str) -> bytes:
    """Return what staff get at the same moment."""
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
    assert attached(mailbox.arrived[address][1]) == (name, "application/pdf", paid)
    assert paid != content


async def test_a_reminder_has_the_invoice(
    backend: Backend, business: Business, mailbox: Mailbox
) -> None:
    by_hand, by_itself = new_address(), new_address()
    late = {"issueDate": "2020-01-01", "dueDate": "2020-01-31", "number": "7"}
    invoice_id = await make_invoice(business, by_hand, **late)
    await business.mutate("sendReminder", "InvoiceRef", SEND, invoiceId=invoice_id)
    content = await download(business, f"/invoices/{invoice_id}.pdf")
    expected = ("Invoice-7.pdf", "application/pdf", content)
    assert attached(mailbox.only(by_hand)) == expected
    other_id = await make_invoice(business, by_itself, **late | {"number": "8"})
    invotify(backend.environment, "remind")

    async def has_arrived() -> bool:
        return bool(mailbox.arrived[by_itself])

    await eventually(has_arrived)
    content = await download(business, f"/invoices/{other_id}.pdf")
    assert attached(mailbox.only(by_itself)) == ("Invoice-8.pdf", "application/pdf", content)


async def test_a_quote_is_attached(business: Business, mailbox: Mailbox) -> None:
    address = new_address()
    customer_id = await business.make_customer(email=address)
    quote_id = await business.make_quote(customerId=customer_id, number="Q1")
    await business.mutate("sendQuote", "SendQuoteInput", SEND, quoteId=quote_id)
    content = await download(business, f"/quotes/{quote_id}.pdf")
    assert attached(mailbox.only(address)) == ("Quote-Q1.pdf", "application/pdf", content)


@pytest.mark.parametrize(
    ("trouble", "detail"),
    [
        (Busy(retry_after=2), "Too many PDFs were being rendered at that time."),
        (RenderingFailed("no such glyph"), "Internal error. See the portal's log."),
    ],
)
async def test_an_e_mail_waits_for_its_pdf(
    business: Business, mailbox: Mailbox, trouble: Exception, detail: str
) -> None:
    address = new_address()
    invoice_id = await make_invoice(business, address)
    with patch.object(WorkerPool, "render", AsyncMock(side_effect=trouble)):
        sent = await send(business, invoice_id)
    assert (sent["status"], sent["delivery"]["state"]) == ("FAILED", "QUEUED")
    assert await state_of(business) == ("QUEUED", detail)
    assert mailbox.arrived[address] == []
    await hurry(business)

    async def is_sent() -> bool:
        return (await state_of(business))[0] == "SENT"

    await eventually(is_sent)
    assert attached(mailbox.only(address))[1] == "application/pdf"
