"""Checkout sessions."""

from typing import Final

from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.currencies import check_total, check_unit
from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.objects.checkout_sessions import new_session
from dev.stripe_sandbox.pagination import FIELDS, page_of
from dev.stripe_sandbox.params import (
    Fields,
    Required,
    array,
    boolean,
    currency,
    email,
    integer,
    integer_from,
    mapping,
    metadata,
    one_of,
    text,
    text_of,
    url,
)
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object

_SOONEST: Final = 30 * 60
_LATEST: Final = 24 * 3600
"""Seconds after which a session may expire."""
_LOCALES: Final = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil",
    "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl",
    "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK",
    "zh-TW",
)  # fmt: skip
_METHODS: Final = (
    "acss_debit", "affirm", "afterpay_clearpay", "alipay", "amazon_pay", "au_becs_debit",
    "bacs_debit", "bancontact", "blik", "boleto", "card", "cashapp", "customer_balance", "eps",
    "fpx", "giropay", "grabpay", "ideal", "kakao_pay", "klarna", "konbini", "link",
    "mobilepay", "multibanco", "oxxo", "p24", "pay_by_bank", "paynow", "paypal", "pix",
    "promptpay", "revolut_pay", "sepa_debit", "sofort", "swish", "twint", "us_bank_account",
    "wechat_pay", "zip",
)  # fmt: skip
_PRICE: Final[Fields] = {
    "currency": Required(currency),
    "product_data": Required(
        mapping(
            {
                "description": text,
                "images": array(url),
                "metadata": metadata,
                "name": Required(text),
                "tax_code": text,
            }
        )
    ),
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
    "unit_amount": Required(integer_from(0)),
}
_ITEM: Final[Fields] = {
    "metadata": metadata,
    "price_data": Required(mapping(_PRICE)),
    "quantity": integer_from(1),
}
_INTENT: Final[Fields] = {
    "application_fee_amount": integer_from(0),
    "capture_method": one_of("automatic", "automatic_async"),
    "description": text_of(1000),
    "metadata": metadata,
    "receipt_email": email,
    "statement_descriptor": text_of(22),
    "statement_descriptor_suffix": text_of(22),
}
_ENABLED: Final = mapping({"enabled": boolean})
CREATE: Final[Fields] = {
    "adaptive_pricing": _ENABLED,
    "allow_promotion_codes": boolean,
    "automatic_tax": _ENABLED,
    "billing_address_collection": one_of("auto", "required"),
    "cancel_url": url,
    "client_reference_id": text_of(200),
    "currency": currency,
    "customer_creation": one_of("always", "if_required"),
    "customer_email": email,
    "expires_at": integer,
    "line_items": Required(array(mapping(_ITEM))),
    "locale": one_of(*_LOCALES),
    "metadata": metadata,
    "mode": Required(one_of("payment")),
    "payment_intent_data": mapping(_INTENT),
    "payment_method_types": array(one_of(*_METHODS)),
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "success_url": Required(url),
    "ui_mode": one_of("hosted", "hosted_page"),
}
LIST: Final[Fields] = FIELDS | {
    "payment_intent": text,
    "status": one_of("complete", "expired", "open"),
}
LIST_ITEMS: Final[Fields] = {name: FIELDS[name] for name in ("limit", "starting_after")}


def create_session(sandbox: Sandbox, call: Call) -> Object:
    """Open a session."""
    now = sandbox.clock.now()
    _check_amounts(call)
    if "expires_at" in call.params:
        _check_expiry(call.params["expires_at"], now)
    sandbox.require_charges(call.account)
    session = new_session(call.params, now, sandbox.settings.base_url)
    return sandbox.store.add(call.account, session)


def retrieve_session(sandbox: Sandbox, call: Call) -> Object:
    """Return a session."""
    return sandbox.store.find("checkout.session", call.ids["id"], call.account)


def list_sessions(sandbox: Sandbox, call: Call) -> Object:
    """Return sessions, maybe those of an intent."""
    intent, status = call.params.get("payment_intent"), call.params.get("status")
    found = sandbox.store.of("checkout.session", call.account, payment_intent=intent, status=status)
    return page_of(found, call.params, call.path, "checkout.session")


def list_line_items(sandbox: Sandbox, call: Call) -> Object:
    """Return what a session is for."""
    items = retrieve_session(sandbox, call)["_line_items"]
    return {"object": "list", "data": items, "has_more": False, "url": call.path}


def expire_session(sandbox: Sandbox, call: Call) -> Object:
    """Close an open session."""
    session = retrieve_session(sandbox, call)
    sandbox.expire(session["id"], call.cause)
    return session


def _check_amounts(call: Call) -> None:
    prices = [item["price_data"] for item in call.params["line_items"]]
    code = call.params.get("currency", prices[0]["currency"])
    for index, price in enumerate(prices):
        path = f"line_items[{index}][price_data]"
        if price["currency"] != code:
            message = "You cannot combine currencies in a single Checkout Session."
            raise InvalidParameter(message, param=f"{path}[currency]")
        check_unit(price["unit_amount"], code, f"{path}[unit_amount]")
    total = sum(
        item["price_data"]["unit_amount"] * item.get("quantity", 1)
        for item in call.params["line_items"]
    )
    check_total(total, code, "line_items")
    _check_fee(call, total)


def _check_fee(call: Call, total: int) -> None:
    fee = call.params.get("payment_intent_data", {}).get("application_fee_amount", 0)
    path = "payment_intent_data[application_fee_amount]"
    if fee and call.account is None:
        message = (
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a "
            "direct payment (using an OAuth key or Stripe-Account header)."
        )
        raise InvalidParameter(message, param=path)
    if fee > total:
        message = "The application fee must not be larger than the amount."
        raise InvalidParameter(message, param=path)


def _check_expiry(moment: int, now: int) -> None:
    if moment < now + _SOONEST:
        message = (
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        )
        raise InvalidParameter(message, param="expires_at")
    if moment > now + _LATEST:
        message = (
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        )
        raise InvalidParameter(message, param="expires_at")
