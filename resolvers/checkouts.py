"""Paying an invoice online."""

from typing import Annotated

import strawberry

from context import Info
from schema.checkouts import CheckoutInput, CheckoutPayload


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
        checkout = await services.checkouts.open(link, request, client_info)
        return CheckoutPayload.of(checkout)
