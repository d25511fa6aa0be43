"""Adaptive Pricing: the client pays in another currency than the session's.

See https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing. Objects have the
business's currency, and the client's in `presentment_details`. To webhook endpoints of an earlier
version, the client's currency is that of the session, the charge and its refunds, and the
business's is in the session's `currency_conversion`.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from dev.stripe_sandbox.currencies import exponent
from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.store import Object

_SINCE: Final = "2025-03-31"
"""The first version with `presentment_details`."""
_AMOUNTS: Final = (
    "amount", "amount_captured", "amount_received", "amount_refunded", "amount_subtotal",
    "amount_total",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversion:
    """The currency in which the client pays, and how much of it one of the business's is."""

    currency: str
    rate: Decimal


def convert(session: Object, conversion: Conversion) -> None:
    """Show a session in the client's currency. Raises InvalidState if that is switched off."""
    if not session["adaptive_pricing"]["enabled"]:
        raise InvalidState("Adaptive Pricing is not enabled for this Checkout Session.")
    places = exponent(conversion.currency) - exponent(session["currency"])
    amount = (session["amount_total"] * conversion.rate).scaleb(places)
    session["presentment_details"] = {
        "presentment_amount": int(amount.quantize(Decimal(1), ROUND_HALF_UP)),
        "presentment_currency": conversion.currency,
    }


def presented(source: Object, amount: int, total: int) -> Object | None:
    """Return the presentment details of `amount` out of the `total` that `source` is about."""
    details: Object | None = source["presentment_details"]
    if details is None:
        return None
    return details | {"presentment_amount": _share(details["presentment_amount"], amount, total)}


def as_of_version(item: Object, version: str) -> Object:
    """Return an object of an event as an endpoint of this API version gets it."""
    details = item.get("presentment_details")
    if details is None or version >= _SINCE:
        return item
    total = item["amount_total" if item["object"] == "checkout.session" else "amount"]
    shown = details["presentment_amount"]
    old = {name: value for name, value in item.items() if name != "presentment_details"}
    old |= {name: _share(shown, old[name], total) for name in _AMOUNTS if name in old}
    old["currency"] = details["presentment_currency"]
    if item["object"] == "checkout.session":
        old["currency_conversion"] = {
            "amount_subtotal": item["amount_subtotal"],
            "amount_total": total,
            "fx_rate": str(Decimal(shown) / total),
            "source_currency": item["currency"],
        }
    return old


def _share(shown: int, amount: int, total: int) -> int:
    return int((Decimal(shown) * amount / total).quantize(Decimal(1), ROUND_HALF_UP))
