"""A customer's portal: balances per currency, invoices and credit notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from schema.connections import DEFAULT_PAGE, After, Connection, First, page_size
from schema.lazy_fields import lazy_field
from schema.parties import DIRECTION, BillTo, Business
from schema.public_credit_notes import PublicCreditNote
from schema.public_invoices import PublicInvoice
from schema.public_quotes import PublicQuote
from schema.selections import load_lines, selects_lines, selects_list, selects_parties
from schema.statements import From, Statement, To, statement_of
from services.common.pagination import Page, PageRequest
from services.sharing import portals
from services.sharing.portal_finder import InvoicesRequest
from services.sharing.portals import OpenPortal
from services.sharing.tokens import SharedCreditNote, SharedLink

Number = Annotated[str, strawberry.argument(description="The exact number.")]
DocumentT = TypeVar("DocumentT", models.Invoice, models.CreditNote)
LineT = TypeVar("LineT", bound=DocumentLine)


@dataclass(frozen=True, slots=True)
class _Counted:
    """The customer's invoices, counted by the statement that sums up the balances."""

    portal: OpenPortal

    def count(self) -> int:
        return self.portal.loaded_account.invoice_count


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
    def invoices(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> AwaitableOrValue[Connection[PublicInvoice]]:
        request = InvoicesRequest.of(page_size(first), after, is_list=selects_list(info))
        page = self.opened.loaded(request)
        if page is None or selects_lines(info):
            return self._load_invoices(info, request)
        return self._listed(page, info, {})

    async def _load_invoices(
        self, info: Info, request: InvoicesRequest
    ) -> Connection[PublicInvoice]:
        page = await self.opened.load(request)
        lines = await _lines_of_page(page, info, info.context.loaders.invoice_lines)
        return self._listed(page, info, lines)

    def _listed(
        self,
        page: Page[models.Invoice],
        info: Info,
        lines: Mapping[UUID, Sequence[models.InvoiceLine]],
    ) -> Connection[PublicInvoice]:
        token, today = str(self.row.portal_token), self.opened.today
        urls, documents = info.context.urls, info.context.services.public_documents
        return Connection.of(
            page,
            _Counted(self.opened),
            lambda row: PublicInvoice.of(
                documents.invoice(
                    SharedLink(invoice=row, token=token, is_portal=True), lines.get(row.id, ())
                ),
                urls,
                today,
            ),
        )

    @strawberry.field(description="The customer's credit notes, newest first.")
    async def credit_notes(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[PublicCreditNote]:
        page = await portals.page_of_credit_notes(
            self.row,
            PageRequest.of(page_size(first), after),
            with_parties=selects_parties(info),
        )
        lines = await _lines_of_page(page, info, info.context.loaders.credit_note_lines)
        urls, documents = info.context.urls, info.context.services.public_documents
        return Connection.of(
            page,
            portals.credit_notes_of(self.row),
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


async def _lines_of_page(
    page: Page[DocumentT], info: Info, loader: DataLoader[UUID, list[LineT]]
) -> dict[UUID, list[LineT]]:
    """Return the lines of each document, or nothing if the response doesn't need them."""
    if not selects_lines(info):
        return {}
    ids = [row.id for row in page.rows]
    return dict(zip(ids, await loader.load_many(ids), strict=True))
