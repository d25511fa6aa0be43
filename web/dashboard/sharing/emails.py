"""E-mails before and after they are sent: how they look, and undoing them."""

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, RedirectResponse, Response

from auth.permissions import Permission
from errors import Conflict, PortalError
from integrations.mail.contents import EmailContent
from integrations.mail.mime import render_html
from models import EmailDelivery
from services.email.cancellations import cancel_delivery
from services.email.delivery_queue import DeliveryCancelled
from services.email.emails import EmailOptions
from services.email.previews import (
    OutgoingEmail,
    SentByHand,
    content_of_sent_email,
    get_sent_email,
    preview_email,
)
from web.dashboard.identity.redirects import redirect_path
from web.dashboard.requests import DashboardRequest, login_required

PREVIEW_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {}; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""A preview runs nothing, loads nothing but the logo, and is shown by our own pages only."""
_BODY: Final = re.compile(r"<body[^>]*>")
_HEAD: Final = (
    '<div dir="ltr" class="k cd" style="padding:16px;font:14px/1.5 sans-serif;color:#131820;'
    'background:#fff;border-bottom:1px solid #e3e6eb;overflow-wrap:anywhere">{}</div>'
)


async def email_page(
    request: DashboardRequest, what: SentByHand, document_id: UUID, options: EmailOptions
) -> Response:
    """Respond with an e-mail as it would be sent, below its recipients and its subject."""
    services = request.services
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
        return _page(request, escape(str(refusal.message)), status=refusal.status)
    return _page(request, _head_of(email), email.content)


def _page(
    request: DashboardRequest, text: Markup, content: EmailContent | None = None, status: int = 200
) -> Response:
    """Respond with what is known of an e-mail above its content."""
    headers = {"content-security-policy": PREVIEW_POLICY.format(request.services.urls.public_url)}
    head = _HEAD.format(text)
    html = f"<!doctype html>{head}"
    if content is not None:
        html = _BODY.sub(lambda body: f"{body[0]}{head}", render_html(content), count=1)
    return HTMLResponse(html, status, headers)


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
        lines += _lines_of(email.content)
    return _listed(lines)


def _lines_of(content: EmailContent) -> Sequence[tuple[str, str]]:
    files = ", ".join(each.filename for each in content.attachments)
    return [("Subject", content.body.subject), ("Attached", files)]


def _listed(lines: Sequence[tuple[str, str]]) -> Markup:
    rows = (Markup("<b>{}:</b> <bdi>{}</bdi>").format(*line) for line in lines if line[1])
    return Markup("<br>").join(rows)


@login_required(Permission.MANAGE_INVOICES)
async def sent_page(request: DashboardRequest) -> Response:
    """Show an e-mail that was sent, in a frame."""
    delivery = await get_sent_email(request.staff, request.path_id)
    values = {"delivery": delivery, "back_url": _url_of(delivery)}
    return await request.render("sharing/sent_email.html", values)


def _url_of(delivery: EmailDelivery) -> str:
    """Return the page of what an e-mail is about."""
    owners = (
        ("invoices", delivery.invoice_id),
        ("quotes", delivery.quote_id),
        ("credit-notes", delivery.credit_note_id),
        ("customers", delivery.customer_id),
    )
    section, owner_id = next(owner for owner in owners if owner[1])
    return f"/dashboard/{section}/{owner_id}"


@login_required(Permission.MANAGE_INVOICES)
async def sent_content(request: DashboardRequest) -> Response:
    """Respond with what an e-mail that was sent says, for the frame."""
    delivery = await get_sent_email(request.staff, request.path_id)
    try:
        content = await content_of_sent_email(delivery, request.services.settings)
    except DeliveryCancelled as refusal:
        return _page(request, escape(f"It would no longer be sent. {refusal.detail}"))
    lines = [("To", content.addressee or content.recipient), *_lines_of(content)]
    return _page(request, _listed(lines), content)


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
