"""Paying an invoice online."""

from typing import Annotated

import strawberry

from context import Info
from schema.checkouts import CheckoutInput, CheckoutPayload


@strawberry.type
class CheckoutMutations:
    """What a client who wants to pay asks for."""

    @strawberry.mutation(
        description="Open a Checkout session at Stripe, or return the one that is open already for "
        "the same. Nothing is charged by this. PAYMENT_UNAVAILABLE where `payment` is null."
    )
    async def checkout(
        self,
        info: Info,
        input: Annotated[CheckoutInput, strawberry.argument(description="What is to be paid.")],
    ) -> CheckoutPayload:
        """See the description."""
        context = info.context
        opened = await context.services.checkouts.open(input.wish(), context.client_info)
        return CheckoutPayload.of(opened)
