"""What the pages say about paying online: the form, why it was refused, and what came of it.

Only what is said; the words are in `templates/paying.html`.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlencode

from babel.numbers import get_decimal_symbol

import models
from errors import (
    AmountTooLarge,
    AmountTooSmall,
    BadInput,
    Conflict,
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
from models.money import Minor, Money, to_minor
from schema.public_invoices import PublicInvoice
from services.checkout.payment_options import options

_CANCELLED: Final = "cancelled"
"""How Stripe sends back who did not pay."""


# --- the form -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much can be paid, in minor units, and how it is typed: for the page's script."""

    least: Minor
    most: Minor
    left: Minor
    rest: Minor
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
                least=least.money.minor,
                most=most.money.minor,
                left=left,
                rest=rest,
                exponent=EXPONENTS[most.currency],
                decimal=get_decimal_symbol(locale_of(most.language)),
            ),
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
            case RateLimited() | Conflict():  # by one client, or by several at the same invoice
                return cls(Reason.RATE)
        raise error

    @classmethod
    def _of_bad_amount(cls, invoice: models.Invoice, amount: Decimal | None) -> Self:
        in_steps = Limits.of(invoice.currency).step
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
