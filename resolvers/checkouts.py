"""Paying invoices, online or with credit."""

from dataclasses import replace
from typing import Annotated

import strawberry

from context import Info
from errors import NotFound, worded_in
from schema.checkouts import (
    CheckoutInput,
    CheckoutPayload,
    CheckoutSeveralInput,
    CheckoutStatusPayload,
    UseCreditInput,
    UseCreditPayload,
)
from schema.money import Money
from schema.public_invoices import PublicInvoice
from schema.selections import load_lines, selects_lines


@strawberry.type
class CheckoutQueries:
    @strawberry.field(
        description="The status of the Checkout session that a client returns from, and its "
        "invoice. Unless the session is settled, this asks Stripe and records the answer. If "
        "Stripe doesn't answer in time, the status is the last known one, so ask again. NOT_FOUND "
        "if the invoice has no such session."
    )
    async def checkout_status(
        self,
        info: Info,
        token: Annotated[
            str,
            strawberry.argument(description="The share token of the invoice or of its portal."),
        ],
        session_id: Annotated[
            str,
            strawberry.argument(
                description="The `session_id` that Stripe added to the `returnUrl`."
            ),
        ],
        number: Annotated[
            str | None,
            strawberry.argument(
                description="The invoice's number. Required with a portal's token."
            ),
        ] = None,
    ) -> CheckoutStatusPayload:
        context = info.context
        services, client_info = context.services, context.client_info
        link = await services.tokens.find_invoice(
            token, client_info, number=number, with_lines=False
        )
        with worded_in(link.invoice.written_in):
            returned = await services.checkouts.handle_return(link, session_id, client_info)
        if returned is None:
            raise NotFound
        link = replace(link, invoice=returned.invoice_behind(link))
        lines = await load_lines(info, link.invoice) if selects_lines(info) else []
        data = services.public_documents.invoice(link, lines)
        return CheckoutStatusPayload.of(
            returned.checkout.status, PublicInvoice.of(data, context.urls)
        )


@strawberry.type
class CheckoutMutations:
    @strawberry.mutation(
        description="Creates a Stripe Checkout session, or returns the open one for the same "
        "amount. This doesn't charge anything. Fails with PAYMENT_UNAVAILABLE if the "
        "invoice's `payment` is null."
    )
    async def checkout(
        self,
        info: Info,
        input: Annotated[CheckoutInput, strawberry.argument(description="The payment to start.")],
    ) -> CheckoutPayload:
        context, request = info.context, input.checkout_request()
        services, client_info = context.services, context.client_info
        link = await services.tokens.find_invoice(
            input.token, client_info, number=input.number, with_lines=False
        )
        with worded_in(link.invoice.written_in):
            checkout = await services.checkouts.open(link, request, client_info)
        return CheckoutPayload.of(checkout)

    @strawberry.mutation(
        description="Creates a Stripe Checkout session that pays all that is due on several "
        "invoices of a portal, or returns the open one for the same invoices. This doesn't charge "
        "anything. Each invoice gets a payment of its own. An invoice can be paid in one session "
        "only, so other open sessions of these invoices expire. If an invoice can't be paid, the "
        "error's `field` is its position, such as `numbers.2`."
    )
    async def checkout_several(
        self,
        info: Info,
        input: Annotated[
            CheckoutSeveralInput, strawberry.argument(description="The invoices to pay.")
        ],
    ) -> CheckoutPayload:
        services, client_info = info.context.services, info.context.client_info
        links = await services.tokens.find_invoices(input.token, client_info, input.numbers)
        with worded_in(links[0].invoice.written_in):
            request = input.checkout_request()
            checkout = await services.checkouts.open_several(links, request, client_info)
        return CheckoutPayload.of(checkout)

    @strawberry.mutation(
        description="Pays an invoice of a portal with the customer's open credit in its currency, "
        "as far as it goes: the oldest credit note first, and no more than is due and not on its "
        "way. Sending it again has no further effect. Counts towards the same rate limits as "
        "`checkout`."
    )
    async def use_credit(
        self,
        info: Info,
        input: Annotated[UseCreditInput, strawberry.argument(description="The invoice to pay.")],
    ) -> UseCreditPayload:
        context = info.context
        services, client_info = context.services, context.client_info
        link = await services.tokens.find_invoice(
            input.token, client_info, number=input.number, with_lines=False
        )
        with worded_in(link.invoice.written_in):
            used = await services.checkouts.use_credit(link, client_info)
        link = replace(link, invoice=used.invoice)
        lines = await load_lines(info, link.invoice) if selects_lines(info) else []
        data = services.public_documents.invoice(link, lines)
        return UseCreditPayload(
            applied=Money.of(used.amount, link.invoice.written_in),
            invoice=PublicInvoice.of(data, context.urls),
        )
