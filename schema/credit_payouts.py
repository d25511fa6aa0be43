"""Credit paid out to customers."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from schema.money import Money
from schema.nodes import Node
from schema.reversals import Reversal
from services.billing.loaders import PaidOutCredit


@strawberry.type(description="Credit that the business paid out to its customer.")
class CreditPayout(Node):
    id: strawberry.ID = strawberry.field(description="The payout's ID.")
    amount: Money = strawberry.field(description="The amount.")
    method: str = strawberry.field(description="How it was paid, for example by bank transfer.")
    reference: str | None = strawberry.field(description="The bank's reference.")
    paid_at: datetime = strawberry.field(description="When it was recorded.")
    recorded_by: str = strawberry.field(
        description="The name of the user or API key that recorded it."
    )
    reversal: Reversal | None = strawberry.field(
        description="Null unless it was reversed: `reverseCreditPayout`."
    )

    @classmethod
    def of(cls, credit: PaidOutCredit, note: models.CreditNote, language: str) -> Self:
        """Return a payout of `note`, formatted in `language`."""
        payout = credit.payout
        return cls(
            id=strawberry.ID(str(payout.id)),
            amount=Money.of(note.money(payout.amount), language),
            method=payout.method,
            reference=payout.reference,
            paid_at=payout.paid_at,
            recorded_by=payout.actor,
            reversal=Reversal.of(credit.reversal),
        )


@strawberry.input(description="Credit that was paid out, for example by bank transfer.")
class PayOutCreditInput:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note's ID.")
    amount: Decimal = strawberry.field(
        description="In the credit note's currency: greater than zero and at most what is left."
    )
    method: str = strawberry.field(
        description="How it was paid, for example by bank transfer: up to 50 characters."
    )
    reference: str | None = strawberry.field(
        default=None, description="The bank's reference: up to 200 characters."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="A payout that was recorded by mistake, or whose money came back.")
class ReverseCreditPayoutInput:
    payout_id: strawberry.ID = strawberry.field(description="The payout's ID.")
    reason: str = strawberry.field(description="Why: up to 500 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )
