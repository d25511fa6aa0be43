"""Checkout sessions."""

from typing import Final

from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.currencies import check_total, check_unit
from dev.stripe_sandbox.errors import InvalidParameter
from dev.stripe_sandbox.objects.checkout_sessions import new_session
from dev.stripe_sandbox.pagination import PAGE_FIELDS, paginate
from dev.stripe_sandbox.params import (
    Fields,
    Required,
    array,
    boolean,
    currency,
    email,
    integer,
    integer_at_least,
    mapping,
    metadata,
    one_of,
    text,
    text_up_to,
    url,
)
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object

_MIN_LIFETIME: Final = 30 * 60
_MAX_LIFETIME: Final = 24 * 3600
"""Seconds from the creation of a session until it expires."""
_LOCALES: Final = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil",
    "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl",
    "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK",
    "zh-TW",
)  # fmt: skip
_PAYMENT_METHODS: Final = (
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
    "unit_amount": Required(integer_at_least(0)),
}
_LINE_ITEM: Final[Fields] = {
    "metadata": metadata,
    "price_data": Required(mapping(_PRICE)),
    "quantity": integer_at_least(1),
}
_PAYMENT_INTENT: Final[Fields] = {
    "application_fee_amount": integer_at_least(0),
    "capture_method": one_of("automatic", "automatic_async"),
    "description": text_up_to(1000),
    "metadata": metadata,
    "receipt_email": email,
    "statement_descriptor": text_up_to(22),
    "statement_descriptor_suffix": text_up_to(22),
}
_ENABLED: Final = mapping({"enabled": boolean})
CREATE: Final[Fields] = {
    "adaptive_pricing": _ENABLED,
    "allow_promotion_codes": boolean,
    "automatic_tax": _ENABLED,
    "billing_address_collection": one_of("auto", "required"),
    "cancel_url": url,
    "client_reference_id": text_up_to(200),
    "currency": currency,
    "customer_creation": one_of("always", "if_required"),
    "customer_email": email,
    "expires_at": integer,
    "line_items": Required(array(mapping(_LINE_ITEM))),
    "locale": one_of(*_LOCALES),
    "metadata": metadata,
    "mode": Required(one_of("payment")),
    "payment_intent_data": mapping(_PAYMENT_INTENT),
    "payment_method_types": array(one_of(*_PAYMENT_METHODS)),
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "success_url": Required(url),
    "ui_mode": one_of("hosted", "hosted_page"),
}
LIST: Final[Fields] = PAGE_FIELDS | {
    "payment_intent": text,
    "status": one_of("complete", "expired", "open"),
}
LIST_ITEMS: Final[Fields] = {name: PAGE_FIELDS[name] for name in ("limit", "starting_after")}


def create_session(sandbox: Sandbox, call: Call) -> Object:
    """Create an open session."""
    now = sandbox.clock.now()
    _check_amounts(call)
    if "expires_at" in call.params:
        _check_expiry(call.params["expires_at"], now)
    sandbox.require_charges(call.account)
    session = new_session(call.params, now, sandbox.settings.base_url)
    return sandbox.store.add(call.account, session)


def retrieve_session(sandbox: Sandbox, call: Call) -> Object:
    """Return the session in the path."""
    return sandbox.store.find("checkout.session", call.ids["id"], call.account)


def list_sessions(sandbox: Sandbox, call: Call) -> Object:
    """List sessions, all or those with an intent or a status."""
    intent, status = call.params.get("payment_intent"), call.params.get("status")
    sessions = sandbox.store.filter(
        "checkout.session", call.account, payment_intent=intent, status=status
    )
    return paginate(sessions, call.params, call.path, "checkout.session")


def list_line_items(sandbox: Sandbox, call: Call) -> Object:
    """List the items of a session, on a single page."""
    items = retrieve_session(sandbox, call)["_line_items"]
    return {"object": "list", "data": items, "has_more": False, "url": call.path}


def expire_session(sandbox: Sandbox, call: Call) -> Object:
    """Expire an open session."""
    session = retrieve_session(sandbox, call)
    sandbox.expire(session["id"], call.context)
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
    check_total(total, code, call.params.get("payment_method_types", []), "line_items")
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
    if moment < now + _MIN_LIFETIME:
        message = (
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        )
        raise InvalidParameter(message, param="expires_at")
    if moment > now + _MAX_LIFETIME:
        message = (
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        )
        raise InvalidParameter(message, param="expires_at")
