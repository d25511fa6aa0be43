"""Intents to pay, charges, refunds and disputes."""

from typing import Final

from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.errors import InvalidParameter, InvalidState
from dev.stripe_sandbox.objects import refunds
from dev.stripe_sandbox.pagination import FIELDS, page_of
from dev.stripe_sandbox.params import Fields, integer_from, metadata, one_of, text
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object

RETRIEVE_INTENT: Final[Fields] = {"client_secret": text}
LIST_CHARGES: Final[Fields] = FIELDS | {"payment_intent": text}
LIST: Final[Fields] = FIELDS | {"charge": text, "payment_intent": text}
REFUND: Final[Fields] = {
    "amount": integer_from(1),
    "charge": text,
    "metadata": metadata,
    "payment_intent": text,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
}


def retrieve_intent(sandbox: Sandbox, call: Call) -> Object:
    """Return an intent."""
    return sandbox.store.find("payment_intent", call.ids["id"], call.account)


def retrieve_charge(sandbox: Sandbox, call: Call) -> Object:
    """Return a charge."""
    return sandbox.store.find("charge", call.ids["id"], call.account)


def list_charges(sandbox: Sandbox, call: Call) -> Object:
    """Return charges, maybe those of an intent."""
    intent = call.params.get("payment_intent")
    found = sandbox.store.of("charge", call.account, payment_intent=intent)
    return page_of(found, call.params, call.path, "charge")


# --- refunds --------------------------------------------------------------------------------------


def create_refund(sandbox: Sandbox, call: Call) -> Object:
    """Send money back, all that is left or a part of it."""
    charge = _charge_of(sandbox, call)
    made, done = refunds.refund(sandbox.store, charge, sandbox.clock.now(), call.params)
    sandbox.announce(call.account, done, call.cause)
    return made


def retrieve_refund(sandbox: Sandbox, call: Call) -> Object:
    """Return a refund."""
    return sandbox.store.find("refund", call.ids["id"], call.account)


def list_refunds(sandbox: Sandbox, call: Call) -> Object:
    """Return refunds, maybe those of a charge or an intent."""
    return _list(sandbox, call, "refund")


def _charge_of(sandbox: Sandbox, call: Call) -> Object:
    store, given = sandbox.store, call.params
    if "charge" in given:
        return store.find("charge", given["charge"], call.account, "charge")
    if "payment_intent" not in given:
        message = (
            "One of the following params should be provided for this request: "
            "payment_intent or charge."
        )
        raise InvalidParameter(message)
    intent_id = given["payment_intent"]
    intent = store.find("payment_intent", intent_id, call.account, "payment_intent")
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        raise InvalidState(message, param="payment_intent")
    return store.find("charge", intent["latest_charge"], call.account)


# --- disputes -------------------------------------------------------------------------------------


def retrieve_dispute(sandbox: Sandbox, call: Call) -> Object:
    """Return a dispute."""
    return sandbox.store.find("dispute", call.ids["id"], call.account)


def list_disputes(sandbox: Sandbox, call: Call) -> Object:
    """Return disputes, maybe those of a charge or an intent."""
    return _list(sandbox, call, "dispute")


def _list(sandbox: Sandbox, call: Call, kind: str) -> Object:
    charge, intent = call.params.get("charge"), call.params.get("payment_intent")
    found = sandbox.store.of(kind, call.account, charge=charge, payment_intent=intent)
    return page_of(found, call.params, call.path, kind)
