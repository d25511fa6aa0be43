"""Opening a shared quote, and writing, sharing, deciding and invoicing quotes."""

from dataclasses import replace
from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from errors import worded_in
from schema.invoices import InvoicePayload
from schema.permissions import Requires
from schema.public_quotes import AnswerQuoteInput, PublicQuote, PublicQuotePayload
from schema.quote_inputs import (
    CreateQuoteInput,
    DuplicateQuoteInput,
    ShareQuotePayload,
    UpdateQuoteInput,
)
from schema.quotes import Quote, QuotePayload, QuoteRef
from schema.selections import load_lines, selects_lines
from services.billing import quotes
from services.billing.drafting import duplicates
from services.billing.quote_answers import answer_quote

QuoteArgument = Annotated[QuoteRef, strawberry.argument(description="The quote.")]


@strawberry.type
class QuoteQueries:
    @strawberry.field(description="The quote that a link opens. Any other token is NOT_FOUND.")
    async def quote(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The link's token.")],
    ) -> PublicQuote | None:
        context = info.context
        with_lines = selects_lines(info)
        link = await context.services.tokens.find_quote(
            token, context.client_info, with_lines=with_lines
        )
        lines = await load_lines(info, link.quote) if with_lines else []
        data = context.services.public_documents.quote(link, lines)
        return PublicQuote.of(data, context.urls)


@strawberry.type
class QuoteMutations:
    @strawberry.mutation(
        description="Accepts or declines a quote for the client who holds its link. The answer is "
        "final: repeating it has no effect, and the other one is refused with CONFLICT and "
        "the reason QUOTE_ANSWERED. An expired quote is refused with the reason QUOTE_EXPIRED."
    )
    async def answer_quote(
        self,
        info: Info,
        input: Annotated[AnswerQuoteInput, strawberry.argument(description="The answer.")],
    ) -> PublicQuotePayload:
        context = info.context
        services, client_info = context.services, context.client_info
        link = await services.tokens.find_quote(
            input.token, client_info, number=input.number, with_lines=False
        )
        with worded_in(link.quote.written_in):
            await services.message_limits.count(link.quote.id, client_info)
            row = await answer_quote(link, input.answer(client_info.ip))
        lines = await load_lines(info, row) if selects_lines(info) else []
        data = services.public_documents.quote(replace(link, quote=row), lines)
        return PublicQuotePayload(quote=PublicQuote.of(data, context.urls))

    @strawberry.mutation(
        description="Creates a draft quote.", extensions=[Requires(Permission.MANAGE_INVOICES)]
    )
    async def create_quote(
        self,
        info: Info,
        input: Annotated[CreateQuoteInput, strawberry.argument(description="The quote.")],
    ) -> QuotePayload:
        row = await quotes.create_quote(
            info.context.staff, input.draft(), idempotency_key=input.idempotency_key
        )
        return QuotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Creates a draft with the content of a quote in any state, but without its "
        "number, its dates and its service period. Prices and taxes are taken as they are, and "
        "the amounts are computed anew.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def duplicate_quote(
        self,
        info: Info,
        input: Annotated[DuplicateQuoteInput, strawberry.argument(description="The quote.")],
    ) -> QuotePayload:
        row = await duplicates.duplicate_quote(
            info.context.staff, input.quote_id, idempotency_key=input.idempotency_key
        )
        return QuotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Replaces everything in a draft. Fails with CONFLICT once it has been sent.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_quote(
        self,
        info: Info,
        input: Annotated[UpdateQuoteInput, strawberry.argument(description="The quote.")],
    ) -> QuotePayload:
        row = await quotes.update_quote(
            info.context.staff, input.quote_id, input.draft(), input.if_version
        )
        return QuotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Deletes a draft. Fails with CONFLICT once it has been sent.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def delete_quote(self, info: Info, input: QuoteArgument) -> bool:
        await quotes.delete_quote(info.context.staff, input.quote_id)
        return True

    @strawberry.mutation(
        description="Creates the quote's share link, or returns the existing one. A draft "
        "becomes SENT, and can no longer be edited.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def share_quote(self, info: Info, input: QuoteArgument) -> ShareQuotePayload:
        urls = info.context.urls
        row = await quotes.share_quote(info.context.staff, input.quote_id)
        return ShareQuotePayload(
            token=str(row.share_token),
            url=urls.quote(row.share_token),
            quote=Quote.of(row, info.context.viewer),
        )

    @strawberry.mutation(
        description="Revokes the quote's link. It stops working at once and never works again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def revoke_quote_share(self, info: Info, input: QuoteArgument) -> QuotePayload:
        row = await quotes.revoke_quote_share(info.context.staff, input.quote_id)
        return QuotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Marks a sent quote as accepted, even after its last valid day. Fails with "
        "CONFLICT if it was declined.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def accept_quote(self, info: Info, input: QuoteArgument) -> QuotePayload:
        row = await quotes.accept_quote(info.context.staff, input.quote_id)
        return QuotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Marks a sent quote as declined. Fails with CONFLICT if it was accepted.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def decline_quote(self, info: Info, input: QuoteArgument) -> QuotePayload:
        row = await quotes.decline_quote(info.context.staff, input.quote_id)
        return QuotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Creates a draft invoice from an accepted quote, or returns the one that was "
        "already created.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def invoice_quote(self, info: Info, input: QuoteArgument) -> InvoicePayload:
        row = await quotes.invoice_quote(info.context.staff, input.quote_id)
        return InvoicePayload.of(row, info.context.viewer)
