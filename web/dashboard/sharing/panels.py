"""The panel that shares a document: its link, a QR code, an e-mail, and a way to stop sharing."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from uuid import UUID

import segno
from starlette.responses import Response
from tortoise.models import Model

from core.urls import PATHS
from db.compiled_queries import CompiledQuery
from errors import NotFound
from models import CreditNote, EmailDelivery, Invoice, MailKind, Quote
from schema.emails import SendPayload
from services.common.lookups import get_owned
from services.email.emails import UNDO_SECONDS, EmailOptions
from services.email.opt_outs import AddressOptOut
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.requests import DashboardRequest
from web.dashboard.responses import SECURITY_HEADERS

_BETWEEN_ADDRESSES: Final = re.compile(r"[,;\s]+")
_QUIET_ZONE: Final = 4
"""White modules around a QR code (ISO/IEC 18004, 9.1). Scanners need them on a dark page, too."""


_last_sent: Final[dict[type[Model], CompiledQuery[EmailDelivery]]] = {
    model: CompiledQuery(
        EmailDelivery,
        where=f"email_delivery.{column} = $1 AND email_delivery.kind = '{kind}'"
        " AND email_delivery.copy_of_id IS NULL ORDER BY email_delivery.created_at DESC LIMIT 1",
    )
    for model, column, kind in (
        (Invoice, "invoice_id", MailKind.INVOICE),
        (Quote, "quote_id", MailKind.QUOTE),
        (CreditNote, "credit_note_id", MailKind.CREDIT_NOTE),
    )
}


class SendForm(Form):
    """An e-mail with the link of a document."""

    to = Field("To", optional(parse_text), required=True, max_length=254)
    cc = Field(
        "Copy to",
        optional(parse_text),
        max_length=2600,
        hint="Optional. Separate addresses with commas. All recipients see them.",
    )
    message = Field(
        "Message",
        optional(parse_text),
        max_length=2000,
        hint="Optional. It replaces the standard text.",
    )

    def options(self) -> EmailOptions:
        """Return what was entered, for an e-mail that can be cancelled for some seconds."""
        cc = [each.strip() for each in _BETWEEN_ADDRESSES.split(self.cc.value or "")]
        return EmailOptions(
            to=self.to.value,
            cc=tuple(filter(None, cc)),
            message=self.message.value,
            delay_seconds=UNDO_SECONDS,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePanel:
    """A document, and how it can be shared."""

    document: Invoice | Quote | CreditNote
    noun: str
    """What the document is called."""
    url: str
    """The address of the document's page."""
    link: str | None
    """The address for clients, if the document is shared."""
    text: str
    """The text to share with the link, in the customer's language."""
    form: SendForm
    can_share: bool
    can_send: bool
    copies: Sequence[str]
    """Who gets a copy of the e-mail."""
    opted_out: Sequence[AddressOptOut] = ()
    """Which of them all don't get it, since they have turned these e-mails off."""
    warning: str = ""
    """A side effect of sharing."""
    was_sent: bool = False
    """Whether it was sent by e-mail before, or is about to be."""
    back_url: str = ""
    """Where its forms lead back to, if that isn't the panel."""

    @property
    def share_url(self) -> str:
        """The address of the panel. Its forms and its QR code are below it."""
        return f"{self.url}/share"

    @property
    def next_url(self) -> str:
        """Where its forms lead."""
        return self.back_url or self.share_url

    @property
    def preview_url(self) -> str:
        """The address of the e-mail as it would be sent."""
        return f"{self.url}/email-preview"

    @property
    def pdf_url(self) -> str:
        """The address of the document's PDF for staff."""
        return PATHS.document_pdf(f"{self.noun.replace(' ', '-')}s", self.document.id)

    @property
    def version(self) -> str:
        """A text that changes with the link, so that browsers don't show an old QR code."""
        shared_at = self.document.shared_at
        return f"{shared_at.timestamp():.6f}" if shared_at else ""


async def share_form(
    request: DashboardRequest, panel: SharePanel, act: Callable[[], Awaitable[str]]
) -> Response:
    """Show the panel; once one of its forms is submitted, act and redirect."""
    values = {"share": panel, "sent": await sent_email(request, panel.document.id)}
    return await form_page(request, "sharing/panel.html", values, act)


async def last_sent(document: Invoice | Quote | CreditNote) -> EmailDelivery | None:
    """Return the e-mail with which staff last sent the document by hand."""
    return await _last_sent[type(document)].first(document.id)


async def stop_sharing_form(
    request: DashboardRequest, panel: SharePanel, revoke: Callable[[], Awaitable[str]]
) -> Response:
    """Ask for confirmation, revoke the link and redirect."""
    confirmation = Confirmation(
        title=f"Stop sharing {panel.document.name}?",
        text="The link stops working at once, also for people who have it in an e-mail."
        " You can share again with a new link.",
        button="Stop sharing",
        back_url=panel.share_url,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, revoke)


def qr_image(link: str | None) -> Response:
    """Respond with the QR code of `link` as SVG. Raises NotFound if there is none."""
    if link is None:
        raise NotFound
    image = BytesIO()
    segno.make(link, error="m", micro=False).save(
        image,
        kind="svg",
        border=_QUIET_ZONE,
        light="#fff",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
    )
    return Response(image.getvalue(), headers=SECURITY_HEADERS, media_type="image/svg+xml")


async def sent_email(
    request: DashboardRequest, document_id: UUID | None = None
) -> SendPayload | None:
    """Return the result of the e-mail in the query parameter `sent`, or None without one.

    Raises NotFound if the e-mail is unknown, or not about the document if one is given.
    """
    delivery_id = request.query.get("sent")
    if delivery_id is None:
        return None
    delivery = await get_owned(EmailDelivery, request.staff, delivery_id)
    about = {delivery.invoice_id, delivery.quote_id, delivery.credit_note_id}
    if document_id is not None and document_id not in about:
        raise NotFound
    return SendPayload.of(delivery)
