"""Every link in every e-mail, followed through the running portal."""

import re
from email.message import EmailMessage
from html import unescape
from typing import Final

from tests.clients import Business
from tests.mailbox import html_of, text_of

_URL: Final = re.compile(r"https?://[^\s\"'<>]+")


def links_in(message: EmailMessage) -> set[str]:
    """Return every address that somebody could follow, pictures among them."""
    html = html_of(message)
    attributes = re.findall(r'(?:href|src)="([^"]*)"', html)
    return {*_URL.findall(text_of(message)), *map(unescape, attributes)}


async def send_one_of_each(business: Business, address: str) -> None:
    """Send an invoice, a reminder, a quote and an announcement."""
    customer_id = await business.make_customer(email=address)
    await business.share_portal(customer_id)
    invoice_id = await business.make_invoice(customerId=customer_id)
    line = {"description": "Work", "quantity": "1", "unitPrice": "100.00"}
    quote = await business.mutate(
        "createQuote", "CreateQuoteInput", "{ quote { id } }", customerId=customer_id, lines=[line]
    )
    quote_id = quote["quote"]["id"]
    for mutation, input_type, ids in (
        ("sendInvoice", "SendInvoiceInput", {"invoiceId": invoice_id}),
        ("sendReminder", "InvoiceRef", {"invoiceId": invoice_id}),
        ("sendQuote", "SendQuoteInput", {"quoteId": quote_id}),
    ):
        sent = await business.mutate(mutation, input_type, "{ status detail }", **ids)
        assert sent["status"] == "SENT", sent
