"""A customer's portal: balances per currency, invoices and credit notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self, TypeVar
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.utils.await_maybe import AwaitableOrValue

import models
from context import Info
from core.urls import Urls
from i18n.locales import direction_of
from models.documents import DocumentLine
from schema.balances import Balance
from schema.connections import DEFAULT_PAGE, After, Connection, Countable, First, page_size
from schema.enums import describe
from schema.lazy_fields import lazy_field
from schema.list_arguments import Currency, IssuedFrom, IssuedTo
from schema.parties import DIRECTION, BillTo, Business
from schema.public_credit_notes import PublicCreditNote
from schema.public_invoices import PublicInvoice
from schema.public_quotes import PublicQuote
from schema.selections import (
    load_lines,
    selects_cursors,
    selects_lines,
    selects_list,
    selects_parties,
)
from schema.statements import From, Statement, To, statement_of
from services.common.listings import Window
from services.common.pagination import Page
from services.public.documents import PublicInvoiceData
from services.sharing.account_lists import (
    AccountList,
    DocumentFilter,
    credit_notes_of,
    invoices_of,
    quotes_of,
)
from services.sharing.accounts import InvoiceGroup
from services.sharing.portal_finder import InvoicesRequest
from services.sharing.portals import OpenPortal
from services.sharing.tokens import SharedCreditNote, SharedLink, SharedQuote

Number = Annotated[str, strawberry.argument(description="The exact number.")]
DocumentT = TypeVar("DocumentT", models.Invoice, models.Quote, models.CreditNote)
LineT = TypeVar("LineT", bound=DocumentLine)


Search = Annotated[
    str | None,
    strawberry.argument(
        description="Only those in whose number, order number, reference or summary each of these "
        "words is found, anywhere and regardless of case and accents."
    ),
]
describe(
    InvoiceGroup,
    "The invoices of a portal by what is to be done about them.",
    OPEN="Something is left to pay: ISSUED or PARTIALLY_PAID.",
    PAID="Nothing is left to pay: PAID.",
    CANCELLED="Nobody has to pay them: CANCELLED.",
)


@dataclass(frozen=True, slots=True)
class _Counted:
    """A group of the customer's invoices, counted by the statement that sums up the balances."""

    portal: OpenPortal
    group: InvoiceGroup | None

    def count(self) -> int:
        return self.portal.loaded_account.invoice_count(self.group)


