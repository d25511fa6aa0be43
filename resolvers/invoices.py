"""Writing, pricing, issuing and cancelling invoices."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from resolvers.links import InvoiceArgument
from schema.draft_prices import DraftPrice, PriceDraftInput
from schema.invoice_inputs import CreateInvoiceInput, DuplicateInvoiceInput, UpdateInvoiceInput
from schema.invoices import InvoicePayload
from schema.permissions import Requires
from services.billing import invoices
from services.billing.drafting import duplicates
from services.billing.drafting.prices import price_draft
from services.billing.pricing import choose_currency


@strawberry.type
class DraftPriceQueries:
    @strawberry.field(
        description="What a draft comes to by the rules of `createInvoice` and `createQuote`, "
        "without saving it. Lines that are unfinished or wrong are left out.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def price_draft(
        self,
        info: Info,
        input: Annotated[PriceDraftInput, strawberry.argument(description="The draft.")],
    ) -> DraftPrice:
        context = info.context
        context.loaders.budget.spend_rows(len(input.lines))
        company = await context.loaders.companies.load(context.staff.company_id)
        price = price_draft(
            [line.draft_or_none() for line in input.lines],
            input.discount_draft(),
            choose_currency(company, input.currency),
            prices_include_tax=bool(input.prices_include_tax),
            rounding=company.tax_rounding,
        )
        return DraftPrice.of(price, context.staff.language, context.accept_language)


@strawberry.type
class InvoiceMutations:
    @strawberry.mutation(
        description="Creates a draft invoice.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def create_invoice(
        self,
        info: Info,
        input: Annotated[CreateInvoiceInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        row = await invoices.create_invoice(
            info.context.staff, input.draft(), idempotency_key=input.idempotency_key
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Creates a draft with the content of an invoice in any state, but without its "
        "number, its dates and its service period. Prices and taxes are taken as they are, and "
        "the amounts are computed anew.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def duplicate_invoice(
        self,
        info: Info,
        input: Annotated[DuplicateInvoiceInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        row = await duplicates.duplicate_invoice(
            info.context.staff, input.invoice_id, idempotency_key=input.idempotency_key
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Replaces everything in a draft. Fails with CONFLICT once it has been issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_invoice(
        self,
        info: Info,
        input: Annotated[UpdateInvoiceInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        row = await invoices.update_invoice(
            info.context.staff, input.invoice_id, input.draft(), input.if_version
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Deletes a draft. Fails with CONFLICT once it has been issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def delete_invoice(self, info: Info, input: InvoiceArgument) -> bool:
        await invoices.delete_invoice(info.context.staff, input.invoice_id)
        return True

    @strawberry.mutation(
        description="Issues a draft. From then on it can be shared, and no longer edited.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def issue_invoice(self, info: Info, input: InvoiceArgument) -> InvoicePayload:
        row = await invoices.issue_invoice(info.context.staff, input.invoice_id)
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Cancels an issued invoice that has no payments. Its page says that it is "
        "cancelled.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def cancel_invoice(self, info: Info, input: InvoiceArgument) -> InvoicePayload:
        row = await invoices.cancel_invoice(info.context.staff, input.invoice_id)
        return InvoicePayload.of(row, info.context.viewer)
