"""What of an invoice can be paid online, and how little, and how much.

The rules, in one place, in minor units:

1. What can be paid is what is due, less what is on its way already (late methods settle in days).
2. All of it may be paid. Less only if the invoice allows partial payments: then not under the
   invoice's minimum (or all of it, if that is smaller), and not so that a rest stays which is too
   small to ever be paid online.
3. Never under or over what Stripe takes in the currency, and in its steps.
"""

from dataclasses import dataclass
from decimal import Decimal

from errors import AmountTooLarge, AmountTooSmall, BadInput, PaymentUnavailable
from integrations.stripe.amounts import SUPPORTED, Limits
from models import Company, Invoice
from models.money import Minor, to_minor
from settings import Settings


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may pay of an invoice, in minor units of its currency."""

    most: Minor
    """All that is left to pay, or as much as Stripe takes at once where less may be paid."""
    least: Minor
    partial_allowed: bool
    rest: Minor
    """What must be left where less than all is paid."""


def online(invoice: Invoice, company: Company, settings: Settings) -> Options | None:
    """Return what a client of `company` is offered to pay online here; None where nothing is."""
    return None if settings.stripe_secret_key is None else options(invoice, company)


def options(invoice: Invoice, company: Company) -> Options | None:
    """Return what can be paid online of an invoice of `company`; None where nothing can be."""
    if not company.takes_payments or not invoice.is_open:
        return None
    left = Minor(invoice.amount_due - invoice.amount_pending)
    currency = invoice.currency
    if currency not in SUPPORTED:
        return None
    limits = Limits.of(currency)
    lowest, highest = limits.minimum, limits.maximum
    if left < lowest or left % limits.step:
        return None
    if not invoice.allow_partial_payment:
        return None if left > highest else Options(left, left, partial_allowed=False, rest=lowest)
    wanted = max(lowest, invoice.minimum_payment or 0)
    least = min(limits.round_up(wanted), left)
    most = left if left <= highest else Minor(min(highest, left - lowest))
    if least > most:
        return None
    return Options(most, least, partial_allowed=True, rest=lowest)


def choose(invoice: Invoice, company: Company, amount: Decimal | None) -> Minor:
    """Return what is to be paid, in minor units: `amount`, or without one all that is left.

    Raises PaymentUnavailable where nothing can be paid, BadInput for an amount that there is not in
    the currency or that Stripe can't take, AmountTooSmall, and AmountTooLarge.
    """
    offered = options(invoice, company)
    if offered is None:
        raise _why_not(invoice, company)
    left = Minor(invoice.amount_due - invoice.amount_pending)
    minor = left if amount is None else to_minor(amount, invoice.currency, field="amount")
    if minor > left:
        message = f"Only {_written(invoice, left)} is left to pay."
        raise AmountTooLarge(message, field="amount")
    if minor < offered.least:
        message = f"The least that can be paid is {_written(invoice, offered.least)}."
        raise AmountTooSmall(message, field="amount")
    if minor > offered.most:
        message = f"The most that can be paid at once is {_written(invoice, offered.most)}."
        raise AmountTooLarge(message, field="amount")
    limits = Limits.of(invoice.currency)
    if minor % limits.step:
        step = _written(invoice, limits.step)
        message = f"Online, {invoice.currency} is paid in steps of {step}."
        raise BadInput(message, field="amount")
    if minor < left and left - minor < offered.rest:
        rest = _written(invoice, offered.rest)
        message = f"Pay all, or leave at least {rest}: less could not be paid online any more."
        raise AmountTooSmall(message, field="amount")
    return minor


def _why_not(invoice: Invoice, company: Company) -> PaymentUnavailable | AmountTooSmall:
    """Return why nothing can be paid of an invoice."""
    if not company.takes_payments:
        return PaymentUnavailable("This business does not take payments online.")
    if not invoice.is_open:
        return PaymentUnavailable(
            f"This invoice is {invoice.status}, so nothing can be paid on it."
        )
    left = invoice.amount_due - invoice.amount_pending
    if left <= 0:
        return PaymentUnavailable("A payment of all that is due is on its way.")
    minimum = Limits.of(invoice.currency).minimum
    if left < minimum:
        least = _written(invoice, minimum)
        return AmountTooSmall(f"Less than {least} can't be paid online.", field="amount")
    return PaymentUnavailable("This amount can't be paid online in this currency.")


def _written(invoice: Invoice, minor: int) -> str:
    money = invoice.money(minor)
    return f"{money.amount} {money.currency}"
