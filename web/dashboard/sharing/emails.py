"""E-mails before and after they are sent by hand: how they will look, and undoing them."""

import re
from typing import Final
from uuid import UUID

from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from auth.permissions import Permission
from errors import Conflict, PortalError
from integrations.mail.mime import render_html
from services.email.cancellations import cancel_delivery
from services.email.emails import EmailOptions
from services.email.previews import OutgoingEmail, SentByHand, preview_email
from web.dashboard.identity.redirects import redirect_path
from web.dashboard.requests import DashboardRequest, login_required

PREVIEW_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {}; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""A preview runs nothing, loads nothing but the logo, and is shown by our own pages only."""
_BODY: Final = re.compile(r"<body[^>]*>")
_HEAD: Final = (
    '<div dir="ltr" style="padding:16px;font:14px/1.5 sans-serif;color:#131820;background:#fff;'
    'border-bottom:1px solid #e3e6eb">{}</div>'
)


async def email_page(
    request: DashboardRequest, what: SentByHand, document_id: UUID, options: EmailOptions
) -> Response:
    """Respond with an e-mail as it would be sent, below its recipients and its subject."""
    services = request.services
    headers = {"content-security-policy": PREVIEW_POLICY.format(services.urls.public_url)}
    try:
        email = await preview_email(
            request.staff,
            what,
            str(document_id),
            options,
            limits=services.email_limits,
            settings=services.settings,
        )
    except PortalError as refusal:
        text = _HEAD.format(escape(str(refusal.message)))
        return HTMLResponse(f"<!doctype html>{text}", refusal.status, headers)
    head = _HEAD.format(_head_of(email))
    if email.content is None:
        return HTMLResponse(f"<!doctype html>{head}", headers=headers)
    html = _BODY.sub(lambda body: f"{body[0]}{head}", render_html(email.content), count=1)
    return HTMLResponse(html, headers=headers)


def _head_of(email: OutgoingEmail) -> Markup:
    """Return what a mail program shows above an e-mail, and who won't get it."""
    lines: list[tuple[str, str]] = []
    for recipient in email.recipients:
        name = "To" if not recipient.is_copy else "Bcc" if recipient.is_blind else "Cc"
        off = recipient.opt_out
        address = recipient.address
        if off is not None:
            address += f" (not sent: turned these e-mails off on {off.at:%Y-%m-%d})"
        lines.append((name, address))
    if email.content is not None:
        files = ", ".join(each.filename for each in email.content.attachments)
        lines += [("Subject", email.content.body.subject), ("Attached", files)]
    rows = (Markup("<b>{}:</b> <bdi>{}</bdi>").format(*line) for line in lines if line[1])
    return Markup("<br>").join(rows)


@login_required(Permission.MANAGE_INVOICES)
async def undo_page(request: DashboardRequest) -> Response:
    """Cancel an e-mail that hasn't left, and go back to where it was sent from."""
    back_url = redirect_path(request.http, str(request.form.get("back", ""))) or "/dashboard"
    try:
        cancelled = await cancel_delivery(request.staff, request.path_id)
    except Conflict as refusal:
        return RedirectResponse(request.url_with_notice(back_url, str(refusal.message)), 303)
    if cancelled.left:
        addresses = ", ".join(copy.address for copy in cancelled.left)
        text = f"These copies had already been sent: {addresses}."
        return RedirectResponse(request.url_with_notice(back_url, text), 303)
    return RedirectResponse(back_url, 303)
