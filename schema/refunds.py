"""Refunds that staff ask Stripe for."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from models import StripeRefundStatus
from schema.enums import describe
from schema.money import Money
from schema.nodes import Node
from services.checkout.refunds import RefundRequest

describe(
    StripeRefundStatus,
    "The status of a refund that staff asked Stripe for.",
    REQUESTED="Stripe hasn't answered yet, and is asked again until it does.",
    DONE="Stripe accepted it.",
    FAILED="Stripe refused it, or gave the money back later. The detail says why.",
)


@strawberry.type(description="A refund of a payment that staff asked Stripe for.")
class Refund(Node):
    id: strawberry.ID = strawberry.field(description="The refund's ID here.")
    amount: Money = strawberry.field(description="The amount.")
    status: StripeRefundStatus = strawberry.field(description="The status.")
    detail: str | None = strawberry.field(description="Why it failed, if it did.")
    reason: str | None = strawberry.field(description="Why it was asked for.")
    credits_invoice: bool = strawberry.field(
        description="Whether the invoice is credited with the amount, so that it isn't due again."
    )
    requested_at: datetime = strawberry.field(description="When it was asked for.")
    requested_by: str = strawberry.field(
        description="The name of the user or API key that asked for it."
    )

    @classmethod
    def of(cls, refund: models.StripeRefund, invoice: models.Invoice, language: str) -> Self:
        """Return a refund of a payment for `invoice`, formatted in `language`."""
        return cls(
            id=strawberry.ID(str(refund.id)),
            amount=Money.of(invoice.money(refund.amount), language),
            status=refund.status,
            detail=refund.detail,
            reason=refund.reason,
            credits_invoice=refund.credits_invoice,
            requested_at=refund.created_at,
            requested_by=refund.actor,
        )


@strawberry.input(description="What to refund of a payment that was made through Stripe.")
class RefundPaymentInput:
    payment_id: strawberry.ID = strawberry.field(description="The payment's ID.")
    amount: Decimal | None = strawberry.field(
        default=None,
        description="In the invoice's currency. Defaults to all that isn't refunded yet.",
    )
    reason: str | None = strawberry.field(
        default=None,
        description="Why: up to 500 characters. A credit note that follows from `creditInvoice` "
        "has it, too.",
    )
    credit_invoice: bool | None = strawberry.field(
        default=False,
        description="Whether the invoice is credited with the amount, by a credit note that "
        "corrects it. Without it, the amount is due again.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )

    def request(self) -> RefundRequest:
        return RefundRequest(
            payment_id=self.payment_id,
            amount=self.amount,
            reason=self.reason,
            credit_invoice=bool(self.credit_invoice),
        )
