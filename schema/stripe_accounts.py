"""Connecting the company to Stripe."""

from typing import Self

import strawberry

import models
from core.urls import Urls
from schema.companies import Company
from schema.stripe_events import StripeEvent


@strawberry.input(description="Options for connecting the company to Stripe.")
class ConnectStripeInput:
    return_url: str | None = strawberry.field(
        default=None,
        description="Where Stripe sends the user afterwards. Must be on PUBLIC_URL or an origin "
        "in CORS_ORIGINS. Defaults to the dashboard.",
    )


@strawberry.type(description="Stripe's onboarding page.")
class ConnectStripePayload:
    url: str = strawberry.field(
        description="The URL of the page. It works once and expires after a few minutes."
    )
    company: Company = strawberry.field(description="The updated company.")

    @classmethod
    def of(cls, company: models.Company, url: str, urls: Urls) -> Self:
        return cls(url=url, company=Company.of(company, urls))


@strawberry.input(description="A Stripe event.")
class StripeEventRef:
    event_id: strawberry.ID = strawberry.field(description="Its ID: evt_…")


@strawberry.type(description="The updated event.")
class StripeEventPayload:
    event: StripeEvent = strawberry.field(description="The updated event.")

    @classmethod
    def of(cls, event: models.StripeEvent) -> Self:
        return cls(event=StripeEvent.of(event))
