"""A Checkout session: a page on which one amount can be paid once."""

from typing import Any, Final

from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.events import ObjectEvent, object_event
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.store import Object

DEFAULT_LIFETIME: Final = 24 * 3600
"""Seconds until a session expires, unless its creator sets a time."""
_ID_LENGTH: Final = 58


def new_session(params: dict[str, Any], now: int, base_url: str) -> Object:
    """Return an open session; the parameters must be valid."""
    id_ = new_id("cs_test", _ID_LENGTH)
    items = [_line_item(item) for item in params["line_items"]]
    total = sum(item["amount_total"] for item in items)
    email = params.get("customer_email")
    return {
        "id": id_,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": True} | params.get("adaptive_pricing", {}),
        "after_expiration": None,
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": items[0]["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
        "customer": None,
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": _details(email) if email else None,
        "customer_email": email,
        "discounts": [],
        "expires_at": params.get("expires_at", now + DEFAULT_LIFETIME),
        "invoice": None,
        "invoice_creation": {"enabled": False},
        "livemode": False,
        "locale": params.get("locale"),
        "metadata": params.get("metadata", {}),
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": params.get("payment_method_types", ["card", "sepa_debit"]),
        "payment_status": "unpaid" if total else "no_payment_required",
        "phone_number_collection": {"enabled": False},
        "presentment_details": None,
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": params.get("ui_mode", "hosted_page"),
        "url": f"{base_url}/pay/{id_}",
        "_intent": params.get("payment_intent_data", {}),
        "_line_items": items,
    }


def _line_item(params: dict[str, Any]) -> Object:
    price, quantity = params["price_data"], params.get("quantity", 1)
    product, total = price["product_data"], price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": total,
        "amount_tax": 0,
        "amount_total": total,
        "currency": price["currency"],
        "description": product["name"],
        "price": {
            "id": new_id("price"),
            "object": "price",
            "currency": price["currency"],
            "livemode": False,
            "product": new_id("prod", 14),
            "type": "one_time",
            "unit_amount": price["unit_amount"],
        },
        "quantity": quantity,
        "_more": product.get("description"),
    }


def _details(email: str | None) -> dict[str, Any]:
    return {
        "address": None,
        "email": email,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def success_url(session: Object) -> str:
    """Return the address to open after payment."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def require_open(session: Object) -> None:
    """Raise InvalidState unless the session is open."""
    if session["status"] != "open":
        raise InvalidState(f"This Checkout Session has a status of `{session['status']}`.")


def complete(session: Object, intent: Object | None) -> list[ObjectEvent]:
    """Complete an open session. Without an intent, there is nothing to pay."""
    require_open(session)
    session |= {"status": "complete", "url": None}
    session["customer_details"] = session["customer_details"] or _details(None)
    if intent:
        session["payment_intent"] = intent["id"]
        session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
    return [object_event("checkout.session.completed", session)]


def expire(session: Object) -> list[ObjectEvent]:
    """Expire a session. Raises InvalidState unless it is open."""
    if session["status"] != "open":
        raise InvalidState(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`."
        )
    session |= {"status": "expired", "url": None}
    return [object_event("checkout.session.expired", session)]
