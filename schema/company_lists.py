"""The company's documents and customers, and what clients did with them."""

from functools import partial
from typing import Annotated

import strawberry

import models
from auth.permissions import Permission
from context import Info
from schema.company_views import CompanyView
from schema.connections import After, Connection, First, Paged, connection_of
from schema.customers import Customer
from schema.enums import (
    CreditNoteOrder,
    CustomerOrder,
    InvoiceOrder,
    QuoteOrder,
)
from schema.invoices import CreditNote, Invoice
from schema.list_arguments import (
    NARROWED_CREDIT_NOTES,
    NARROWED_CUSTOMERS,
    NARROWED_INVOICES,
    NARROWED_QUOTES,
)
from schema.overview import Overview
from schema.permissions import Requires
from schema.questions import Question
from schema.quotes import Quote
from schema.statements import From, Statement, To, statement_of
from schema.timelines import TIMELINE_PAGE, Timeline, timeline_of
from schema.views import VIEWS_PAGE, IncludeAutomated
from services.activity.scopes import Scope
from services.billing.lists.filters import (
    CreditNoteFilter,
    CustomerFilter,
    InvoiceFilter,
    QuoteFilter,
)
from services.common.listings import Window, newest
from services.common.lookups import get_owned
from services.common.pagination import BY_ASKED, BY_SEQUENCE
from services.sharing.latest_views import latest_views
from services.sharing.questions import questions
from services.sharing.streams import StreamCursors

Id = Annotated[strawberry.ID, strawberry.argument(description="The ID.")]


