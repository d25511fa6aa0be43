"""The amounts that a client can pay online on an invoice.

The rules, all in minor units:

1. What remains to be paid is the amount due less what is pending (some methods settle in days).
2. All of it may be paid. Less only if the invoice allows partial payments: at least the invoice's
   minimum (or all, if that is smaller), and leaving nothing or enough to be paid online later.
3. Every amount keeps Stripe's minimum, maximum and steps in the currency.
"""

from dataclasses import dataclass
from decimal import Decimal

from errors import PaymentUnavailable, Text
from integrations.stripe.amounts import Limits
from integrations.stripe.currencies import SUPPORTED
from models import Company, Invoice
from services.common.status_words import status_text
from settings import Settings
from values.money import (
    AmountReason,
    AmountRefused,
    AmountTooLarge,
    AmountTooSmall,
    Minor,
    to_minor,
)


@dataclass(frozen=True, slots=True)
class PaymentOptions:
    """The amounts that can be paid on an invoice, in minor units of its currency."""

    remaining: Minor
    """What is due and not pending."""
    maximum: Minor
    """All that remains, or where less may be paid, as much as Stripe accepts at once."""
    minimum: Minor
    min_remainder: Minor
    """A payment of less than all must leave at least this."""
    partial_allowed: bool

    @property
    def can_pay_all(self) -> bool:
        """Whether all that remains can be paid at once."""
        return self.maximum == self.remaining

    @property
    def can_pay_part(self) -> bool:
        """Whether less than all that remains can be paid."""
        return self.partial_allowed and self.minimum < self.remaining


def offered_payment_options(
    invoice: Invoice, company: Company, settings: Settings
) -> PaymentOptions | None:
    """Return what a client can pay online; None if nothing, or without a connection to Stripe."""
    return None if settings.stripe_secret_key is None else payment_options(invoice, company)


def payment_options(invoice: Invoice, company: Company) -> PaymentOptions | None:
    """Return what can be paid online on an invoice of `company`; None if nothing can be."""
    if not company.takes_payments or not invoice.is_open or invoice.currency not in SUPPORTED:
        return None
    remaining, limits = Minor(invoice.remaining), Limits.of(invoice.currency)
    if remaining < limits.minimum or remaining % limits.step:
        return None
    if invoice.allow_partial_payment:
        at_least = max(limits.minimum, invoice.minimum_payment or 0)
        minimum = min(limits.round_up(at_least), remaining)
        maximum = remaining
        if remaining > limits.maximum:
            maximum = Minor(min(limits.maximum, remaining - limits.minimum))
    else:
        minimum = remaining
        maximum = min(remaining, limits.maximum)
    if minimum > maximum:
        return None
    return PaymentOptions(
        remaining=remaining,
        maximum=maximum,
        minimum=minimum,
        min_remainder=limits.minimum,
        partial_allowed=invoice.allow_partial_payment,
    )


def validate_amount(invoice: Invoice, company: Company, amount: Decimal | None) -> Minor:
    """Return the amount to pay in minor units; None stands for all that remains.

    Raises PaymentUnavailable if nothing can be paid, and AmountRefused with the rule that the
    amount breaks.
    """
    options = payment_options(invoice, company)
    if options is None:
        raise _why_not_payable(invoice, company)
    if amount is None:
        minor = options.remaining
    else:
        minor = to_minor(amount, invoice.currency, field="amount")
    if refusal := _refuse(minor, invoice, options):
        raise refusal
    return minor


def _refuse(minor: Minor, invoice: Invoice, options: PaymentOptions) -> AmountRefused | None:
    """Return the refusal of an amount that the options don't include."""
    if minor < options.minimum:
        limit = invoice.money(options.minimum)
        return AmountTooSmall(
            Text("The smallest amount is %(amount)s.", amount=limit),
            reason=AmountReason.BELOW_MINIMUM,
            limit=limit,
        )
    if minor > options.maximum:
        limit = invoice.money(options.maximum)
        return AmountTooLarge(
            Text("The largest amount is %(amount)s.", amount=limit),
            reason=AmountReason.ABOVE_MAXIMUM,
            limit=limit,
        )
    limit = invoice.money(Limits.of(invoice.currency).step)
    if minor % limit.minor:
        return AmountRefused(
            Text("Online payments must be a multiple of %(amount)s.", amount=limit),
            reason=AmountReason.NOT_A_MULTIPLE,
            limit=limit,
        )
    if 0 < options.remaining - minor < options.min_remainder:
        limit = invoice.money(options.min_remainder)
        return AmountTooSmall(
            Text(
                "Pay all of it, or leave at least %(amount)s. Anything less can't be paid online.",
                amount=limit,
            ),
            reason=AmountReason.REMAINDER_TOO_SMALL,
            limit=limit,
        )
    return None


def _why_not_payable(invoice: Invoice, company: Company) -> PaymentUnavailable | AmountTooSmall:
    if not company.takes_payments:
        return PaymentUnavailable(Text("This business doesn't take payments online."))
    if not invoice.is_open:
        return PaymentUnavailable(
            Text(
                "This invoice is %(status)s, so nothing is due on it.",
                status=status_text(invoice.status),
            )
        )
    if invoice.remaining <= 0:
        return PaymentUnavailable(Text("A payment of the full amount is pending."))
    if invoice.currency not in SUPPORTED:
        return PaymentUnavailable(
            Text("Invoices in %(currency)s can't be paid online.", currency=invoice.currency)
        )
    return _why_all_is_refused(invoice, Limits.of(invoice.currency))


def _why_all_is_refused(invoice: Invoice, limits: Limits) -> PaymentUnavailable | AmountTooSmall:
    """Return the limit of the currency that all that remains to be paid breaks."""
    if invoice.remaining < limits.minimum:
        limit = invoice.money(limits.minimum)
        return AmountTooSmall(
            Text("Less than %(amount)s can't be paid online.", amount=limit),
            reason=AmountReason.BALANCE_TOO_SMALL,
            limit=limit,
        )
    if invoice.remaining % limits.step:
        step = invoice.money(limits.step)
        return PaymentUnavailable(
            Text("Online payments must be a multiple of %(amount)s.", amount=step)
        )
    maximum = invoice.money(limits.maximum)
    return PaymentUnavailable(
        Text("At most %(amount)s can be paid online at once.", amount=maximum)
    )
