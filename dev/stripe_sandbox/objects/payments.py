"""A payment: its intent, and the charge that moves the money at once or days later."""

from typing import Any, Final

from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.events import ObjectEvent, object_event
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.objects.checkout_sessions import complete, require_open
from dev.stripe_sandbox.store import Object, Store

_CARD: Final = {"brand": "visa", "country": "US", "funding": "credit", "last4": "4242"}
_DEBIT: Final = {"bank_code": "37040044", "country": "DE", "last4": "3000"}


def pay(store: Store, session: Object, now: int) -> list[ObjectEvent]:
    """Pay by card. The money arrives at once."""
    require_open(session)
    if not session["amount_total"]:
        return complete(session, None)
    method = {"type": "card", "card": _CARD}
    intent, charge = _submit(store, session, now, method)
    return [*_settle(intent, charge), *complete(session, intent)]


def pay_late(store: Store, session: Object, now: int) -> list[ObjectEvent]:
    """Pay by bank debit. The session completes; the money arrives later or never."""
    require_open(session)
    if not session["amount_total"]:
        return complete(session, None)
    method = {"type": "sepa_debit", "sepa_debit": _DEBIT}
    intent, _ = _submit(store, session, now, method)
    return complete(session, intent)


def succeed(store: Store, session: Object) -> list[ObjectEvent]:
    """Complete a bank debit. Raises InvalidState unless it is pending."""
    intent, charge = _pending_payment(store, session)
    events = _settle(intent, charge)
    session["payment_status"] = "paid"
    return [*events, object_event("checkout.session.async_payment_succeeded", session)]


def fail(store: Store, session: Object) -> list[ObjectEvent]:
    """Fail a bank debit. Raises InvalidState unless it is pending."""
    intent, charge = _pending_payment(store, session)
    message = "The customer's account has insufficient funds to cover this payment."
    charge |= {
        "failure_code": "insufficient_funds",
        "failure_message": message,
        "status": "failed",
    }
    intent |= {
        "last_payment_error": {"code": "insufficient_funds", "message": message},
        "payment_method": None,
        "status": "requires_payment_method",
    }
    return [
        object_event("charge.failed", charge),
        object_event("payment_intent.payment_failed", intent),
        object_event("checkout.session.async_payment_failed", session),
    ]


def find_charge(store: Store, id_: str) -> Object:
    """Return the charge that has this id, or the one of the session or intent that has it.

    Raises ResourceMissing, or InvalidState if nothing has been paid yet.
    """
    if id_.startswith(("ch_", "py_")):
        return store.get("charge", id_)
    if id_.startswith("pi_"):
        intent = store.get("payment_intent", id_)
        return store.get("charge", intent["latest_charge"])
    session = store.get("checkout.session", id_)
    if session["payment_intent"] is None:
        raise InvalidState("Nothing has been paid yet.")
    return find_charge(store, session["payment_intent"])


def _submit(
    store: Store, session: Object, now: int, method: dict[str, Any]
) -> tuple[Object, Object]:
    account = store.owner(session)
    intent = store.add(account, _new_intent(session, now))
    charge = store.add(account, _new_charge(intent, session, now, method))
    intent |= {
        "latest_charge": charge["id"],
        "payment_method": charge["payment_method"],
        "status": "processing",
    }
    return intent, charge


def _settle(intent: Object, charge: Object) -> list[ObjectEvent]:
    charge |= {
        "amount_captured": charge["amount"],
        "balance_transaction": new_id("txn"),
        "captured": True,
        "paid": True,
        "status": "succeeded",
    }
    intent |= {"amount_received": intent["amount"], "status": "succeeded"}
    return [
        object_event("charge.succeeded", charge),
        object_event("payment_intent.succeeded", intent),
    ]


def _pending_payment(store: Store, session: Object) -> tuple[Object, Object]:
    charge = find_charge(store, session["id"])
    if charge["status"] != "pending":
        raise InvalidState(
            f"This charge has a status of `{charge['status']}`; no payment is pending."
        )
    return store.get("payment_intent", session["payment_intent"]), charge


def _new_intent(session: Object, now: int) -> Object:
    id_, params = new_id("pi"), session["_intent"]
    return {
        "id": id_,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_received": 0,
        "application_fee_amount": params.get("application_fee_amount"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": new_id(f"{id_}_secret"),
        "created": now,
        "currency": session["currency"],
        "customer": None,
        "description": params.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": dict(params.get("metadata", {})),
        "next_action": None,
        "payment_method": None,
        "payment_method_types": list(session["payment_method_types"]),
        "presentment_details": session["presentment_details"],
        "receipt_email": params.get("receipt_email"),
        "statement_descriptor_suffix": params.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
    }


def _new_charge(intent: Object, session: Object, now: int, method: dict[str, Any]) -> Object:
    return {
        "id": new_id("ch" if method["type"] == "card" else "py"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application_fee_amount": intent["application_fee_amount"],
        "balance_transaction": None,
        "billing_details": {
            "address": None,
            "email": session["customer_email"],
            "name": None,
            "phone": None,
        },
        "captured": False,
        "created": now,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": method,
        "presentment_details": intent["presentment_details"],
        "receipt_email": intent["receipt_email"],
        "receipt_url": None,
        "refunded": False,
        "status": "pending",
    }
