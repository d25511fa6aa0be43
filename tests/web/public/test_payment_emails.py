"""E-mails link to the payment form while the invoice can be paid online."""

from typing import Final

import pytest
from pydantic import SecretStr

from models import Company, Invoice, Plan
from services.checkout.payment_options import offered_payment_options
from tests.conftest import Backend
from tests.services.email.test_emails import new_address
from tests.support.clients import Business
from tests.support.mailbox import Mailbox, html_of, text_of

_SENDINGS: Final = [("sendInvoice", "SendInvoiceInput"), ("sendReminder", "InvoiceRef")]


async def _send(seller: Business, mutation: str, input_type: str) -> tuple[str, str]:
    """Send an e-mail about a new invoice; return the recipient, and the link in the e-mail."""
    address = new_address()
    customer_id = await seller.make_customer(email=address)
    invoice_id = await seller.make_invoice(customerId=customer_id)
    token = await seller.share(invoice_id)
    sent = await seller.mutate(mutation, input_type, "{ status }", invoiceId=invoice_id)
    assert sent["status"] == "SENT"
    return address, f"http://127.0.0.1:8000/invoice/{token}?source=email"


@pytest.mark.parametrize(("mutation", "input_type"), _SENDINGS)
async def test_an_email_links_to_the_payment_form(
    seller: Business, mailbox: Mailbox, mutation: str, input_type: str
) -> None:
    address, link = await _send(seller, mutation, input_type)
    [message] = mailbox.arrived[address]
    assert f"Pay €100.00:\n{link}#pay\n" in text_of(message)
    assert f"See invoice:\n{link}\n" in text_of(message)
    assert f'href="{link}#pay"' in html_of(message)
    assert f'href="{link}"' in html_of(message)


@pytest.mark.parametrize(("mutation", "input_type"), _SENDINGS)
async def test_without_the_plan_an_email_links_to_the_invoice_only(
    seller: Business, mailbox: Mailbox, mutation: str, input_type: str
) -> None:
    await Company.filter(id=seller.company_id).update(plan=Plan.FREE)
    address, link = await _send(seller, mutation, input_type)
    [message] = mailbox.arrived[address]
    assert f"See invoice:\n{link}\n" in text_of(message)
    assert "#pay" not in text_of(message) + html_of(message)


async def test_without_stripe_nothing_can_be_paid(seller: Business, backend: Backend) -> None:
    invoice_id = await seller.make_invoice()
    invoice = await Invoice.get(id=invoice_id).select_related("company")
    key = {"stripe_secret_key": SecretStr("sk_test_of_another_time")}
    with_stripe = backend.settings.model_copy(update=key)
    assert offered_payment_options(invoice, invoice.company, backend.settings) is None
    assert offered_payment_options(invoice, invoice.company, with_stripe) is not None
