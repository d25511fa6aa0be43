"""Stripe events of the company."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema.enums import EventStatus


@strawberry.type(description="An event received from Stripe.")
class StripeEvent:
    id: strawberry.ID = strawberry.field(description="Stripe's ID: evt_…")
    type: str = strawberry.field(description="The event's type at Stripe.")
    status: EventStatus = strawberry.field(description="The status.")
    detail: str | None = strawberry.field(description="The reason, in words.")
    created_at: datetime = strawberry.field(description="When it happened at Stripe.")
    received_at: datetime = strawberry.field(description="When it was first received.")

    @classmethod
    def of(cls, event: models.StripeEvent) -> Self:
        return cls(
            id=strawberry.ID(event.id),
            type=event.type,
            status=event.status,
            detail=event.detail,
            created_at=event.created_at,
            received_at=event.received_at,
        )
