"""What the pages say about paying online: the form, why it was refused, and what came of it.

Only what is said; the words are in `templates/paying.html`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

import models
from errors import (
    AmountTooLarge,
    AmountTooSmall,
    BadInput,
    PaymentProviderError,
    PaymentUnavailable,
    PortalError,
    RateLimited,
)
from language.formatting import format_amount, format_money
from models import CheckoutStatus
from models.money import to_minor
from payments.amounts import step
from schema.public_invoice import PublicInvoice
from services.payable import options

_CANCELLED: Final = "cancelled"
"""How Stripe sends back who did not pay."""


# --- the form -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PayForm:
    """How an invoice is paid: all of it with one button, or as much as the client wants."""

    action: str
    """Where the form goes, on this origin."""
    amount: str
    """The most that can be paid, as people write it."""
    minimum: str
    currency: str
    chooses: bool
    """Whether the client says how much."""
    typed: str
    """What stands in the field."""

    @classmethod
    def of(cls, invoice: PublicInvoice, action: str, typed: str | None = None) -> Self | None:
        """Return how `invoice` is paid, with what was `typed` before; None if it can't be."""
        payment = invoice.payment
        if payment is None:
            return None
        left = invoice.amount_due.amount - invoice.amount_pending.amount
        most = payment.amount_due
        return cls(
            action=action,
            amount=most.formatted(),
            minimum=payment.minimum.formatted(),
            currency=most.currency,
            chooses=payment.partial_allowed and payment.minimum.amount < left,
            typed=format_amount(most.money, most.language) if typed is None else typed,
        )


# --- refusals -------------------------------------------------------------------------------------


class Reason(StrEnum):
    """Why an attempt to pay was refused."""

    NO_AMOUNT = "NO_AMOUNT"
    STEP = "STEP"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    REST = "REST"
    ABOVE_MAXIMUM = "ABOVE_MAXIMUM"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    UNAVAILABLE = "UNAVAILABLE"
    PROVIDER = "PROVIDER"
    RATE = "RATE"

    @property
    def is_about_the_amount(self) -> bool:
        """Whether another amount might not be refused."""
        return self not in {Reason.UNAVAILABLE, Reason.PROVIDER, Reason.RATE}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it was, and the amount that this speaks of, if any, as people write it."""

    reason: Reason
    amount: str = ""

    @classmethod
    def of(cls, error: PortalError, invoice: models.Invoice, amount: Decimal | None) -> Self:
        """Return why `amount` (None: all) of `invoice`, as it is now, was refused with `error`.

        Raises what can't be said beside a form.
        """
        match error:
            case BadInput() if error.field == "amount":
                return cls._of_bad_amount(invoice, amount)
            case AmountTooSmall():
                return cls._of_small_amount(invoice, amount)
            case AmountTooLarge():
                return cls._of_large_amount(invoice, amount)
            case PaymentUnavailable():
                return cls(Reason.UNAVAILABLE)
            case PaymentProviderError():
                return cls(Reason.PROVIDER)
            case RateLimited():
                return cls(Reason.RATE)
        raise error

    @classmethod
    def _of_bad_amount(cls, invoice: models.Invoice, amount: Decimal | None) -> Self:
        in_steps = step(invoice.currency)
        if amount is not None and _minor(invoice, amount) % in_steps:
            return cls(Reason.STEP, _written(invoice, in_steps))
        left = invoice.money(invoice.amount_due - invoice.amount_pending)
        return cls(Reason.NO_AMOUNT, format_amount(left, _language(invoice)))

    @classmethod
    def _of_small_amount(cls, invoice: models.Invoice, amount: Decimal | None) -> Self:
        offered = options(invoice, invoice.company)
        if offered is None or amount is None:
            return cls(Reason.TOO_SMALL)
        minor = _minor(invoice, amount)
        if minor < offered.least:
            return cls(Reason.BELOW_MINIMUM, _written(invoice, offered.least))
        if 0 < invoice.amount_due - invoice.amount_pending - minor < offered.rest:
            return cls(Reason.REST, _written(invoice, offered.rest))
        return cls(Reason.TOO_SMALL)

    @classmethod
    def _of_large_amount(cls, invoice: models.Invoice, amount: Decimal | None) -> Self:
        offered = options(invoice, invoice.company)
        if offered is None or (amount is not None and _minor(invoice, amount) <= offered.most):
            return cls(Reason.TOO_LARGE)
        return cls(Reason.ABOVE_MAXIMUM, _written(invoice, offered.most))


def _minor(invoice: models.Invoice, amount: Decimal) -> int:
    """Return `amount` in minor units, or 0 if there is none such in the currency."""
    try:
        return to_minor(amount, invoice.currency, field="amount")
    except BadInput:
        return 0


def _written(invoice: models.Invoice, minor: int) -> str:
    return format_money(invoice.money(minor), _language(invoice))


def _language(invoice: models.Invoice) -> str:
    return invoice.customer.language_with(invoice.company)


# --- coming back ----------------------------------------------------------------------------------


class Outcome(StrEnum):
    """What came of an attempt to pay, as far as we know."""

    PAID = "PAID"
    PENDING = "PENDING"
    WAITING = "WAITING"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


_OUTCOMES: Final = {
    CheckoutStatus.PAID: Outcome.PAID,
    CheckoutStatus.PENDING: Outcome.PENDING,
    CheckoutStatus.FAILED: Outcome.FAILED,
    CheckoutStatus.EXPIRED: Outcome.CANCELLED,
}
"""In every other state Stripe has not said yet that it is paid."""


@dataclass(frozen=True, slots=True)
class Return:
    """What a client is told who comes back from Stripe's page."""

    outcome: Outcome
    amount: str = ""
    """What was to be paid, as people write it."""
    again: str = ""
    """Where to look again, on the same page."""

    @classmethod
    def of(cls, checkout: models.Checkout, language: str, again: str) -> Self:
        """Return what came of `checkout`."""
        outcome = _OUTCOMES.get(checkout.status, Outcome.WAITING)
        return cls(outcome, format_money(checkout.money(checkout.amount), language), again)


def cancelled(payment: str | None) -> Return | None:
    """Return what is said if `payment` in the page's query says that the client did not pay."""
    return Return(Outcome.CANCELLED) if payment == _CANCELLED else None
