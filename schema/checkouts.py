"""Paying invoices, online or with credit."""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final, Self

import strawberry

from models import CheckoutStatus
from schema.money import Money
from schema.public_invoices import PublicInvoice
from services.checkout.checkouts import CheckoutRequest, OpenCheckout


@strawberry.enum(description="The status of a Checkout session.")
class CheckoutState(Enum):
    """The status of a checkout, as its client needs to know it."""

    OPEN = strawberry.enum_value("OPEN", description="It hasn't been completed.")
    PENDING = strawberry.enum_value(
        "PENDING", description="It was completed, and the money is on its way."
    )
    PAID = strawberry.enum_value("PAID", description="The payment was received.")
    FAILED = strawberry.enum_value(
        "FAILED", description="It was completed, but the payment failed. Nothing was charged."
    )
    EXPIRED = strawberry.enum_value("EXPIRED", description="It ended without a payment.")


_STATES: Final = {
    CheckoutStatus.OPENING: CheckoutState.OPEN,
    CheckoutStatus.OPEN: CheckoutState.OPEN,
    CheckoutStatus.EXPIRING: CheckoutState.OPEN,
    CheckoutStatus.EXPIRED: CheckoutState.EXPIRED,
    CheckoutStatus.PENDING: CheckoutState.PENDING,
    CheckoutStatus.FAILED: CheckoutState.FAILED,
    CheckoutStatus.PAID: CheckoutState.PAID,
}


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


@strawberry.input(description="The invoices to pay at once.")
class CheckoutSeveralInput:
    token: str = strawberry.field(description="The share token of the portal.")
    numbers: list[str] = strawberry.field(
        description="The numbers of up to 50 invoices in one currency."
    )
    return_url: str | None = strawberry.field(
        default=None,
        description="As for `checkout`. By default, the client returns to a page with the result "
        "and the way back to the portal.",
    )

    def checkout_request(self) -> CheckoutRequest:
        return CheckoutRequest(return_url=self.return_url)


@strawberry.input(description="The invoice to pay with credit.")
class UseCreditInput:
    token: str = strawberry.field(description="The share token of the portal.")
    number: str = strawberry.field(description="The invoice's number.")


@strawberry.type(description="An invoice that was paid with credit.")
class UseCreditPayload:
    applied: Money = strawberry.field(
        description="How much credit was applied: 0 if there was none left, or nothing to pay."
    )
    invoice: PublicInvoice = strawberry.field(description="The invoice as it is now.")


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


@strawberry.type(description="The status of a Checkout session.")
class CheckoutStatusPayload:
    status: CheckoutState = strawberry.field(description="The session's status.")
    invoice: PublicInvoice = strawberry.field(description="The invoice as it is now.")

    @classmethod
    def of(cls, status: CheckoutStatus, invoice: PublicInvoice) -> Self:
        """Return the status of a checkout and its invoice for the wire."""
        return cls(status=_STATES[status], invoice=invoice)
