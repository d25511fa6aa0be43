"""Payments through Stripe that failed days after the client made them."""

from datetime import datetime
from typing import Self

import strawberry

from i18n.payments import describe_paid_with, failure_reason
from models import Invoice
from schema.money import Money
from values import payments


@strawberry.type(
    description="A payment that failed days after the client made it, such as a bank debit that "
    "was returned. Nothing was received."
)
class FailedPayment:
    amount: Money = strawberry.field(description="The amount that did not arrive.")
    method: str | None = strawberry.field(
        description="What the client paid with; null if that isn't known."
    )
    started_at: datetime = strawberry.field(description="When the client made the payment.")
    failed_at: datetime = strawberry.field(description="When it failed.")
    reason: str | None = strawberry.field(
        description="Why, in plain words; null if that isn't known."
    )

    @classmethod
    def of(cls, failed: payments.FailedPayment, invoice: Invoice, language: str) -> Self:
        """Return a failed payment of `invoice`, worded in `language`."""
        paid_with = failed.paid_with
        return cls(
            amount=Money.of(invoice.money(failed.amount), language),
            method=describe_paid_with(paid_with, language) if paid_with else None,
            started_at=failed.started_at,
            failed_at=failed.failed_at,
            reason=failure_reason(failed.failure_code, language),
        )
