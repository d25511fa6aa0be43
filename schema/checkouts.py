"""Paying an invoice online."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

from schema.money import Money
from services.checkout.checkouts import CheckoutWish, OpenCheckout


@strawberry.input(description="What is to be paid.")
class CheckoutInput:
    token: str = strawberry.field(description="An invoice's token, or a portal's.")
    number: str | None = strawberry.field(
        default=None, description="With a portal's token: which invoice."
    )
    amount: Decimal | None = strawberry.field(
        default=None, description="In the invoice's currency; omitted: all that is left to pay."
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="Where the client comes back to: `payment=success&session_id=…` or "
        "`payment=cancelled` is added to its query. Only on PUBLIC_URL or an origin of "
        "CORS_ORIGINS. Omitted: our own pages.",
    )

    def wish(self) -> CheckoutWish:
        """Return what the service takes."""
        return CheckoutWish(self.token, self.number, self.amount, self.return_url)


@strawberry.type(description="Where to pay.")
class CheckoutPayload:
    url: str = strawberry.field(description="Stripe's page, to which the client is led.")
    amount: Money = strawberry.field(description="What is paid there.")
    expires_at: datetime = strawberry.field(description="Until when it can be paid there.")

    @classmethod
    def of(cls, checkout: OpenCheckout) -> Self:
        """Return `checkout` for the wire."""
        return cls(
            url=checkout.url,
            amount=Money.of(checkout.amount, checkout.language),
            expires_at=checkout.expires_at,
        )
