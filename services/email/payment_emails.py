"""What is sent about a payment: its receipt, a refund, or that it failed."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from core.urls import Urls
from integrations.mail.contents import Business, EmailBody
from models import (
    Checkout,
    CheckoutShare,
    CheckoutStatus,
    DeliveryState,
    EmailDelivery,
    Invoice,
    MailKind,
)
from pdf.documents import PdfDocument
from services.billing.receipts import Receipt, find_receipt, to_pdf_document
from services.email.bodies.invoices import InvoiceFacts
from services.email.bodies.parts import MAX_ATTACHMENTS
from services.email.bodies.payments import (
    SentReceipt,
    SentRefund,
    failure_body,
    receipt_body,
    refund_body,
)
from services.email.daily_limits import daily_limits_of
from services.email.delivery_queue import DayIsFull, DeliveryCancelled
from settings import Settings

_REVERSED: Final = "The payment was reversed before the e-mail was sent."
_ARRIVED: Final = "The payment arrived before the e-mail was sent."


async def payment_email(
    delivery: EmailDelivery, invoices: Sequence[Invoice], business: Business, settings: Settings
) -> tuple[EmailBody, list[PdfDocument]]:
    """Return the e-mail about a payment of `invoices`, which come with their parties, and its PDFs.

    The receipts are attached, which also show refunds, up to MAX_ATTACHMENTS; nothing is if the
    payment has failed. Raises DeliveryCancelled if it isn't true any more, and DayIsFull over the
    day's limit.
    """
    if until := await daily_limits_of(settings).quota_of(delivery.company).payments_wait_until():
        raise DayIsFull(until)
    urls = Urls(settings.public_url)
    sent_with = EmailDelivery.filter(sent_with_id=delivery.id).select_related("reversal")
    about = [delivery, *await sent_with]
    by_invoice = {each.invoice_id: each for each in about}
    if delivery.kind is MailKind.PAYMENT_FAILED:
        shares = [by_invoice[invoice.id].checkout_share_id for invoice in invoices]
        facts = [
            InvoiceFacts.of(
                invoice,
                delivery.company,
                invoices[0].written_in,
                _link_of(invoice, urls) or "",
                settings,
            )
            for invoice in invoices
        ]
        return await _failure(shares, facts, business), []
    receipts = [
        SentReceipt(await _receipt_of(by_invoice[invoice.id], invoice), _link_of(invoice, urls))
        for invoice in invoices
    ]
    attached = [await to_pdf_document(each.receipt, urls) for each in receipts[:MAX_ATTACHMENTS]]
    if delivery.kind is MailKind.REFUND:
        reversals = [each.reversal for each in about if each.reversal is not None]
        refunds = [
            SentRefund(
                each, sum(row.amount for row in reversals if row.invoice_id == each.invoice.id)
            )
            for each in receipts
        ]
        return refund_body(refunds, reversals[0].at, business), attached
    return receipt_body(receipts, business), attached


async def _failure(
    share_ids: Sequence[UUID | None], facts: Sequence[InvoiceFacts], business: Business
) -> EmailBody:
    by_id = {share.id: share for share in await CheckoutShare.filter(id__in=share_ids)}
    shares = [by_id[id_] for id_ in share_ids if id_]
    checkout = await Checkout.get(id=shares[0].checkout_id)
    if checkout.status is not CheckoutStatus.FAILED:
        raise DeliveryCancelled(DeliveryState.FAILED, _ARRIVED)
    return failure_body(sum(share.amount for share in shares), checkout, facts, business)


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
