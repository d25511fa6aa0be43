"""Sharing a document: the panel, its QR code, the e-mail, and taking the link back.

Invoices and quotes are shared alike. What differs stands in a `Shareable`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from gettext import NullTranslations
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from auth.permissions import Permission
from auth.staff import Staff
from core.urls import PATHS, Urls
from i18n.translations import translations_for
from models import Customer, Invoice, Quote, QuoteStatus
from services.billing import queries, quotes
from services.common.lookups import get_owned
from services.email import emails
from services.email.delivery_queue import QueuedDelivery
from services.email.emails import EmailOptions
from services.sharing import links
from web.dashboard.forms import (
    FORM_METHODS,
    Confirmation,
    attempt_key,
    confirmation_page,
    form_page,
    typed,
)
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.sharing.panels import SharePanel, qr_image, sent

DocumentT = TypeVar("DocumentT", Invoice, Quote)


class _Send(Protocol):
    async def __call__(
        self,
        staff: Staff,
        document_id: str,
        options: EmailOptions,
        /,
        *,
        idempotency_key: str | None,
    ) -> QueuedDelivery: ...


@dataclass(frozen=True)
class Shareable(Generic[DocumentT]):
    """A kind of document that a link can open, and what is done with it."""

    model: type[DocumentT]
    noun: str
    path: str
    """Below which its pages are."""
    share: Callable[[Staff, str], Awaitable[DocumentT]]
    revoke: Callable[[Staff, str], Awaitable[DocumentT]]
    send: _Send
    link_of: Callable[[Urls, UUID], str]
    text_of: Callable[[NullTranslations], str]
    """What is said beside the link, with `number` and `business` to be filled in."""
    can_share: Callable[[DocumentT], bool]
    can_send: Callable[[DocumentT], bool]
    warning_of: Callable[[DocumentT], str] = lambda _: ""
    """What making the link does besides."""

    @property
    def routes(self) -> list[Route]:
        """Where its documents are shared."""
        below, decorate = f"{self.path}/{{id}}/share", login_required(Permission.MANAGE_INVOICES)
        return [
            Route(below, decorate(self._share_page), methods=FORM_METHODS),
            Route(f"{below}/send", decorate(self._send_page), methods=FORM_METHODS),
            Route(f"{below}/revoke", decorate(self._revoke_page), methods=FORM_METHODS),
            Route(f"{below}/qr.svg", decorate(self._qr_page)),
        ]

    async def _share_page(self, request: DashboardRequest) -> Response:
        """Show how the document is shared; a POST makes its link, or keeps the one it has."""
        document = await self._get_owned(request)

        async def share() -> str:
            await self.share(request.staff, str(document.id))
            return self._share_url(document)

        return await form_page(request, "share.html", await self._values(request, document), share)

    async def _send_page(self, request: DashboardRequest) -> Response:
        """Send the document by e-mail, and lead to what has become of it."""
        document = await self._get_owned(request)

        async def send() -> str:
            options = EmailOptions(
                to=typed(request, "to").strip() or None, message=typed(request, "message") or None
            )
            queued = await self.send(
                request.staff, str(document.id), options, idempotency_key=attempt_key(request)
            )
            delivery = await request.services.delivery_worker.deliver(queued)
            return f"{self._share_url(document)}?sent={delivery.id}"

        return await form_page(request, "share.html", await self._values(request, document), send)

    async def _revoke_page(self, request: DashboardRequest) -> Response:
        """Ask, and revoke the link."""
        document = await self._get_owned(request)

        async def revoke() -> str:
            await self.revoke(request.staff, str(document.id))
            return self._share_url(document)

        confirmation = Confirmation(
            title=f"Stop sharing {self.noun} {document.number}?",
            text="The link stops working at once, also for people who have it in an e-mail."
            " You can share again with a new link.",
            button="Stop sharing",
            back_url=self._share_url(document),
            is_destructive=True,
        )
        return await confirmation_page(request, confirmation, revoke)

    async def _qr_page(self, request: DashboardRequest) -> Response:
        """Answer with the QR code of the link."""
        return qr_image(self._link(request, await self._get_owned(request)))

    async def _get_owned(self, request: DashboardRequest) -> DocumentT:
        return await get_owned(self.model, request.staff, request.path_id)

    def _share_url(self, document: DocumentT) -> str:
        return f"{self.path}/{document.id}/share"

    def _link(self, request: DashboardRequest, document: DocumentT) -> str | None:
        token = document.share_token
        return self.link_of(request.services.urls, token) if token else None

    async def _values(self, request: DashboardRequest, document: DocumentT) -> dict[str, Any]:
        customer = await Customer.get(id=document.customer_id)
        return {
            "share": await self._panel(request, document, customer),
            "sent": await sent(request, document.id),
            "to": typed(request, "to", customer.email or ""),
            "message": typed(request, "message"),
            "attempt": attempt_key(request),
        }

    async def _panel(
        self, request: DashboardRequest, document: DocumentT, customer: Customer
    ) -> SharePanel:
        company = await queries.company_of(request.staff)
        text = self.text_of(translations_for(customer.language_with(company)))
        shared_at = document.shared_at
        return SharePanel(
            title=f"Share {self.noun} {document.number}",
            text=text % {"number": document.number, "business": company.name},
            link=self._link(request, document),
            back_url=f"{self.path}/{document.id}",
            share_url=self._share_url(document),
            pdf_url=PATHS.document_pdf(f"{self.noun}s", document.id),
            version=f"{shared_at.timestamp():.6f}" if shared_at else "",
            warning=self.warning_of(document),
            can_share=self.can_share(document),
            can_send=self.can_send(document),
        )


def _warning(quote: Quote) -> str:
    is_draft = quote.status is QuoteStatus.DRAFT
    return "Sharing marks the quote as sent. You can't edit it after that." if is_draft else ""


INVOICES: Final = Shareable(
    model=Invoice,
    noun="invoice",
    path="/dashboard/invoices",
    share=links.share_invoice,
    revoke=links.revoke_invoice_share,
    send=emails.send_invoice,
    link_of=Urls.invoice,
    text_of=lambda options: options.gettext("Invoice %(number)s from %(business)s"),
    can_share=lambda invoice: links.can_share(invoice) is None,
    can_send=lambda invoice: emails.can_send_invoice(invoice) is None,
)
QUOTES: Final = Shareable(
    model=Quote,
    noun="quote",
    path="/dashboard/quotes",
    share=quotes.share_quote,
    revoke=quotes.revoke_quote_share,
    send=emails.send_quote,
    link_of=Urls.quote,
    text_of=lambda options: options.gettext("Quote %(number)s from %(business)s"),
    can_share=lambda _: True,
    can_send=lambda quote: emails.can_send_quote(quote) is None,
    warning_of=_warning,
)
