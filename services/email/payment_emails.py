"""What is sent about a payment: its receipt, a refund, or that it failed."""

from typing import Final
from uuid import UUID

from core.urls import Urls
from integrations.mail.contents import Business, EmailBody
from models import Checkout, CheckoutStatus, DeliveryState, EmailDelivery, Invoice, MailKind
from pdf.documents import PdfDocument
from services.billing.receipts import Receipt, find_receipt, to_pdf_document
from services.email.bodies.invoices import InvoiceFacts
from services.email.bodies.payments import failure_body, receipt_body, refund_body
from services.email.daily_limits import daily_limits_of
from services.email.delivery_queue import DayIsFull, DeliveryCancelled
from settings import Settings

_REVERSED: Final = "The payment was reversed before the e-mail was sent."
_ARRIVED: Final = "The payment arrived before the e-mail was sent."


async def payment_email(
    delivery: EmailDelivery, invoice: Invoice, business: Business, settings: Settings
) -> tuple[EmailBody, list[PdfDocument]]:
    """Return the e-mail about a payment of `invoice`, which comes with its parties, and its PDFs.

    The receipt is attached, which also shows refunds; nothing is if the payment has failed. Raises
    DeliveryCancelled if it isn't true any more, and DayIsFull over the day's limit.
    """
    if until := await daily_limits_of(settings).quota_of(delivery.company).payments_wait_until():
        raise DayIsFull(until)
    urls = Urls(settings.public_url)
    link = _link_of(invoice, urls)
    if delivery.kind is MailKind.PAYMENT_FAILED:
        return await _failure(delivery, invoice, business, link, settings), []
    receipt = await _receipt_of(delivery, invoice)
    attached = [await to_pdf_document(receipt, urls)]
    if delivery.kind is MailKind.REFUND:
        assert delivery.reversal is not None
        return refund_body(receipt, delivery.reversal, business, link), attached
    return receipt_body(receipt, business, link), attached


async def _failure(
    delivery: EmailDelivery,
    invoice: Invoice,
    business: Business,
    link: str | None,
    settings: Settings,
) -> EmailBody:
    share = delivery.checkout_share
    assert share is not None
    checkout = await Checkout.get(id=share.checkout_id)
    if checkout.status is not CheckoutStatus.FAILED:
        raise DeliveryCancelled(DeliveryState.FAILED, _ARRIVED)
    facts = InvoiceFacts.of(invoice, delivery.company, invoice.written_in, link or "", settings)
    return failure_body(share, checkout, facts, business)


async def _receipt_of(delivery: EmailDelivery, invoice: Invoice) -> Receipt:
    """Return the receipt that is sent, or that of the payment which was refunded."""
    receipt = await find_receipt(invoice, _payment_id(delivery))
    if receipt.is_void:
        raise DeliveryCancelled(DeliveryState.FAILED, _REVERSED)
    return receipt


def _payment_id(delivery: EmailDelivery) -> UUID:
    if delivery.payment_id is not None:
        return delivery.payment_id
    assert delivery.reversal is not None
    payment_id: UUID = delivery.reversal.payment_id
    return payment_id


def _link_of(invoice: Invoice, urls: Urls) -> str | None:
    """Return the invoice's page, or the one in the customer's account; None if neither is shared.

    The source is for recording views.
    """
    if invoice.share_token is not None:
        return f"{urls.invoice(invoice.share_token)}?source=email"
    if invoice.customer.portal_token is not None:
        return urls.portal_invoice(invoice.customer.portal_token, invoice.label)
    return None
