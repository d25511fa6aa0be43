"""The context of an operation: the caller, the client, and what is already loaded."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import Any, Self, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from starlette.requests import HTTPConnection
from strawberry.dataloader import DataLoader

from auth.browser_sessions import FormTokens
from auth.client_info import ClientInfo
from auth.known_browsers import KnownBrowsers
from auth.staff import CredentialLookup, Staff, authenticate
from core.rate_limits import RateLimiter
from core.response_budget import ResponseBudget
from core.urls import Urls
from errors import Unauthenticated
from integrations.stripe.client import StripeClient
from integrations.webhooks.addresses import CheckedAddresses
from models import (
    Company,
    Credential,
    CreditNote,
    CreditNoteLine,
    Customer,
    Invoice,
    InvoiceLine,
    InvoiceUpdate,
    InvoiceView,
    PartySnapshot,
    Payment,
    QuoteLine,
    StripeRefund,
)
from models.invoices import HistoryEntry
from pdf.worker_pool import WorkerPool
from services.billing.creditable import load_credited
from services.billing.loaders import (
    AppliedCredit,
    PaidOutCredit,
    ReversedPayment,
    load_applications_of,
    load_applications_to,
    load_companies,
    load_credit_note_lines,
    load_credit_notes,
    load_customers,
    load_invoice_lines,
    load_invoices,
    load_invoices_with_parties,
    load_is_surplus,
    load_party_snapshots,
    load_payments,
    load_payouts,
    load_quote_lines,
    load_refunds,
    load_reversals,
)
from services.billing.overview import CurrencyFigures, load_all_figures
from services.checkout.checkouts import Checkouts
from services.checkout.refunds import Refundable, load_refundable, load_refundable_of
from services.common.message_limits import MessageLimits
from services.common.pages_of_each import PageOf, PagesOfEach
from services.common.pagination import Page
from services.company.logos import Logos
from services.email.daily_limits import DailyLimits, daily_limits_of
from services.email.delivery_worker import DeliveryWorker
from services.identity.api_keys import load_keys_of
from services.identity.password_resets import PasswordResets
from services.identity.passwords import PasswordChoice
from services.identity.sign_in import SignIn
from services.identity.sign_in_proofs import SignInProofs
from services.ledger.payment_history import load_payment_history
from services.public.documents import PublicDocuments
from services.sharing.accounts import AccountSummary, load_accounts
from services.sharing.streams import StreamCursors, load_stream_cursors
from services.sharing.tokens import TokenLookup
from services.sharing.view_pages import ViewLog, ViewPage, count_views, load_view_pages
from services.sharing.view_stats import Days, load_views_per_day
from services.sharing.views import Views
from settings import Settings
from subscriptions.hub import Hub
from subscriptions.replay import Event, RowT
from subscriptions.rooms import Outlet, SourcedOutlet

KindT = TypeVar("KindT")
KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Services:
    """What the process has opened for its requests."""

    settings: Settings
    urls: Urls
    credentials: CredentialLookup
    tokens: TokenLookup
    views: Views
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
    pdf: WorkerPool
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


class DataLoaders(dict[KindT, DataLoader[KeyT, ValueT]]):
    """A loader for each kind, which is created when it is first used."""

    def __init__(self, load_of: Callable[[KindT], Callable[[list[KeyT]], Awaitable[Any]]]) -> None:
        super().__init__()
        self._load_of = load_of

    def __missing__(self, kind: KindT) -> DataLoader[KeyT, ValueT]:
        loader = self[kind] = DataLoader(self._load_of(kind))
        return loader


class Loaders:
    """Loads the parts of many rows in one statement each, and caches them for one operation.

    A loader is created when it is first used. Most operations need none. Rows of lists without
    pages are paid for from `budget`.
    """

    def __init__(self, budget: ResponseBudget | None = None) -> None:
        self.budget = budget or ResponseBudget()

    @cached_property
    def invoice_lines(self) -> DataLoader[UUID, list[InvoiceLine]]:
        """The lines of invoices."""
        return DataLoader(partial(load_invoice_lines, budget=self.budget))

    @cached_property
    def quote_lines(self) -> DataLoader[UUID, list[QuoteLine]]:
        """The lines of quotes."""
        return DataLoader(partial(load_quote_lines, budget=self.budget))

    @cached_property
    def credit_note_lines(self) -> DataLoader[UUID, list[CreditNoteLine]]:
        """The lines of credit notes."""
        return DataLoader(partial(load_credit_note_lines, budget=self.budget))

    @cached_property
    def applications_to_invoices(self) -> DataLoader[UUID, list[AppliedCredit]]:
        """The credit applied to invoices."""
        return DataLoader(partial(load_applications_to, budget=self.budget))

    @cached_property
    def applications_of_notes(self) -> DataLoader[UUID, list[AppliedCredit]]:
        """Where the credit of credit notes was applied."""
        return DataLoader(partial(load_applications_of, budget=self.budget))

    @cached_property
    def credit_notes_of_invoices(self) -> DataLoader[UUID, list[CreditNote]]:
        """The credit notes that correct invoices."""
        return DataLoader(partial(load_credit_notes, budget=self.budget))

    @cached_property
    def view_pages(self) -> DataLoader[ViewPage, Page[InvoiceView]]:
        """Pages of the views of invoices, which are paid for as the edges of their pages."""
        return DataLoader(load_view_pages)

    @cached_property
    def view_counts(self) -> DataLoader[ViewLog, int]:
        """The numbers of views of invoices."""
        return DataLoader(count_views)

    @cached_property
    def views_per_day(self) -> DataLoader[tuple[UUID, Days], list[int]]:
        """How often invoices were opened on each of some days."""
        return DataLoader(load_views_per_day)

    @cached_property
    def credited(self) -> DataLoader[UUID, int]:
        """The totals of invoices' live credit notes, in minor units."""
        return DataLoader(load_credited)

    @cached_property
    def is_surplus(self) -> DataLoader[UUID, bool]:
        """Whether credit notes are money received beyond what was due."""
        return DataLoader(load_is_surplus)

    @cached_property
    def payouts(self) -> DataLoader[UUID, list[PaidOutCredit]]:
        """What was paid out of credit notes."""
        return DataLoader(partial(load_payouts, budget=self.budget))

    @cached_property
    def payments(self) -> DataLoader[UUID, list[Payment]]:
        """The payments of invoices."""
        return DataLoader(partial(load_payments, budget=self.budget))

    @cached_property
    def payment_histories(self) -> DataLoader[UUID, list[HistoryEntry]]:
        """The histories of invoices."""
        return DataLoader(partial(load_payment_history, budget=self.budget))

    @cached_property
    def reversals(self) -> DataLoader[UUID, ReversedPayment]:
        """What was taken back of payments."""
        return DataLoader(partial(load_reversals, budget=self.budget))

    @cached_property
    def refundable(self) -> DataLoader[UUID, Refundable]:
        """What of payments can be refunded."""
        return DataLoader(load_refundable)

    @cached_property
    def refundable_of_invoices(self) -> DataLoader[UUID, int]:
        """What can be refunded of invoices' payments, in minor units."""
        return DataLoader(load_refundable_of)

    @cached_property
    def refunds(self) -> DataLoader[UUID, list[StripeRefund]]:
        """The refunds of payments that staff asked for."""
        return DataLoader(partial(load_refunds, budget=self.budget))

    @cached_property
    def keys_of_users(self) -> DataLoader[UUID, list[Credential]]:
        """The valid API keys of users."""
        return DataLoader(partial(load_keys_of, budget=self.budget))

    @cached_property
    def customers(self) -> DataLoader[UUID, Customer]:
        """Customers."""
        return DataLoader(load_customers)

    @cached_property
    def accounts(self) -> DataLoader[tuple[UUID, date], AccountSummary]:
        """What customers owe on a day."""
        return DataLoader(load_accounts)

    @cached_property
    def pages_of(self) -> "DataLoaders[PagesOfEach[Any], PageOf, Page[Any]]":
        """Pages of the lists of many rows, which are paid for as their edges."""
        return DataLoaders(lambda kind: kind.load)

    @cached_property
    def counts_of(self) -> "DataLoaders[PagesOfEach[Any], UUID, int]":
        """How long the lists of many rows are."""
        return DataLoaders(lambda kind: kind.count)

    @cached_property
    def stream_cursors(self) -> DataLoader[UUID, StreamCursors]:
        """Where the streams of companies stand: the caller's."""
        return DataLoader(load_stream_cursors)

    @cached_property
    def figures(self) -> DataLoader[Staff, Sequence[CurrencyFigures]]:
        """What is open, overdue and paid in companies: the caller's."""
        return DataLoader(load_all_figures)

    @cached_property
    def companies(self) -> DataLoader[UUID, Company]:
        """Companies: the caller's."""
        return DataLoader(load_companies)

    @cached_property
    def party_snapshots(self) -> DataLoader[UUID, PartySnapshot]:
        """Parties as they were when documents were issued."""
        return DataLoader(load_party_snapshots)

    @cached_property
    def invoices(self) -> DataLoader[UUID, Invoice | None]:
        """Invoices to which other rows refer."""
        return DataLoader(load_invoices)

    @cached_property
    def invoices_with_parties(self) -> DataLoader[UUID, Invoice]:
        """Invoices with the parties that they name."""
        return DataLoader(load_invoices_with_parties)


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
    """The cursor from which a client resumes a stream of events. It goes before that in the text or
    variables of the operation, which the client sends again unchanged."""
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
