"""Payments received for an invoice."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from context import Info
from models import PaymentReversalKind
from schema.money import Money


@strawberry.type(description="Money received for an invoice.")
class Payment:
    id: strawberry.ID = strawberry.field(description="Names the payment within the company.")
    amount: Money = strawberry.field(description="What was received.")
    method: str = strawberry.field(description="How it came.")
    received_at: datetime = strawberry.field(description="When it came.")
    reference: str | None = strawberry.field(description="What the bank or the payer calls it.")
    row: strawberry.Private[models.Payment]
    invoice: strawberry.Private[models.Invoice]

    @strawberry.field(description="What was given back of it.")
    async def refunded(self, info: Info) -> Money:
        return await self._taken_back(info, PaymentReversalKind.REFUND)

    @strawberry.field(description="What the payer's bank took back of it in disputes.")
    async def disputed(self, info: Info) -> Money:
        return await self._taken_back(info, PaymentReversalKind.DISPUTE)

    async def _taken_back(self, info: Info, kind: PaymentReversalKind) -> Money:
        amounts = await info.context.loaders.reversals.load(self.row.id)
        money = self.invoice.money(amounts.get(kind, 0))
        return Money.of(money, info.context.viewer.language)

    @classmethod
    def of(cls, payment: models.Payment, invoice: models.Invoice, language: str) -> Self:
        """Return a payment for `invoice`, written in `language`."""
        return cls(
            id=strawberry.ID(str(payment.id)),
            amount=Money.of(invoice.money(payment.amount), language),
            method=payment.method,
            received_at=payment.received_at,
            reference=payment.reference,
            row=payment,
            invoice=invoice,
        )


@strawberry.input(description="A payment that reached the company outside Stripe.")
class RecordPaymentInput:
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
