"""Payments received for an invoice."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from schema.money import Money


@strawberry.type(description="Money received for an invoice.")
class Payment:
    """See the description."""

    id: strawberry.ID = strawberry.field(description="Names the payment within the company.")
    amount: Money = strawberry.field(description="What was received.")
    method: str = strawberry.field(description="How it came.")
    received_at: datetime = strawberry.field(description="When it came.")
    reference: str | None = strawberry.field(description="What the bank or the payer calls it.")
    refunded: Money = strawberry.field(description="What was given back of it.")

    @classmethod
    def of(cls, payment: models.Payment, invoice: models.Invoice, language: str) -> Self:
        """Return a payment for `invoice`, written in `language`."""
        return cls(
            id=strawberry.ID(str(payment.id)),
            amount=Money.of(invoice.money(payment.amount), language),
            method=payment.method,
            received_at=payment.received_at,
            reference=payment.reference,
            refunded=Money.of(invoice.money(0), language),  # refunds come with online payment
        )


@strawberry.input(description="A payment that reached the company outside Stripe.")
class RecordPaymentInput:
    """See the description."""

    invoice_id: strawberry.ID = strawberry.field(description="What was paid.")
    amount: Decimal = strawberry.field(
        description="More than 0 and at most what is due, in the invoice's currency."
    )
    method: str = strawberry.field(description="How it came: bank transfer, cash …")
    received_at: datetime | None = strawberry.field(default=None, description="Omitted: now.")
    reference: str | None = strawberry.field(
        default=None, description="What the bank or the payer calls it."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again notes no "
        "second payment.",
    )
