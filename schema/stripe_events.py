"""What Stripe has reported to the company."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema.enums import EventStatus


@strawberry.type(description="Something that Stripe has reported.")
class StripeEvent:
    id: strawberry.ID = strawberry.field(description="Stripe's own: evt_…")
    type: str = strawberry.field(description="Stripe's name for what happened.")
    status: EventStatus = strawberry.field(description="What became of it.")
    detail: str | None = strawberry.field(description="Why, for people.")
    created_at: datetime = strawberry.field(description="When it happened at Stripe.")
    received_at: datetime = strawberry.field(description="When it came here first.")

    @classmethod
    def of(cls, event: models.StripeEvent) -> Self:
        """Return `event` for the wire."""
        return cls(
            id=strawberry.ID(event.id),
            type=event.type,
            status=event.status,
            detail=event.detail,
            created_at=event.created_at,
            received_at=event.received_at,
        )
