"""Checkouts as Stripe gets them."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from integrations.stripe.checkout_orders import CheckoutOrder, OrderItem
from values.money import Minor


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        ("cs-CZ", "cs"),
        ("fr-CA", "fr-CA"),
        ("pt-BR", "pt-BR"),
        ("zh-Hans-CN", "zh"),
        ("zh-Hans-HK", "zh"),
        ("zh-Hant", "zh-TW"),
        ("zh-Hant-TW", "zh-TW"),
        ("zh-Hant-HK", "zh-HK"),
        ("ar-EG", "auto"),
    ],
)
def test_stripe_s_page_is_in_the_client_s_language(language: str, locale: str) -> None:
    order = CheckoutOrder(
        reference=UUID(int=1),
        items=[OrderItem(title="Invoice 1", invoice_number="1", amount=Minor(100))],
        business="Example",
        currency="EUR",
        language=language,
        customer_email=None,
        success_url="https://portal.example/1",
        cancel_url="https://portal.example/1",
        expires_at=datetime(2026, 11, 30, tzinfo=UTC),
    )
    assert json.loads(order.to_json())["locale"] == locale
