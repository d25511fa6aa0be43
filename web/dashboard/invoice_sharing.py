"""Sharing an invoice: the panel, its QR code, the e-mail, and taking the link back."""

from typing import Any, Final

from starlette.responses import Response

from auth.permissions import Permission
from language.catalogues import catalogue
from models import Customer, Invoice, InvoiceStatus
from services import listing, sending, sharing
from services.sending import Words
from web.dashboard.forms import Question, attempt_key, form_page, question_page, typed
from web.dashboard.invoice_actions import invoice_of, invoice_url, share_url
from web.dashboard.share_panel import SharePanel, qr_image, sent
from web.dashboard.visit import Visit, staff_page

_SENDABLE: Final = {InvoiceStatus.ISSUED, InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.PAID}


@staff_page(Permission.MANAGE_INVOICES)
async def share_page(visit: Visit) -> Response:
    """Show how the invoice is shared; a POST makes its link, or keeps the one it has."""
    invoice = await invoice_of(visit)

    async def share() -> str:
        await sharing.share_invoice(visit.staff, str(invoice.id))
        return share_url(invoice)

    return await form_page(visit, "share.html", await _values(visit, invoice), share)


@staff_page(Permission.MANAGE_INVOICES)
async def send_page(visit: Visit) -> Response:
    """Send the invoice by e-mail, and lead to what has become of it."""
    invoice = await invoice_of(visit)

    async def send() -> str:
        words = Words(typed(visit, "to").strip() or None, typed(visit, "message") or None)
        queued = await sending.send_invoice(
            visit.staff, str(invoice.id), words, idempotency_key=attempt_key(visit)
        )
        delivery = await visit.services.dispatcher.carry(queued)
        return f"{share_url(invoice)}?sent={delivery.id}"

    return await form_page(visit, "share.html", await _values(visit, invoice), send)


@staff_page(Permission.MANAGE_INVOICES)
async def revoke_page(visit: Visit) -> Response:
    """Ask, and take the link back."""
    invoice = await invoice_of(visit)

    async def revoke() -> str:
        await sharing.revoke_invoice_share(visit.staff, str(invoice.id))
        await visit.services.unfinished.see_to(visit.staff.company_id)
        return share_url(invoice)

    question = Question(
        title=f"Revoke the link of invoice {invoice.number}?",
        text="It is dead at once and for good. Sharing the invoice again makes another one.",
        button="Revoke",
        back_url=share_url(invoice),
        is_grave=True,
    )
    return await question_page(visit, question, revoke)


@staff_page(Permission.MANAGE_INVOICES)
async def qr_page(visit: Visit) -> Response:
    """Answer with the QR code of the link."""
    return qr_image(_link(visit, await invoice_of(visit)))


async def _values(visit: Visit, invoice: Invoice) -> dict[str, Any]:
    customer = await Customer.get(id=invoice.customer_id)
    return {
        "share": await _panel(visit, invoice, customer),
        "sent": await sent(visit, invoice.id),
        "to": typed(visit, "to", customer.email or ""),
        "message": typed(visit, "message"),
        "attempt": attempt_key(visit),
    }


async def _panel(visit: Visit, invoice: Invoice, customer: Customer) -> SharePanel:
    company = await listing.company_of(visit.staff)
    words = catalogue(customer.language_with(company))
    text = words.gettext("Invoice %(number)s from %(business)s")
    return SharePanel(
        title=f"Share invoice {invoice.number}",
        text=text % {"number": invoice.number, "business": company.name},
        link=_link(visit, invoice),
        back_url=invoice_url(invoice),
        share_url=share_url(invoice),
        pdf_url=f"/invoices/{invoice.id}.pdf",
        version=f"{invoice.shared_at.timestamp():.6f}" if invoice.shared_at else "",
        can_share=invoice.status is not InvoiceStatus.DRAFT,
        can_send=invoice.status in _SENDABLE,
    )


def _link(visit: Visit, invoice: Invoice) -> str | None:
    token = invoice.share_token
    return visit.services.settings.invoice_url(token) if token else None
