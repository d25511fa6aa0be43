"""Sharing a quote."""

from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from i18n.translations import translations_for
from models import Quote, QuoteStatus
from models.documents import DOCUMENT_PARENTS
from services.billing import quotes
from services.email import emails
from web.dashboard.documents import get_quote, quote_url
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.panels import (
    SendForm,
    SharePanel,
    deliver,
    qr_image,
    share_form,
    stop_sharing_form,
)

_DRAFT_WARNING: Final = "Sharing marks the quote as sent. You can't edit it after that."


@login_required(Permission.MANAGE_INVOICES)
async def share_quote(request: DashboardRequest) -> Response:
    """Show the panel, and create the link or keep the existing one."""
    panel = await _panel(request)

    async def share() -> str:
        await quotes.share_quote(request.staff, request.path_id)
        return panel.share_url

    return await share_form(request, panel, share)


@login_required(Permission.MANAGE_INVOICES)
async def send_quote(request: DashboardRequest) -> Response:
    """Show the panel, and send the link by e-mail."""
    panel = await _panel(request)

    async def send() -> str:
        queued = await emails.send_quote(
            request.staff,
            request.path_id,
            panel.form.options(),
            idempotency_key=panel.form.idempotency_key,
        )
        return await deliver(request, panel, queued)

    return await share_form(request, panel, send)


@login_required(Permission.MANAGE_INVOICES)
async def stop_sharing_quote(request: DashboardRequest) -> Response:
    """Ask for confirmation, and revoke the link."""
    panel = await _panel(request)

    async def revoke() -> str:
        await quotes.revoke_quote_share(request.staff, request.path_id)
        return panel.share_url

    return await stop_sharing_form(request, panel, revoke)


@login_required(Permission.MANAGE_INVOICES)
async def quote_qr(request: DashboardRequest) -> Response:
    """Respond with the QR code of the link."""
    return qr_image(_link(request, await get_quote(request)))


def _link(request: DashboardRequest, quote: Quote) -> str | None:
    token = quote.share_token
    return request.services.urls.quote(token) if token else None


async def _panel(request: DashboardRequest) -> SharePanel:
    """Return the panel of the quote in the path. Raises NotFound."""
    quote = await get_quote(request)
    await quote.fetch_related(*DOCUMENT_PARENTS)
    translations = translations_for(quote.written_in)
    return SharePanel(
        document=quote,
        noun="quote",
        url=quote_url(quote),
        link=_link(request, quote),
        text=translations.gettext("Quote %(number)s from %(business)s")
        % {"number": quote.number, "business": quote.seller.name},
        form=SendForm(request.form, to=quote.customer.email or ""),
        can_share=True,
        copies=quote.customer.copy_addresses,
        can_send=emails.can_send_quote(quote) is None,
        warning=_DRAFT_WARNING if quote.status is QuoteStatus.DRAFT else "",
    )
