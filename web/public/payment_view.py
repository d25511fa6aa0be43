"""Paying online on the pages: the form, why a payment was refused, and its result.

The texts are in `templates/paying.html`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from urllib.parse import urlencode

import models
from banking.currencies import EXPONENTS
from errors import (
    BadInput,
    Conflict,
    ErrorCode,
    PaymentProviderError,
    PaymentUnavailable,
    PortalError,
    RateLimited,
)
from i18n.digits import decimal_symbol, group_symbol
from i18n.error_messages import in_language
from i18n.formatting import format_amount, format_money
from models import CheckoutStatus
from services.public.documents import PublicInvoiceData
from values.money import AmountReason, AmountRefused, Minor, Money

_CANCELLED: Final = "cancelled"
"""The query's `payment` when a client left Stripe's page without paying."""
_MINOR: Final = re.compile("[1-9][0-9]{0,14}")
"""An amount in minor units, in a query."""


# --- the form -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AmountLimits:
    """For the page's script: the limits in minor units, and how amounts are typed."""

    minimum: Minor
    maximum: Minor
    remaining: Minor
    min_remainder: Minor
    exponent: int
    decimal: str
    """The decimal separator."""
    group: str
    """The separator of thousands."""


@dataclass(frozen=True, slots=True)
class PayForm:
    """The form to pay an invoice: one button, or a field for the amount."""

    action: str
    """Where the form is sent, on this origin."""
    amount: str
    """The largest amount that can be paid, formatted."""
    minimum: str
    currency: str
    has_amount_field: bool
    """Whether the client can choose the amount."""
    can_pay_all: bool
    """Whether all that is left can be paid at once."""
    is_part: bool
    """Whether the field for a part is chosen."""
    typed: str
    """The content of the amount's field."""
    min_remainder: str
    """The smallest remainder that a partial payment may leave, formatted."""
    limits: AmountLimits

    @classmethod
    def of(cls, data: PublicInvoiceData, action: str, typed: str | None = None) -> Self | None:
        """Return how the invoice is paid, with what was `typed` before; None if it can't be."""
        options, invoice = data.payment_options, data.invoice
        if options is None:
            return None
        language = invoice.written_in
        can_pay_all = options.can_pay_all
        largest = "" if can_pay_all else format_amount(invoice.money(options.maximum), language)
        return cls(
            action=action,
            amount=format_money(invoice.money(options.maximum), language),
            minimum=format_money(invoice.money(options.minimum), language),
            currency=invoice.currency,
            has_amount_field=options.can_pay_part,
            can_pay_all=can_pay_all,
            is_part=typed is not None,
            typed=largest if typed is None else typed,
            min_remainder=format_money(invoice.money(options.min_remainder), language),
            limits=AmountLimits(
                minimum=options.minimum,
                maximum=options.maximum,
                remaining=options.remaining,
                min_remainder=options.min_remainder,
                exponent=EXPONENTS[invoice.currency],
                decimal=decimal_symbol(language),
                group=group_symbol(language),
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
    is_about_amount: bool = False
    """Whether another amount might be accepted."""
    text: str = ""
    """What is wrong with a choice of several invoices, instead of the text for the reason."""

    @classmethod
    def of(cls, error: PortalError, invoice: models.Invoice) -> Self:
        """Return how the page of `invoice` words `error`. Raises `error` if it has no text."""
        language = invoice.written_in
        match error:
            case AmountRefused(limit=Money() as limit) if error.reason in _TEXTS_WITH_LIMIT:
                amount = format_money(limit, language)
                return cls(reason=error.reason, amount=amount, is_about_amount=True)
            case BadInput() if error.field == "amount":
                example = format_amount(invoice.money(invoice.remaining), language)
                return cls(reason=error.code, amount=example, is_about_amount=True)
            case PaymentUnavailable() | PaymentProviderError() | RateLimited() | Conflict():
                return cls(reason=error.code)
        raise error

    @classmethod
    def of_several(cls, error: PortalError, numbers: Sequence[str], language: str) -> Self:
        """Return how the page of a portal words why some of its invoices can't be paid at once.

        `numbers` are those that the client chose.
        """
        if isinstance(error, PaymentProviderError | RateLimited | Conflict):
            return cls(reason=error.code)
        text = in_language(error.message, language)
        position = error.path[-1] if error.path else None
        if isinstance(position, int):
            text = f"{numbers[position]}: {text}"
        return cls(reason=error.code, text=text)


# --- results --------------------------------------------------------------------------------------


class Outcome(StrEnum):
    """The result of a checkout, as far as we know."""

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
"""In other states Stripe hasn't confirmed the payment yet."""
_RELOAD_DELAYS: Final = (2, 3, 5, 8, 13, 21, 34)
"""Seconds before each time that a waiting page reloads itself; after that the client does."""
_RELOAD_COUNTS: Final = frozenset(str(count) for count in range(len(_RELOAD_DELAYS) + 1))


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What the page shows to a client who returns from Stripe."""

    outcome: Outcome
    amount: str = ""
    """The checkout's amount, formatted."""
    check_query: str = ""
    """The query that checks the payment again."""
    reload_after: int | None = None
    """Seconds until the page reloads itself; None: it doesn't."""
    reload_query: str = ""
    """The query that it reloads itself with."""

    @classmethod
    def of(cls, checkout: models.Checkout, language: str, reloads: str) -> Self:
        """Return the result of `checkout` on a page that has reloaded itself `reloads` times."""
        outcome = _OUTCOMES.get(checkout.status, Outcome.WAITING)
        amount = format_money(checkout.money(checkout.amount), language)
        if outcome is not Outcome.WAITING:
            return cls(outcome=outcome, amount=amount)
        count = int(reloads) if reloads in _RELOAD_COUNTS else 0
        query = {"payment": "success", "session_id": checkout.session_id or ""}
        check_query = "?" + urlencode(query)
        reload_after = _RELOAD_DELAYS[count] if count < len(_RELOAD_DELAYS) else None
        return cls(
            outcome=outcome,
            amount=amount,
            check_query=check_query,
            reload_after=reload_after,
            reload_query=f"{check_query}&looks={count + 1}",
        )


def cancelled_result(payment: str | None) -> PaymentResult | None:
    """Return the result to show if `payment`, from the page's query, says that nothing was paid."""
    return PaymentResult(outcome=Outcome.CANCELLED) if payment == _CANCELLED else None


def abandoned_part(invoice: models.Invoice, amount: str | None) -> str | None:
    """Return what the client had typed who left Stripe's page, from `amount` in the query.

    None if that was all that is left to pay, or nothing at all.
    """
    if amount is None or not _MINOR.fullmatch(amount) or int(amount) >= invoice.remaining:
        return None
    return format_amount(invoice.money(int(amount)), invoice.written_in)
