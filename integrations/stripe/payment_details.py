"""What a client paid with, and why a payment failed, read from Stripe's PaymentIntent.

Only people read this, so what can't be read is left out and nothing is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from values.payments import PaidWith

_WORD: Final = re.compile(r"[a-z0-9_]{1,40}")
"""Stripe's names of types, brands and failures."""
_LAST4: Final = re.compile(r"[0-9A-Za-z]{4}")


@dataclass(frozen=True, slots=True)
class PaymentDetails:
    """What a client paid with, and why the payment failed, if it did."""

    paid_with: PaidWith | None = None
    failure_code: str | None = None
    """https://docs.stripe.com/declines/codes, https://docs.stripe.com/declines/network-codes."""

    @classmethod
    def of(cls, intent: Mapping[str, Any]) -> "PaymentDetails":
        """Read a PaymentIntent with its latest charge."""
        charge, error = expanded(intent, "latest_charge"), expanded(intent, "last_payment_error")
        method = expanded(charge, "payment_method_details") or expanded(error, "payment_method")
        type_ = _match(_WORD, method.get("type"))
        details = expanded(method, type_ or "")
        codes = (
            charge.get("failure_code"),
            error.get("decline_code"),
            error.get("code"),
        )
        return cls(
            paid_with=PaidWith.of(
                type_, _match(_WORD, details.get("brand")), _match(_LAST4, details.get("last4"))
            ),
            failure_code=next(filter(None, (_match(_WORD, code) for code in codes)), None),
        )


UNKNOWN_DETAILS: Final = PaymentDetails()


def expanded(stripe_object: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within another one; an empty one if it isn't expanded or is missing."""
    value = stripe_object.get(name)
    return value if isinstance(value, Mapping) else {}


def _match(pattern: re.Pattern[str], value: object) -> str | None:
    """Return a text of the expected form, or None."""
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
