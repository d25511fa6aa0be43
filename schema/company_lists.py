"""The company's documents and customers, and what clients did with them."""

from typing import Annotated

import strawberry

import models
from auth.permissions import Permission
from context import Info
from schema.company_views import CompanyView
from schema.connections import (
    DEFAULT_PAGE,
    After,
    Before,
    Connection,
    First,
    Last,
    connection_of,
    window_of,
)
from schema.customers import Customer
from schema.enums import CreditNoteStatus, InvoiceStatus, QuoteStatus
from schema.invoices import CreditNote, Invoice
from schema.permissions import Requires
from schema.quotes import Quote
from schema.views import VIEWS_PAGE, IncludeAutomated
from services.billing import queries
from services.common.listings import newest
from services.common.lookups import get_owned
from services.common.pagination import BY_SEQUENCE
from services.sharing.latest_views import latest_views
from services.sharing.streams import StreamCursors

Shared = Annotated[
    bool | None,
    strawberry.argument(description="Only shared ones (true) or only unshared ones (false)."),
]
OfCustomer = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only those of this customer."),
]


@strawberry.type
class CompanyLists:
    """Fields of `Company`. Not a type of the schema itself."""

    @strawberry.field(
        description="Invoices, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoices(  # noqa: PLR0913  # what the list can be asked for
        self,
        info: Info,
        *,
        first: First = DEFAULT_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        status: Annotated[
            InvoiceStatus | None,
            strawberry.argument(description="Only those with this status."),
        ] = None,
        shared: Shared = None,
        overdue: Annotated[
            bool | None,
            strawberry.argument(description="True: only those that are overdue."),
        ] = None,
        customer_id: OfCustomer = None,
    ) -> Connection[Invoice]:
        staff, viewer = info.context.staff, info.context.viewer
        window = window_of(first, after, last, before)
        rows = queries.invoices(
            staff,
            status,
            shared=shared,
            overdue=bool(overdue),
            customer=await _customer(info, customer_id),
        )
        return await connection_of(newest(rows), window, lambda row: Invoice.of(row, viewer))

    @strawberry.field(
        description="An invoice by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoice(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID.")]
    ) -> Invoice | None:
        row = await get_owned(models.Invoice, info.context.staff, id)
        return Invoice.of(row, info.context.viewer)

    @strawberry.field(
        description="Quotes, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def quotes(
        self,
        info: Info,
        *,
        first: First = DEFAULT_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        status: Annotated[
            QuoteStatus | None,
            strawberry.argument(description="Only those with this status."),
        ] = None,
        shared: Shared = None,
        customer_id: OfCustomer = None,
    ) -> Connection[Quote]:
        viewer = info.context.viewer
        window = window_of(first, after, last, before)
        customer = await _customer(info, customer_id)
        rows = queries.quotes(info.context.staff, status, shared=shared, customer=customer)
        return await connection_of(newest(rows), window, lambda row: Quote.of(row, viewer))

    @strawberry.field(
        description="A quote by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def quote(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID.")]
    ) -> Quote | None:
        row = await get_owned(models.Quote, info.context.staff, id)
        return Quote.of(row, info.context.viewer)

    @strawberry.field(
        description="Customers, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def customers(
        self,
        info: Info,
        *,
        first: First = DEFAULT_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        shared: Shared = None,
    ) -> Connection[Customer]:
        viewer = info.context.viewer
        window = window_of(first, after, last, before)
        rows = queries.customers(info.context.staff, shared=shared)
        return await connection_of(newest(rows), window, lambda row: Customer.of(row, viewer))

    @strawberry.field(
        description="A customer by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def customer(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID.")]
    ) -> Customer | None:
        row = await get_owned(models.Customer, info.context.staff, id)
        return Customer.of(row, info.context.viewer)

    @strawberry.field(
        description="Credit notes, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_notes(
        self,
        info: Info,
        *,
        first: First = DEFAULT_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        status: Annotated[
            CreditNoteStatus | None,
            strawberry.argument(description="Only those with this status."),
        ] = None,
        customer_id: OfCustomer = None,
    ) -> Connection[CreditNote]:
        viewer = info.context.viewer
        window = window_of(first, after, last, before)
        customer = await _customer(info, customer_id)
        rows = queries.credit_notes(info.context.staff, status, customer=customer)
        return await connection_of(newest(rows), window, lambda row: CreditNote.of(row, viewer))

    @strawberry.field(
        description="A credit note by ID. NOT_FOUND if the company has none with this ID.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_note(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The ID.")]
    ) -> CreditNote | None:
        row = await get_owned(models.CreditNote, info.context.staff, id)
        return CreditNote.of(row, info.context.viewer)

    @strawberry.field(
        description="Views of all invoices, newest first. The cursors work with `viewedInvoice` "
        "as well.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def views(
        self,
        info: Info,
        *,
        first: First = VIEWS_PAGE,
        after: After = None,
        last: Last = None,
        before: Before = None,
        include_automated: IncludeAutomated = False,
    ) -> Connection[CompanyView]:
        window = window_of(first, after, last, before, VIEWS_PAGE)
        rows = latest_views(info.context.staff, include_automated=bool(include_automated))
        return await connection_of(newest(rows, BY_SEQUENCE), window, CompanyView.of)

    @strawberry.field(
        description="The cursor of the latest view. `viewedInvoice` with it as `after` streams "
        "the views from now on. Read it before the rows that you show, so that you miss none.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def views_cursor(self, info: Info) -> str:
        return (await _stream_cursors(info)).views

    @strawberry.field(
        description="The cursor of the latest change. `invoiceUpdated` with it as `after` streams "
        "the changes from now on. Read it before the rows that you show, so that you miss none.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def updates_cursor(self, info: Info) -> str:
        return (await _stream_cursors(info)).updates


async def _stream_cursors(info: Info) -> StreamCursors:
    return await info.context.loaders.stream_cursors.load(info.context.staff.company_id)


async def _customer(info: Info, customer_id: strawberry.ID | None) -> models.Customer | None:
    """Return the customer to whose documents a list is narrowed, if any. Raises NotFound."""
    if customer_id is None:
        return None
    return await get_owned(models.Customer, info.context.staff, customer_id)