@strawberry.type(description="A customer's portal, as its link shows it.")
class Portal:
    business: Business = lazy_field("The business.")
    customer: BillTo = lazy_field("The customer.")
    language: str = strawberry.field(description="The customer's language (BCP 47).")
    direction: str = lazy_field(DIRECTION)
    opened: strawberry.Private[OpenPortal]
    urls: strawberry.Private[Urls]

    @property
    def row(self) -> models.Customer:
        """The customer, with its company."""
        return self.opened.customer

    def make_business(self) -> Business:
        return Business.of(self.row.company, self.urls, self.language)

    def make_direction(self) -> str:
        return direction_of(self.language)

    def make_customer(self) -> BillTo:
        return BillTo.of(self.row, self.language)

    @strawberry.field(
        description="One balance per currency with invoices or credit, sorted by code. "
        "Currencies are never added up."
    )
    def balances(self) -> list[Balance]:
        balances = self.opened.loaded_account.balances
        return [Balance.of(balance, self.language) for balance in balances]

    @strawberry.field(description="Whether any invoice is overdue.")
    def is_overdue(self) -> bool:
        return self.opened.loaded_account.is_overdue

    @strawberry.field(
        description="The customer's invoices, newest first.",
        graphql_type=Connection[PublicInvoice],
    )
    def invoices(  # one parameter for each argument
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        group: Annotated[
            InvoiceGroup | None, strawberry.argument(description="Only those of this group.")
        ] = None,
        search: Search = None,
        currency: Currency = None,
        issued_from: IssuedFrom = None,
        issued_to: IssuedTo = None,
    ) -> AwaitableOrValue[Connection[PublicInvoice]]:
        narrowing = _filter_of(search, currency, issued_from, issued_to)
        if narrowing:
            with_parties = selects_parties(info)
            invoices = invoices_of(self.row, narrowing, group, with_parties=with_parties)
            return self._load_narrowed(info, invoices, _window_of(first, after))
        request = InvoicesRequest.of(
            page_size(first),
            after,
            is_list=selects_list(info),
            group=group,
            with_cursors=selects_cursors(info),
        )
        page = self.opened.loaded(request)
        if page is None or selects_lines(info):
            return self._load_invoices(info, request)
        return self._listed(page, info, {}, _Counted(self.opened, group))

    async def _load_invoices(
        self, info: Info, request: InvoicesRequest
    ) -> Connection[PublicInvoice]:
        page = await self.opened.load(request)
        lines = await _lines_of_page(page, info, info.context.loaders.invoice_lines)
        return self._listed(page, info, lines, _Counted(self.opened, request.group))

    async def _load_narrowed(
        self, info: Info, invoices: AccountList[models.Invoice], window: Window
    ) -> Connection[PublicInvoice]:
        page = await invoices.page(window)
        lines = await _lines_of_page(page, info, info.context.loaders.invoice_lines)
        return self._listed(page, info, lines, invoices)

    def _listed(
        self,
        page: Page[models.Invoice],
        info: Info,
        lines: Mapping[UUID, Sequence[models.InvoiceLine]],
        counted: Countable,
    ) -> Connection[PublicInvoice]:
        token, today = str(self.row.portal_token), self.opened.today
        urls, documents = info.context.urls, info.context.services.public_documents

        def data_of(row: models.Invoice) -> PublicInvoiceData:
            link = SharedLink(invoice=row, token=token, is_portal=True)
            return documents.invoice(link, lines.get(row.id, ()))

        return Connection.of(
            page, counted, lambda row: PublicInvoice.in_list(row, data_of, urls, today)
        )

    @strawberry.field(description="The customer's quotes, newest first.")
    async def quotes(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        search: Search = None,
        currency: Currency = None,
        issued_from: IssuedFrom = None,
        issued_to: IssuedTo = None,
    ) -> Connection[PublicQuote]:
        narrowing = _filter_of(search, currency, issued_from, issued_to)
        quotes = quotes_of(self.row, narrowing, with_parties=selects_parties(info))
        page = await quotes.page(_window_of(first, after))
        lines = await _lines_of_page(page, info, info.context.loaders.quote_lines)
        urls, documents = info.context.urls, info.context.services.public_documents
        return Connection.of(
            page,
            quotes,
            lambda row: PublicQuote.of(
                documents.quote(SharedQuote.in_portal(row), lines.get(row.id, ())), urls
            ),
        )

    @strawberry.field(description="The customer's credit notes, newest first.")
    async def credit_notes(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        *,
        search: Search = None,
        currency: Currency = None,
        issued_from: IssuedFrom = None,
        issued_to: IssuedTo = None,
    ) -> Connection[PublicCreditNote]:
        narrowing = _filter_of(search, currency, issued_from, issued_to)
        notes = credit_notes_of(self.row, narrowing, with_parties=selects_parties(info))
        page = await notes.page(_window_of(first, after))
        lines = await _lines_of_page(page, info, info.context.loaders.credit_note_lines)
        urls, documents = info.context.urls, info.context.services.public_documents
        return Connection.of(
            page,
            notes,
            lambda row: PublicCreditNote.of(
                documents.credit_note(SharedCreditNote.in_portal(row), lines.get(row.id, ())), urls
            ),
        )

    @strawberry.field(
        description="The customer's statement of account. BAD_INPUT about `from` or `to` for an "
        "impossible period, or one with more than 2,000 entries."
    )
    async def statement(self, info: Info, from_: From = None, to: To = None) -> Statement:
        return await statement_of(self.row, from_, to, info, self.language)

    @strawberry.field(description="The URL of the statement's page; add `?from=…&to=…`.")
    def statement_url(self) -> str:
        return self.urls.statement(self.row.portal_token)

    @strawberry.field(
        description="An invoice by number. NOT_FOUND if the customer has none with this number."
    )
    async def invoice(self, info: Info, number: Number) -> PublicInvoice | None:
        context, with_lines = info.context, selects_lines(info)
        link = await context.services.tokens.find_invoice(
            str(self.row.portal_token),
            context.client_info,
            number=number,
            with_lines=with_lines,
        )
        lines = await load_lines(info, link.invoice) if with_lines else []
        data = context.services.public_documents.invoice(link, lines)
        return PublicInvoice.of(data, context.urls)

    @strawberry.field(
        description="A quote by number. NOT_FOUND if the customer has none with this number."
    )
    async def quote(self, info: Info, number: Number) -> PublicQuote | None:
        context, with_lines = info.context, selects_lines(info)
        link = await context.services.tokens.find_quote(
            str(self.row.portal_token),
            context.client_info,
            number=number,
            with_lines=with_lines,
        )
        lines = await load_lines(info, link.quote) if with_lines else []
        data = context.services.public_documents.quote(link, lines)
        return PublicQuote.of(data, context.urls)

    @strawberry.field(
        description="A credit note by number. NOT_FOUND if the customer has none with this number."
    )
    async def credit_note(self, info: Info, number: Number) -> PublicCreditNote | None:
        context, with_lines = info.context, selects_lines(info)
        link = await context.services.tokens.find_credit_note(
            str(self.row.portal_token),
            context.client_info,
            number=number,
            with_lines=with_lines,
        )
        lines = await load_lines(info, link.note) if with_lines else []
        data = context.services.public_documents.credit_note(link, lines)
        return PublicCreditNote.of(data, context.urls)

    @classmethod
    def of(cls, opened: OpenPortal, urls: Urls) -> Self:
        """Return the portal of a customer."""
        customer = opened.customer
        return cls(opened=opened, urls=urls, language=customer.language_with(customer.company))


def _window_of(first: int | None, after: str | None) -> Window:
    return Window.of(default=page_size(first), after=after)


def _filter_of(
    search: str | None, currency: str | None, issued_from: date | None, issued_to: date | None
) -> DocumentFilter:
    return DocumentFilter(
        search=search or "", currency=currency, issued_from=issued_from, issued_to=issued_to
    )


async def _lines_of_page(
    page: Page[DocumentT], info: Info, loader: DataLoader[UUID, list[LineT]]
) -> dict[UUID, list[LineT]]:
    """Return the lines of each document, or nothing if the response doesn't need them."""
    if not selects_lines(info):
        return {}
    ids = [row.id for row in page.rows]
    return dict(zip(ids, await loader.load_many(ids), strict=True))
