"""Events received from Stripe, each once."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from models.companies import Company


class EventStatus(StrEnum):
    """The status of a Stripe event."""

    APPLIED = "APPLIED"
    IGNORED = "IGNORED"
    """It doesn't concern any company here."""
    WAITING = "WAITING"
    """It concerns a payment that isn't known yet, and is applied once it is."""
    PARKED = "PARKED"
    """It can't be applied and needs someone to look at it."""


class StripeEvent(Model):
    """A Stripe event. Its effects are committed together with this row."""

    id = fields.CharField(255, primary_key=True)
    """Stripe's ID: evt_…"""
    company: fields.ForeignKeyNullableRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="stripe_events", null=True
    )
    company_id: UUID | None
    """The company whose account it comes from; null if there is none."""
    type = fields.CharField(100)
    account = fields.CharField(255, null=True)
    payment_intent = fields.CharField(255, null=True)
    """The payment that a waiting event is about."""
    status = fields.CharEnumField(EventStatus, max_length=8)
    detail: str | None = fields.TextField(null=True)
    """The reason for the status, in words."""
    payload: str | None = fields.TextField(null=True)
    """The event as received, kept only while it may still be applied, since it names the payer."""
    created_at = fields.DatetimeField()
    """When it happened at Stripe."""
    received_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "stripe_event"
        indexes: ClassVar = (
            Index(fields=("company_id", "status", "received_at", "id"), name="stripe_event_list"),
            Index(fields=("company_id", "received_at", "id", "status"), name="stripe_event_log"),
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
