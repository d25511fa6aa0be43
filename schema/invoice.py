"""An invoice as the company's staff see it."""

from datetime import datetime
from typing import Annotated, Final, Self

import strawberry

import models
from auth.permissions import Permission
from context import Info
from schema.connection import After, Connection, First, page_size
from schema.customer import Customer
from schema.document import InvoiceDocument, document_fields
from schema.lines import LineItem
from schema.money import Money
from schema.payment import Payment
from schema.requires import Requires
from schema.viewing import InvoiceView, ViewStats
from services import listing
from services.paging import BY_SEQUENCE, newest_first
from settings import Settings

_VIEWS_PAGE: Final = 50


@strawberry.type(description="An invoice as the company's staff see it.")
class Invoice(InvoiceDocument):
    """See the description."""

    id: strawberry.ID = strawberry.field(description="Names the invoice for good.")
    allow_partial_payment: bool = strawberry.field(
        description="Whether the client may pay less than all at once."
    )
    minimum_payment: Money | None = strawberry.field(
        description="The least that a partial payment may be."
    )
    share_url: str | None = strawberry.field(description="The client's link; null: not shared.")
    shared_at: datetime | None = strawberry.field(description="When the link was made.")
    view_stats: ViewStats = strawberry.field(description="How often it was opened, and when.")
    created_at: datetime = strawberry.field(description="When the draft was made.")
    row: strawberry.Private[models.Invoice]

    @strawberry.field(description="Whom it is addressed to.")
    async def customer(self, info: Info) -> Customer:
        """See the description."""
        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.settings)

    @strawberry.field(description="Every line, in order.")
    async def lines(self, info: Info) -> list[LineItem]:
        """See the description."""
        lines = await info.context.loaders.lines.load(self.row.id)
        return [LineItem.of(line, self.row) for line in lines]

    @strawberry.field(description="What was received for it, the oldest first.")
    async def payments(self, info: Info) -> list[Payment]:
        """See the description."""
        payments = await info.context.loaders.payments.load(self.row.id)
        return [Payment.of(payment, self.row) for payment in payments]

    @strawberry.field(
        description="Each open of its link, the newest first. The cursors are those of "
        "`viewedInvoice`.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def views(
        self,
        first: First = _VIEWS_PAGE,
        after: After = None,
        include_automated: Annotated[
            bool | None,
            strawberry.argument(description="Also opens by previews, scanners and prefetching."),
        ] = False,
    ) -> Connection[InvoiceView]:
        """See the description."""
        rows = listing.views(self.row, include_automated=bool(include_automated))
        page = await newest_first(rows, page_size(first, _VIEWS_PAGE), after, BY_SEQUENCE)
        return Connection.of(page, rows, InvoiceView.of)

    @classmethod
    def of(cls, invoice: models.Invoice, settings: Settings) -> Self:
        """Return what staff see of `invoice`."""
        minimum = invoice.minimum_payment
        return cls(
            **document_fields(invoice),
            id=strawberry.ID(str(invoice.id)),
            allow_partial_payment=invoice.allow_partial_payment,
            minimum_payment=None if minimum is None else Money.of(invoice.money(minimum)),
            share_url=settings.invoice_url(invoice.share_token) if invoice.share_token else None,
            shared_at=invoice.shared_at,
            view_stats=ViewStats.of(invoice),
            created_at=invoice.created_at,
            row=invoice,
        )


@strawberry.type(description="The invoice as it is now.")
class InvoicePayload:
    """See the description."""

    invoice: Invoice = strawberry.field(description="The invoice as it is now.")

    @classmethod
    def of(cls, invoice: models.Invoice, settings: Settings) -> Self:
        """Return what a mutation of `invoice` answers with."""
        return cls(invoice=Invoice.of(invoice, settings))


@strawberry.input(description="Names an invoice of the company.")
class InvoiceRef:
    """See the description."""

    invoice_id: strawberry.ID = strawberry.field(description="The invoice's id.")
