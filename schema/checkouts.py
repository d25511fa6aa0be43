"""Paying an invoice online."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

from schema.money import Money
from services.checkout.checkouts import CheckoutRequest, OpenCheckout


@strawberry.input(description="The payment to start.")
class CheckoutInput:
    token: str = strawberry.field(description="The share token of an invoice or a portal.")
    number: str | None = strawberry.field(
        default=None, description="The invoice's number. Required with a portal's token."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="The amount in the invoice's currency. Defaults to the amount due.",
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="Where Stripe sends the client afterwards, with "
        "`payment=success&session_id=…` or `payment=cancelled` added to the query. "
        "Must be on PUBLIC_URL or an origin in CORS_ORIGINS. Defaults to the "
        "portal's own page.",
    )

    def checkout_request(self) -> CheckoutRequest:
        return CheckoutRequest(amount=self.amount, return_url=self.return_url)


@strawberry.type(description="A Checkout session.")
class CheckoutPayload:
    url: str = strawberry.field(description="The Stripe page to send the client to.")
    amount: Money = strawberry.field(description="The amount to pay.")
    expires_at: datetime = strawberry.field(description="When the session expires.")

    @classmethod
    def of(cls, checkout: OpenCheckout) -> Self:
        """Return `checkout` for the wire."""
        return cls(
            url=checkout.url,
            amount=Money.of(checkout.amount, checkout.language),
            expires_at=checkout.expires_at,
        )
