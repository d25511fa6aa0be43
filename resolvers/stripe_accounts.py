"""Connecting the company to Stripe, and looking after what Stripe has reported."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.company_inputs import CompanyPayload
from schema.permissions import Requires
from schema.stripe_accounts import (
    ConnectStripeInput,
    ConnectStripePayload,
    StripeEventPayload,
    StripeEventRef,
)
from services.checkout.return_urls import check_return_url
from services.checkout.stripe_accounts import connect_stripe, disconnect_stripe
from services.checkout.stripe_events import replay


@strawberry.type
class StripeAccountMutations:
    @strawberry.mutation(
        description="Creates a Stripe account for the company, or continues the onboarding of "
        "the existing one.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def connect_stripe(
        self,
        info: Info,
        input: Annotated[
            ConnectStripeInput | None, strawberry.argument(description="The options.")
        ] = None,
    ) -> ConnectStripePayload:
        context = info.context
        return_url = input.return_url if input else None
        if return_url is None:
            return_url = context.urls.dashboard()
        check_return_url(return_url, context.settings)
        company, url = await connect_stripe(context.staff, context.services.stripe, return_url)
        return ConnectStripePayload.of(company, url, context.urls)

    @strawberry.mutation(
        description="Stops online payments. The business keeps its Stripe account.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def disconnect_stripe(self, info: Info) -> CompanyPayload:
        context = info.context
        company = await disconnect_stripe(context.staff)
        return CompanyPayload.of(company, context.urls)

    @strawberry.mutation(
        description="Tries again to apply a Stripe event that is PARKED or WAITING.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def replay_stripe_event(
        self,
        info: Info,
        input: Annotated[StripeEventRef, strawberry.argument(description="The event.")],
    ) -> StripeEventPayload:
        context = info.context
        livemode = context.services.livemode
        event = await replay(context.staff, input.event_id, livemode=livemode)
        return StripeEventPayload.of(event)