@strawberry.type
class CompanyLists:
    """Fields of `Company`. Not a type of the schema itself."""

    @strawberry.field(
        description="Invoices, newest first unless another order is asked for.",
        extensions=[Paged(), NARROWED_INVOICES, Requires(Permission.VIEW_INVOICES)],
    )
    async def invoices(
        self,
        info: Info,
        window: Window,
        wanted: InvoiceFilter,
        *,
        order_by: Annotated[
            InvoiceOrder | None, strawberry.argument(description="Their order.")
        ] = InvoiceOrder.NEWEST,
    ) -> Connection[Invoice]:
        listing = await wanted.listing(info.context.staff, order_by or InvoiceOrder.NEWEST)
        return await connection_of(listing, window, partial(Invoice.of, viewer=info.context.viewer))

    @strawberry.field(
        description="An invoice by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoice(self, info: Info, id: Id) -> Invoice | None:
        row = await get_owned(models.Invoice, info.context.staff, id)
        return Invoice.of(row, info.context.viewer)

    @strawberry.field(
        description="Quotes, newest first unless another order is asked for.",
        extensions=[Paged(), NARROWED_QUOTES, Requires(Permission.VIEW_INVOICES)],
    )
    async def quotes(
        self,
        info: Info,
        window: Window,
        wanted: QuoteFilter,
        *,
        order_by: Annotated[
            QuoteOrder | None, strawberry.argument(description="Their order.")
        ] = QuoteOrder.NEWEST,
    ) -> Connection[Quote]:
        listing = await wanted.listing(info.context.staff, order_by or QuoteOrder.NEWEST)
        return await connection_of(listing, window, partial(Quote.of, viewer=info.context.viewer))

    @strawberry.field(
        description="A quote by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def quote(self, info: Info, id: Id) -> Quote | None:
        row = await get_owned(models.Quote, info.context.staff, id)
        return Quote.of(row, info.context.viewer)

    @strawberry.field(
        description="Customers, newest first unless another order is asked for.",
        extensions=[Paged(), NARROWED_CUSTOMERS, Requires(Permission.VIEW_INVOICES)],
    )
    async def customers(
        self,
        info: Info,
        window: Window,
        wanted: CustomerFilter,
        *,
        order_by: Annotated[
            CustomerOrder | None, strawberry.argument(description="Their order.")
        ] = CustomerOrder.NEWEST,
    ) -> Connection[Customer]:
        listing = await wanted.listing(info.context.staff, order_by or CustomerOrder.NEWEST)
        return await connection_of(
            listing, window, partial(Customer.of, viewer=info.context.viewer)
        )

    @strawberry.field(
        description="A customer by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def customer(self, info: Info, id: Id) -> Customer | None:
        row = await get_owned(models.Customer, info.context.staff, id)
        return Customer.of(row, info.context.viewer)

    @strawberry.field(
        description="A customer's statement of account. NOT_FOUND if the company has no such "
        "customer, BAD_INPUT about `from` or `to` for an impossible period, or one with more than "
        "2,000 entries.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def statement(
        self, info: Info, customer_id: Id, from_: From = None, to: To = None
    ) -> Statement:
        row = await get_owned(models.Customer, info.context.staff, customer_id)
        row.company = await info.context.loaders.companies.load(row.company_id)
        return await statement_of(row, from_, to, info, info.context.viewer.language)

    @strawberry.field(
        description="Credit notes, newest first unless another order is asked for.",
        extensions=[Paged(), NARROWED_CREDIT_NOTES, Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_notes(
        self,
        info: Info,
        window: Window,
        wanted: CreditNoteFilter,
        *,
        order_by: Annotated[
            CreditNoteOrder | None, strawberry.argument(description="Their order.")
        ] = CreditNoteOrder.NEWEST,
    ) -> Connection[CreditNote]:
        listing = await wanted.listing(info.context.staff, order_by or CreditNoteOrder.NEWEST)
        return await connection_of(
            listing, window, partial(CreditNote.of, viewer=info.context.viewer)
        )

    @strawberry.field(
        description="A credit note by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_note(self, info: Info, id: Id) -> CreditNote | None:
        row = await get_owned(models.CreditNote, info.context.staff, id)
        return CreditNote.of(row, info.context.viewer)

    @strawberry.field(
        description="What clients have asked, newest first.",
        extensions=[Paged(), Requires(Permission.VIEW_INVOICES)],
    )
    async def questions(
        self,
        info: Info,
        window: Window,
        *,
        answered: Annotated[
            bool | None,
            strawberry.argument(
                description="Only those that are answered or closed (true), or that wait (false)."
            ),
        ] = None,
    ) -> Connection[Question]:
        rows = questions(info.context.staff, answered=answered)
        return await connection_of(newest(rows, BY_ASKED), window, Question.of)

    @strawberry.field(
        description="Views of all invoices, newest first. The cursors work with `viewedInvoice` "
        "as well.",
        extensions=[Paged(VIEWS_PAGE), Requires(Permission.VIEW_INVOICES)],
    )
    async def views(
        self,
        info: Info,
        window: Window,
        *,
        include_automated: IncludeAutomated = False,
    ) -> Connection[CompanyView]:
        rows = latest_views(info.context.staff, include_automated=bool(include_automated))
        return await connection_of(newest(rows, BY_SEQUENCE), window, CompanyView.of)

    @strawberry.field(
        description="Everything that happened to documents and customers, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def timeline(
        self,
        info: Info,
        *,
        first: First = TIMELINE_PAGE,
        after: After = None,
        only_clients: Annotated[
            bool | None,
            strawberry.argument(
                description="Only what clients did, and what happened to their payments (true)."
            ),
        ] = False,
    ) -> Timeline:
        company_id = info.context.staff.company_id
        scope = Scope.of_company(company_id, only_clients=bool(only_clients))
        return await timeline_of(info, scope, first, after)

    @strawberry.field(
        description="What is open, overdue and paid, and what is worth a follow-up.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def overview(self) -> Overview:
        return Overview()

    @strawberry.field(
        description="The cursor of the latest view. Pass it to `viewedInvoice` as `after` to get "
        "the views from now on. Read it before the rows that you show, so that you miss none.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def views_cursor(self, info: Info) -> str:
        return (await _stream_cursors(info)).views

    @strawberry.field(
        description="The cursor of the latest change. Pass it to `invoiceUpdated` or "
        "`documentUpdated` as `after` to get the changes from now on. Read it before the rows that "
        "you show, so that you miss none.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def updates_cursor(self, info: Info) -> str:
        return (await _stream_cursors(info)).updates


async def _stream_cursors(info: Info) -> StreamCursors:
    return await info.context.loaders.stream_cursors.load(info.context.staff.company_id)
