"""Sharing documents: the same pages for invoices, quotes and credit notes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from starlette.responses import Response
from starlette.routing import Route

from auth.permissions import Permission
from auth.staff import Staff
from core.urls import Urls
from errors import PortalError
from i18n.translations import N_, translations_for
from models import CreditNote, Invoice, MailCategory, Quote, QuoteStatus
from services.billing import quotes
from services.billing.documents import get_document
from services.email import emails
from services.email.delivery_queue import QueuedDelivery
from services.email.emails import EmailOptions
from services.email.opt_outs import opted_out_of
from services.email.previews import SentByHand
from services.sharing import links
from web.dashboard.documents.lookups import (
    credit_note_url,
    get_credit_note,
    get_invoice,
    get_quote,
    invoice_url,
    quote_url,
)
from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.identity.redirects import redirect_path
from web.dashboard.requests import DashboardRequest, PageHandler, login_required
from web.dashboard.sharing.emails import email_page
from web.dashboard.sharing.panels import (
    SendForm,
    SharePanel,
    last_sent,
    qr_image,
    share_form,
    stop_sharing_form,
)

DocumentT = TypeVar("DocumentT", Invoice, Quote, CreditNote)
Verb = Callable[[Staff, str], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing(Generic[DocumentT]):
    """The pages that share one kind of document."""

    noun: str
    model: type[DocumentT]
    title: str
    """The text to share with the link: a msgid with `number` and `business`."""
    get: Callable[[DashboardRequest], Awaitable[DocumentT]]
    url_of: Callable[[DocumentT], str]
    link_of: Callable[[Urls, object], str]
    share: Verb
    revoke: Verb
    send: Callable[..., Awaitable[QueuedDelivery]]
    can_share: Callable[[DocumentT], PortalError | None]
    can_send: Callable[[DocumentT], PortalError | None]
    what: SentByHand
    warning_of: Callable[[DocumentT], str] = lambda _: ""
    """What else sharing does, or an empty text."""

    def routes(self, path: str) -> Sequence[Route]:
        """Return the routes below `path`, the address of a document's page."""
        pages: dict[str, tuple[PageHandler, list[str] | None]] = {
            "share": (self._share_page, FORM_METHODS),
            "share/send": (self._send_page, FORM_METHODS),
            "share/revoke": (self._stop_page, FORM_METHODS),
            "share/qr.svg": (self._qr_code, None),
            "email-preview": (self._preview_page, FORM_METHODS),
        }
        manage = login_required(Permission.MANAGE_INVOICES)
        return [
            Route(f"{path}/{name}", manage(page), methods=methods)
            for name, (page, methods) in pages.items()
        ]

    async def _share_page(self, request: DashboardRequest) -> Response:
        """Show the panel, and create the link or keep the existing one."""
        panel = await self.panel(request)

        async def share() -> str:
            await self.share(request.staff, request.path_id)
            return panel.next_url

        return await share_form(request, panel, share)

    async def _send_page(self, request: DashboardRequest) -> Response:
        """Show the panel, and send the link by e-mail, which can be undone for some seconds."""
        panel = await self.panel(request)

        async def send() -> str:
            queued = await self.send(
                request.staff,
                request.path_id,
                panel.form.options(),
                limits=request.services.email_limits,
                idempotency_key=panel.form.idempotency_key,
            )
            return f"{panel.next_url}?sent={queued.delivery.id}"

        return await share_form(request, panel, send)

    async def _preview_page(self, request: DashboardRequest) -> Response:
        """Show the e-mail as it would be sent, with what is in the form, for a frame."""
        document = await self.get(request)
        options = SendForm(request.form).options() if request.is_post else EmailOptions()
        return await email_page(request, self.what, document.id, options)

    async def _stop_page(self, request: DashboardRequest) -> Response:
        """Ask for confirmation, and revoke the link."""
        panel = await self.panel(request)

        async def revoke() -> str:
            await self.revoke(request.staff, request.path_id)
            return panel.next_url

        return await stop_sharing_form(request, panel, revoke)

    async def _qr_code(self, request: DashboardRequest) -> Response:
        """Respond with the QR code of the link."""
        return qr_image(self._link(request, await self.get(request)))

    def _link(self, request: DashboardRequest, document: DocumentT) -> str | None:
        token = document.share_token
        return self.link_of(request.services.urls, token) if token else None

    async def panel(self, request: DashboardRequest, loaded: DocumentT | None = None) -> SharePanel:
        """Return the panel of the document in the path, or of the one that is loaded.

        A loaded document has its company, its customer and its parties. Raises NotFound.
        """
        document = loaded or await get_document(self.model, request.staff, request.path_id)
        last = await last_sent(document)
        to = document.customer.email or (last.address if last else "")
        title = translations_for(document.written_in).gettext(self.title)
        return SharePanel(
            document=document,
            noun=self.noun,
            url=self.url_of(document),
            link=self._link(request, document),
            text=title % {"number": document.label, "business": document.seller.name},
            form=SendForm(request.form, to=to, message=last.message or "" if last else ""),
            can_share=self.can_share(document) is None,
            copies=document.customer.copy_addresses,
            opted_out=await opted_out_of(document.customer, MailCategory.DOCUMENT),
            can_send=self.can_send(document) is None,
            warning=self.warning_of(document),
            was_sent=last is not None,
            back_url=redirect_path(request.http, str(request.form.get("back", ""))),
        )


def _quote_warning(quote: Quote) -> str:
    if quote.status is not QuoteStatus.DRAFT:
        return ""
    return "Sharing marks the quote as sent. You can't edit it after that."


INVOICES: Final = Sharing(
    noun="invoice",
    model=Invoice,
    title=N_("Invoice %(number)s from %(business)s"),
    get=get_invoice,
    url_of=invoice_url,
    link_of=Urls.invoice,
    share=links.share_invoice,
    revoke=links.revoke_invoice_share,
    send=emails.send_invoice,
    can_share=links.can_share,
    can_send=emails.can_send_invoice,
    what=SentByHand.INVOICE,
)
QUOTES: Final = Sharing(
    noun="quote",
    model=Quote,
    title=N_("Quote %(number)s from %(business)s"),
    get=get_quote,
    url_of=quote_url,
    link_of=Urls.quote,
    share=quotes.share_quote,
    revoke=quotes.revoke_quote_share,
    send=emails.send_quote,
    can_share=lambda _: None,
    can_send=emails.can_send_quote,
    what=SentByHand.QUOTE,
    warning_of=_quote_warning,
)
CREDIT_NOTES: Final = Sharing(
    noun="credit note",
    model=CreditNote,
    title=N_("Credit note %(number)s from %(business)s"),
    get=get_credit_note,
    url_of=credit_note_url,
    link_of=Urls.credit_note,
    share=links.share_credit_note,
    revoke=links.revoke_credit_note_share,
    send=emails.send_credit_note,
    can_share=links.can_share,
    can_send=emails.can_send_credit_note,
    what=SentByHand.CREDIT_NOTE,
)
