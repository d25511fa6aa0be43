"""The context of an operation: the caller, the client, and what is already loaded."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self, TypeAlias

import strawberry
from starlette.requests import HTTPConnection

from auth.browser_sessions import FormTokens
from auth.client_info import ClientInfo
from auth.known_browsers import KnownBrowsers
from auth.staff import CredentialLookup, Staff, authenticate
from context.loaders import Loaders
from core.rate_limits import RateLimiter
from core.shared_texts import SharedTexts
from core.single_use import OneAtATime
from core.urls import Urls
from errors import Unauthenticated
from integrations.stripe.client import StripeClient
from integrations.webhooks.addresses import CheckedAddresses
from models import InvoiceUpdate, InvoiceView
from pdf.worker_pool import WorkerPool
from services.checkout.checkouts import Checkouts
from services.common.message_limits import MessageLimits
from services.company.logos import Logos
from services.email.daily_limits import DailyLimits, daily_limits_of
from services.email.delivery_worker import DeliveryWorker
from services.identity.password_resets import PasswordResets
from services.identity.passwords import PasswordChoice
from services.identity.sign_in import SignIn
from services.identity.sign_in_proofs import SignInProofs
from services.public.documents import PublicDocuments
from services.sharing.reads import Reads
from services.sharing.tokens import TokenLookup
from services.sharing.views import Views
from settings import Settings
from subscriptions.hub import Hub
from subscriptions.replay import Event, RowT
from subscriptions.rooms import Outlet, SourcedOutlet


@dataclass(frozen=True, slots=True)
class Services:
    """What the process has opened for its requests."""

    settings: Settings
    urls: Urls
    credentials: CredentialLookup
    tokens: TokenLookup
    views: Views
    reads: Reads
    public_documents: PublicDocuments
    checkouts: Checkouts
    message_limits: MessageLimits
    sign_in: SignIn
    passwords: PasswordChoice
    password_resets: PasswordResets
    form_tokens: FormTokens
    known_browsers: KnownBrowsers
    sign_in_proofs: SignInProofs
    view_hub: Hub[InvoiceView]
    invoice_event_hub: Hub[InvoiceUpdate]
    delivery_worker: DeliveryWorker
    rate_limiter: RateLimiter
    shared_texts: SharedTexts
    """The texts of persisted queries."""
    pdf: WorkerPool
    exports: OneAtATime
    """Lists that are being downloaded."""
    logos: Logos
    webhook_addresses: CheckedAddresses
    stripe: StripeClient | None
    """Stripe, or None if nothing can be paid online."""

    @property
    def email_limits(self) -> DailyLimits:
        """How many e-mails companies may send in a day."""
        return daily_limits_of(self.settings)

    @property
    def livemode(self) -> bool:
        """Whether real money moves at Stripe."""
        return self.stripe is not None and self.stripe.livemode


def services_of(request: HTTPConnection) -> Services:
    """Return the services of the application that handles `request`."""
    services: Services = request.app.state.services
    return services


@dataclass(frozen=True, slots=True)
class Viewer:
    """The addresses of links, the language of texts and the current date in a response."""

    urls: Urls
    language: str
    today: date
    """Where the company is."""

    @classmethod
    def of(cls, staff: Staff, urls: Urls) -> Self:
        """Return the view that `staff` have."""
        return cls(urls=urls, language=staff.language, today=staff.today)


@dataclass
class Context:
    """The context of one operation, which `of_operation` derives from that of the connection."""

    services: Services
    client_info: ClientInfo
    authorization: str | None
    over_websocket: bool = False
    connection_params: Mapping[str, Any] | None = None
    accept_language: str = ""
    """The header of that name."""
    loaders: Loaders = field(default_factory=Loaders)
    outlet: SourcedOutlet | None = None
    """Where the events of a subscription can be sent directly; None if nowhere."""
    last_event_id: str | None = None
    """The cursor from which a client resumes a stream of events. It overrides the one in the text
    or variables of the operation, which the client sends again unchanged."""
    on_stream_start: Callable[[str], None] | None = None
    """Is told the cursor after which a stream begins."""
    _staff: asyncio.Future[Staff] | None = None

    def outlet_of(self, source_of: Callable[[Event[RowT]], object]) -> Outlet | None:
        """Return where events can be sent directly, given what their fields are read from."""
        if self.outlet is not None:
            self.outlet.source_of = source_of
        return self.outlet

    def of_operation(self) -> "Context":
        """Return a context in which nothing is loaded and nobody is authenticated."""
        return replace(self, loaders=Loaders(), _staff=None)

    @property
    def settings(self) -> Settings:
        """The settings of the process."""
        return self.services.settings

    @property
    def urls(self) -> Urls:
        """The addresses of this portal."""
        return self.services.urls

    async def authenticate(self) -> Staff:
        """Return the caller. Raises Unauthenticated for an unknown or missing credential."""
        if self._staff is None:
            find = self.services.credentials.find
            self._staff = asyncio.ensure_future(authenticate(self._credential(), find))
        return await self._staff

    def authenticate_as(self, staff: Staff) -> None:
        """Let `staff` be the caller, whoever sends the request or if nobody does."""
        self._staff = asyncio.get_running_loop().create_future()
        self._staff.set_result(staff)

    async def staff_or_none(self) -> Staff | None:
        """Return the caller, or None if it is not staff."""
        if self._credential() is None:
            return None
        try:
            return await self.authenticate()
        except Unauthenticated:
            return None

    @property
    def staff(self) -> Staff:
        """The caller, in a field that requires a permission."""
        if self._staff is None:
            raise Unauthenticated
        return self._staff.result()

    @property
    def viewer(self) -> Viewer:
        """The caller's view of rows, in a field that requires a permission."""
        return Viewer.of(self.staff, self.urls)

    def _credential(self) -> str | None:
        """Return the credential in the header, or on a websocket in connection_init."""
        credential = (self.connection_params or {}).get("authorization", self.authorization)
        return credential if isinstance(credential, str) else None


Info: TypeAlias = strawberry.Info[Context, None]
