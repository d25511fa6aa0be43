"""What Stripe has reported, each event once."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from models.companies import Company


class EventStatus(StrEnum):
    """What became of an event."""

    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    """It is about nothing of ours."""
    WAITING = "WAITING"
    """It is about a payment of which we have not heard; applied as soon as we do."""
    PARKED = "PARKED"
    """It can't be applied: people have to look."""


class StripeEvent(Model):
    """An event, whose effects are in the same transaction as this row."""

    id = fields.CharField(255, primary_key=True)
    """Stripe's: evt_…"""
    company: fields.ForeignKeyNullableRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="stripe_events", null=True
    )
    company_id: UUID | None
    """Whose account it comes from; null: nobody's."""
    type = fields.CharField(100)
    account = fields.CharField(255, null=True)
    payment_intent = fields.CharField(255, null=True)
    """The payment that it is about, if it waits for that."""
    status = fields.CharEnumField(EventStatus, max_length=8)
    detail: str | None = fields.TextField(null=True)
    """Why it is as it is, for people."""
    payload: str | None = fields.TextField(null=True)
    """The event as it came, while it may have to be applied; it says who has paid."""
    created_at = fields.DatetimeField()
    """When it happened at Stripe."""
    received_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "stripe_event"
        indexes: ClassVar = (
            Index(fields=("company_id", "status", "received_at", "id"), name="stripe_event_list"),
            Index(fields=("payment_intent", "account"), name="stripe_event_waiting"),
        )
        constraints: ClassVar = (
            CheckConstraint(
                "status IN ('APPLIED', 'IGNORED', 'WAITING', 'PARKED')", "stripe_event_status"
            ),
            CheckConstraint(
                "(status IN ('WAITING', 'PARKED')) = (payload IS NOT NULL)", "stripe_event_payload"
            ),
            CheckConstraint(
                "status <> 'WAITING' OR payment_intent IS NOT NULL", "stripe_event_waits_for"
            ),
        )
