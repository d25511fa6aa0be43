"""What the pages say about paying online: the form, why it was refused, and what came of it.

Only what is said; the words are in `templates/paying.html`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlencode

from babel.numbers import get_decimal_symbol

import models
from errors import (
    BadInput,
    Conflict,
    ErrorCode,
    PaymentProviderError,
    PaymentUnavailable,
    PortalError,
    RateLimited,
)
from i18n.formatting import format_amount, format_money
from i18n.locales import locale_of
from integrations.stripe.amounts import Limits
from models import CheckoutStatus
from models.currencies import EXPONENTS
from models.money import AmountReason, AmountRefused, Minor, Money
from schema.public_invoices import PublicInvoice

_CANCELLED: Final = "cancelled"
"""How Stripe sends back who did not pay."""


# --- the form -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much can be paid, in minor units, and how it is typed: for the page's script."""

    minimum: Minor
    maximum: Minor
    remaining: Minor
    min_remainder: Minor
    exponent: int
    decimal: str
    """The sign before the decimals."""


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
    everything: str
    """What stands there for the most that can be paid."""
    rest: str
    """The least that must be left where less than all is paid, as people write it."""
    bounds: Bounds

    @classmethod
    def of(cls, invoice: PublicInvoice, action: str, typed: str | None = None) -> Self | None:
        """Return how `invoice` is paid, with what was `typed` before; None if it can't be."""
        payment = invoice.payment
        if payment is None:
            return None
        most, least = payment.amount_due, payment.minimum
        left = Minor(invoice.amount_due.money.minor - invoice.amount_pending.money.minor)
        rest, everything = (
            Limits.of(most.currency).minimum,
            format_amount(most.money, most.language),
        )
        return cls(
            action=action,
            amount=most.formatted(),
            minimum=least.formatted(),
            currency=most.currency,
            chooses=payment.partial_allowed and least.money.minor < left,
            typed=everything if typed is None else typed,
            everything=everything,
            rest=format_money(Money(rest, most.currency), most.language),
            bounds=Bounds(
                minimum=least.money.minor,
                maximum=most.money.minor,
                remaining=left,
                min_remainder=rest,
                exponent=EXPONENTS[most.currency],
                decimal=get_decimal_symbol(locale_of(most.language)),
            ),
        )


# --- refusals -------------------------------------------------------------------------------------


_TEXTS_WITH_LIMIT: Final = frozenset(
    {
        AmountReason.BELOW_MINIMUM,
        AmountReason.ABOVE_MAXIMUM,
        AmountReason.REMAINDER_TOO_SMALL,
        AmountReason.NOT_A_MULTIPLE,
    }
)
"""The reasons that have a text of their own; others have that of their code."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a payment was refused; `templates/paying.html` has a text for each reason."""

    reason: AmountReason | ErrorCode
    amount: str = ""
    """The amount in the text, formatted."""
    is_about_the_amount: bool = False
    """Whether another amount might be accepted."""

    @classmethod
    def of(cls, error: PortalError, invoice: models.Invoice) -> Self:
        """Return how the page of `invoice` words `error`. Raises `error` if it has no text."""
        language = invoice.customer.language_with(invoice.company)
        match error:
            case AmountRefused(limit=Money() as limit) if error.reason in _TEXTS_WITH_LIMIT:
                amount = format_money(limit, language)
                return cls(reason=error.reason, amount=amount, is_about_the_amount=True)
            case BadInput() if error.field == "amount":
                remaining = invoice.money(invoice.amount_due - invoice.amount_pending)
                example = format_amount(remaining, language)
                return cls(reason=error.code, amount=example, is_about_the_amount=True)
            case PaymentUnavailable() | PaymentProviderError() | RateLimited():
                return cls(reason=error.code)
            case Conflict():  # several clients tried to pay at once
                return cls(reason=ErrorCode.RATE_LIMITED)
        raise error


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
_PAUSES: Final = (2, 3, 5, 8, 13, 21, 34)
"""Seconds between the looks that a waiting page takes by itself; then it leaves that to people."""
_COUNTS: Final = frozenset(str(count) for count in range(len(_PAUSES) + 1))


@dataclass(frozen=True, slots=True)
class Return:
    """What a client is told who comes back from Stripe's page."""

    outcome: Outcome
    amount: str = ""
    """What was to be paid, as people write it."""
    again: str = ""
    """Where to look again, on the same page."""
    pause: int | None = None
    """Seconds after which the page looks by itself; None: it does not."""
    next_look: str = ""
    """Where it looks then."""

    @classmethod
    def of(cls, checkout: models.Checkout, language: str, looks: str) -> Self:
        """Return what came of `checkout`; the page has looked by itself `looks` times before."""
        outcome = _OUTCOMES.get(checkout.status, Outcome.WAITING)
        amount = format_money(checkout.money(checkout.amount), language)
        if outcome is not Outcome.WAITING:
            return cls(outcome, amount)
        before = int(looks) if looks in _COUNTS else 0
        again = "?" + urlencode({"payment": "success", "session_id": checkout.session_id or ""})
        pause = _PAUSES[before] if before < len(_PAUSES) else None
        return cls(outcome, amount, again, pause, f"{again}&looks={before + 1}")


def cancelled(payment: str | None) -> Return | None:
    """Return what is said if `payment` in the page's query says that the client did not pay."""
    return Return(Outcome.CANCELLED) if payment == _CANCELLED else None
