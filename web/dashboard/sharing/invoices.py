"""Sharing an invoice."""

from starlette.responses import Response

from auth.permissions import Permission
from i18n.translations import translations_for
from models import Invoice
from models.documents import DOCUMENT_PARENTS
from services.email import emails
from services.sharing import links
from web.dashboard.documents import get_invoice, invoice_url
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.panels import (
    SendForm,
    SharePanel,
    deliver,
    qr_image,
    share_form,
    stop_sharing_form,
)


@login_required(Permission.MANAGE_INVOICES)
async def share_invoice(request: DashboardRequest) -> Response:
    """Show the panel, and create the link or keep the existing one."""
    panel = await _panel(request)

    async def share() -> str:
        await links.share_invoice(request.staff, request.path_id)
        return panel.share_url

    return await share_form(request, panel, share)


@login_required(Permission.MANAGE_INVOICES)
async def send_invoice(request: DashboardRequest) -> Response:
    """Show the panel, and send the link by e-mail."""
    panel = await _panel(request)

    async def send() -> str:
        queued = await emails.send_invoice(
            request.staff,
            request.path_id,
            panel.form.options(),
            idempotency_key=panel.form.idempotency_key,
        )
        return await deliver(request, panel, queued)

    return await share_form(request, panel, send)


@login_required(Permission.MANAGE_INVOICES)
async def stop_sharing_invoice(request: DashboardRequest) -> Response:
    """Ask for confirmation, and revoke the link."""
    panel = await _panel(request)

    async def revoke() -> str:
        await links.revoke_invoice_share(request.staff, request.path_id)
        return panel.share_url

    return await stop_sharing_form(request, panel, revoke)


@login_required(Permission.MANAGE_INVOICES)
async def invoice_qr(request: DashboardRequest) -> Response:
    """Respond with the QR code of the link."""
    return qr_image(_link(request, await get_invoice(request)))


def _link(request: DashboardRequest, invoice: Invoice) -> str | None:
    token = invoice.share_token
    return request.services.urls.invoice(token) if token else None


async def _panel(request: DashboardRequest) -> SharePanel:
    """Return the panel of the invoice in the path. Raises NotFound."""
    invoice = await get_invoice(request)
    await invoice.fetch_related(*DOCUMENT_PARENTS)
    translations = translations_for(invoice.written_in)
    return SharePanel(
        document=invoice,
        noun="invoice",
        url=invoice_url(invoice),
        link=_link(request, invoice),
        text=translations.gettext("Invoice %(number)s from %(business)s")
        % {"number": invoice.number, "business": invoice.seller.name},
        form=SendForm(request.form, to=invoice.customer.email or ""),
        can_share=links.can_share(invoice) is None,
        copies=invoice.customer.copy_addresses,
        can_send=emails.can_send_invoice(invoice) is None,
    )
