"""What a client is asked to pay on Stripe's page, and the request that asks Stripe for it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from integrations.stripe.amounts import Limits, to_stripe
from values.money import Minor

SESSION_ID_PLACEHOLDER: Final = "{CHECKOUT_SESSION_ID}"
"""Stripe replaces this in the return URLs."""
_MAX_TEXT: Final = 250
"""Characters of a text on Stripe's page."""
_MAX_METADATA: Final = 500
"""Characters of a value that Stripe keeps for us."""
_LOCALES: Final = frozenset(
    {
        "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
        "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
        "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
    }
)  # fmt: skip
"""The languages of Stripe's page. For any other, it uses the browser's."""


@dataclass(frozen=True, slots=True)
class OrderItem:
    """An invoice that is paid."""

    title: str
    """What it is, in the client's language."""
    invoice_number: str
    amount: Minor


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """One payment on Stripe's page. No token appears anywhere but in the return URLs."""

    reference: UUID
    """Stripe repeats it in its events."""
    items: Sequence[OrderItem]
    business: str
    currency: str
    language: str
    customer_email: str | None
    success_url: str
    cancel_url: str
    expires_at: datetime
    """30 minutes to 24 hours from now."""

    @property
    def amount(self) -> int:
        """All that is paid, in minor units."""
        return sum(item.amount for item in self.items)

    def to_json(self) -> str:
        """Return the request to Stripe, as JSON: the same order gives the same text.

        Callers store it, so that a repeated call sends exactly what the first one did.
        """
        return json.dumps(self._request(), ensure_ascii=False)

    def _request(self) -> dict[str, Any]:
        numbers = ", ".join(item.invoice_number for item in self.items)
        titles = ", ".join(item.title for item in self.items)
        metadata = {"checkout": str(self.reference), "invoice": numbers[:_MAX_METADATA]}
        request: dict[str, Any] = {
            "mode": "payment",
            "submit_type": "pay",
            "locale": _locale(self.language),
            # The client pays, and the ledger records, the currency of the invoice.
            "adaptive_pricing": {"enabled": False},
            "line_items": [self._line_item(item) for item in self.items],
            "client_reference_id": str(self.reference),
            "metadata": metadata,
            "payment_intent_data": {
                "description": f"{titles} · {self.business}"[:_MAX_TEXT],
                "metadata": metadata,
            },
            "success_url": self.success_url,
            "cancel_url": self.cancel_url,
            "expires_at": int(self.expires_at.timestamp()),
        }
        if self.amount > Limits.of(self.currency).maximum_of_every_method:
            request["payment_method_types"] = ["card"]
        if self.customer_email:
            request["customer_email"] = self.customer_email
        return request

    def _line_item(self, item: OrderItem) -> dict[str, Any]:
        return {
            "quantity": 1,
            "price_data": {
                "currency": self.currency.lower(),
                "unit_amount": to_stripe(item.amount, self.currency),
                "product_data": {
                    "name": item.title[:_MAX_TEXT],
                    "description": self.business[:_MAX_TEXT],
                },
            },
        }


def _locale(language: str) -> str:
    base, *parts = language.split("-")
    if "Hant" in parts:  # the portal's languages name the script, Stripe's the territory
        base = "zh-HK" if {"HK", "MO"} & {*parts} else "zh-TW"
    return next((name for name in (language, base) if name in _LOCALES), "auto")
