"""Writing off what is due on invoices."""

from decimal import Decimal

import strawberry


@strawberry.input(description="An amount due that the business gives up.")
class WriteOffInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's ID.")
    amount: Decimal | None = strawberry.field(
        default=None, description="In the invoice's currency. Defaults to all that is due."
    )
    reason: str = strawberry.field(description="Why: up to 500 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="An invoice whose written-off amount is due again.")
class ReverseWriteOffInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's ID.")
    reason: str = strawberry.field(description="Why: up to 500 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )
