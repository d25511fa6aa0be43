"""Corrections that staff make: write-offs, and refunds that they ask Stripe for."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from models.invoices import Invoice, Payment


class WriteOff(Model):
    """What a business gives up of an invoice or, if negative, claims or gets after all.

    Rows are added, never edited. The sum for an invoice is what is written off.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="write_offs"
    )
    company_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="write_offs", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    amount = fields.BigIntField()
    actor = fields.CharField(200, null=True)
    """The name of the user or API key that did it; null if nobody of the company did."""
    reason: str | None = fields.TextField(null=True)
    """Null where money arrived for what was written off."""
    at = fields.DatetimeField(auto_now_add=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""

    class Meta:
        table = "write_off"
        append_only = True
        indexes: ClassVar = (Index(fields=("invoice_id", "at"), name="write_off_by_invoice"),)
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "write_off_idempotency"),
            CheckConstraint("amount <> 0", "write_off_amount"),
        )


class StripeRefundStatus(StrEnum):
    """The status of a refund that staff asked for."""

    REQUESTED = "REQUESTED"
    """Stripe has not answered yet, and will be asked again."""
    DONE = "DONE"
    FAILED = "FAILED"
    """Stripe refused it, or gave the money back later. The detail says why."""


class StripeRefund(Model):
    """A refund that staff ask Stripe for. Its id is the idempotency key of the request."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="stripe_refunds"
    )
    company_id: UUID
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "models.Payment", related_name="stripe_refunds", on_delete=fields.RESTRICT
    )
    payment_id: UUID
    amount = fields.BigIntField()
    """In minor units of the invoice's currency."""
    reason: str | None = fields.TextField(null=True)
    actor = fields.CharField(200)
    """The name of the user or API key that asked for it."""
    credits_invoice = fields.BooleanField(default=False)
    """Whether the invoice is credited with the amount, so that it isn't due again."""
    status = fields.CharEnumField(
        StripeRefundStatus, max_length=16, default=StripeRefundStatus.REQUESTED
    )
    refund_id = fields.CharField(255, null=True)
    """Stripe's ID: re_…"""
    detail: str | None = fields.TextField(null=True)
    """Why it failed."""
    created_at = fields.DatetimeField(auto_now_add=True)
    next_attempt_at = fields.DatetimeField(null=True)
    """When Stripe is asked next; null once it has answered."""
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""

    class Meta:
        table = "stripe_refund"
        indexes: ClassVar = (
            Index(fields=("payment_id",), name="stripe_refund_by_payment"),
            Index(fields=("status", "next_attempt_at"), name="stripe_refund_unfinished"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "stripe_refund_idempotency"),
            CheckConstraint("status IN ('REQUESTED', 'DONE', 'FAILED')", "stripe_refund_status"),
            CheckConstraint("amount > 0", "stripe_refund_amount"),
            CheckConstraint(
                "(status = 'REQUESTED') = (next_attempt_at IS NOT NULL)",
                "stripe_refund_next_attempt",
            ),
        )
