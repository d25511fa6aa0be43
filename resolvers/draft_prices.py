"""What a draft comes to while it is being written."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.draft_prices import DraftPrice, PriceDraftInput
from schema.permissions import Requires
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
        company = await context.loaders.companies.load(context.staff.company_id)
        price = price_draft(
            [line.draft_or_none() for line in input.lines],
            input.discount_draft(),
            choose_currency(company, input.currency),
            prices_include_tax=bool(input.prices_include_tax),
            rounding=company.tax_rounding,
        )
        return DraftPrice.of(price, context.staff.language, context.accept_language)
