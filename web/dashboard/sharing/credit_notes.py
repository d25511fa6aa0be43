"""Sharing a credit note."""

from starlette.responses import Response

from auth.permissions import Permission
from i18n.translations import translations_for
from models import CreditNote
from models.documents import DOCUMENT_PARENTS
from services.email import emails
from services.sharing import links
from web.dashboard.documents import credit_note_url, get_credit_note
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
async def share_credit_note(request: DashboardRequest) -> Response:
    """Show the panel, and create the link or keep the existing one."""
    panel = await _panel(request)

    async def share() -> str:
        await links.share_credit_note(request.staff, request.path_id)
        return panel.share_url

    return await share_form(request, panel, share)


@login_required(Permission.MANAGE_INVOICES)
async def send_credit_note(request: DashboardRequest) -> Response:
    """Show the panel, and send the link by e-mail."""
    panel = await _panel(request)

    async def send() -> str:
        queued = await emails.send_credit_note(
            request.staff,
            request.path_id,
            panel.form.options(),
            idempotency_key=panel.form.idempotency_key,
        )
        return await deliver(request, panel, queued)

    return await share_form(request, panel, send)


@login_required(Permission.MANAGE_INVOICES)
async def stop_sharing_credit_note(request: DashboardRequest) -> Response:
    """Ask for confirmation, and revoke the link."""
    panel = await _panel(request)

    async def revoke() -> str:
        await links.revoke_credit_note_share(request.staff, request.path_id)
        return panel.share_url

    return await stop_sharing_form(request, panel, revoke)


@login_required(Permission.MANAGE_INVOICES)
async def credit_note_qr(request: DashboardRequest) -> Response:
    """Respond with the QR code of the link."""
    return qr_image(_link(request, await get_credit_note(request)))


def _link(request: DashboardRequest, note: CreditNote) -> str | None:
    token = note.share_token
    return request.services.urls.credit_note(token) if token else None


async def _panel(request: DashboardRequest) -> SharePanel:
    """Return the panel of the credit note in the path. Raises NotFound."""
    note = await get_credit_note(request)
    await note.fetch_related(*DOCUMENT_PARENTS)
    text = translations_for(note.written_in).gettext("Credit note %(number)s from %(business)s")
    return SharePanel(
        document=note,
        noun="credit note",
        url=credit_note_url(note),
        link=_link(request, note),
        text=text % {"number": note.label, "business": note.seller.name},
        form=SendForm(request.form, to=note.customer.email or ""),
        can_share=links.can_share(note) is None,
        copies=note.customer.copy_addresses,
        can_send=emails.can_send_credit_note(note) is None,
    )
