"""The company at Stripe: whether it is connected, and what Stripe has reported."""

from typing import Self

import strawberry

import models
from schema.companies import Company
from schema.stripe_events import StripeEvent
from settings import Settings


@strawberry.input(description="Connects the company to Stripe.")
class ConnectStripeInput:
    return_url: str | None = strawberry.field(
        default=None,
        description="Where Stripe leads back to. Only on PUBLIC_URL or an origin of CORS_ORIGINS. "
        "Omitted: the dashboard.",
    )


@strawberry.type(description="Where the business tells Stripe about itself.")
class ConnectStripePayload:
    url: str = strawberry.field(description="Stripe's page; good for some minutes, and once.")
    company: Company = strawberry.field(description="The company as it is now.")

    @classmethod
    def of(cls, company: models.Company, url: str, settings: Settings) -> Self:
        """Return what connecting `company` answers with."""
        return cls(url=url, company=Company.of(company, settings))


@strawberry.input(description="Names an event of Stripe's.")
class StripeEventRef:
    event_id: strawberry.ID = strawberry.field(description="Its id: evt_…")


@strawberry.type(description="The event as it is now.")
class StripeEventPayload:
    event: StripeEvent = strawberry.field(description="The event as it is now.")

    @classmethod
    def of(cls, event: models.StripeEvent) -> Self:
        """Return what a mutation of `event` answers with."""
        return cls(event=StripeEvent.of(event))
