"""Payment intents, charges, refunds and disputes."""

from typing import Final

from dev.stripe_sandbox.api.calls import Call
from dev.stripe_sandbox.errors import InvalidParameter, InvalidState
from dev.stripe_sandbox.objects import refunds
from dev.stripe_sandbox.pagination import PAGE_FIELDS, paginate
from dev.stripe_sandbox.params import Fields, integer_at_least, metadata, one_of, text
from dev.stripe_sandbox.state import Sandbox
from dev.stripe_sandbox.store import Object

RETRIEVE_INTENT: Final[Fields] = {"client_secret": text}
LIST_CHARGES: Final[Fields] = PAGE_FIELDS | {"payment_intent": text}
LIST: Final[Fields] = PAGE_FIELDS | {"charge": text, "payment_intent": text}
REFUND: Final[Fields] = {
    "amount": integer_at_least(1),
    "charge": text,
    "metadata": metadata,
    "payment_intent": text,
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer"),
}


def retrieve_intent(sandbox: Sandbox, call: Call) -> Object:
    """Return the intent in the path."""
    return sandbox.store.find("payment_intent", call.ids["id"], call.account)


def retrieve_charge(sandbox: Sandbox, call: Call) -> Object:
    """Return the charge in the path."""
    return sandbox.store.find("charge", call.ids["id"], call.account)


def list_charges(sandbox: Sandbox, call: Call) -> Object:
    """List charges, all or those of an intent."""
    intent = call.params.get("payment_intent")
    charges = sandbox.store.filter("charge", call.account, payment_intent=intent)
    return paginate(charges, call.params, call.path, "charge")


# --- refunds --------------------------------------------------------------------------------------


def create_refund(sandbox: Sandbox, call: Call) -> Object:
    """Refund a charge, in part or whatever is not refunded yet."""
    charge = _charge_of(sandbox, call)
    refund, events = refunds.refund(sandbox.store, charge, sandbox.clock.now(), call.params)
    sandbox.publish(call.account, events, call.context)
    return refund


def retrieve_refund(sandbox: Sandbox, call: Call) -> Object:
    """Return the refund in the path."""
    return sandbox.store.find("refund", call.ids["id"], call.account)


def list_refunds(sandbox: Sandbox, call: Call) -> Object:
    """List refunds, all or those of a charge or an intent."""
    return _list(sandbox, call, "refund")


def _charge_of(sandbox: Sandbox, call: Call) -> Object:
    store, params = sandbox.store, call.params
    if "charge" in params:
        return store.find("charge", params["charge"], call.account, "charge")
    if "payment_intent" not in params:
        raise InvalidParameter(
            "One of the following params should be provided for this request: "
            "payment_intent or charge."
        )
    intent_id = params["payment_intent"]
    intent = store.find("payment_intent", intent_id, call.account, "payment_intent")
    if intent["status"] != "succeeded":
        message = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        raise InvalidState(message, param="payment_intent")
    return store.find("charge", intent["latest_charge"], call.account)


# --- disputes -------------------------------------------------------------------------------------


def retrieve_dispute(sandbox: Sandbox, call: Call) -> Object:
    """Return the dispute in the path."""
    return sandbox.store.find("dispute", call.ids["id"], call.account)


def list_disputes(sandbox: Sandbox, call: Call) -> Object:
    """List disputes, all or those of a charge or an intent."""
    return _list(sandbox, call, "dispute")


def _list(sandbox: Sandbox, call: Call, kind: str) -> Object:
    charge, intent = call.params.get("charge"), call.params.get("payment_intent")
    objects = sandbox.store.filter(kind, call.account, charge=charge, payment_intent=intent)
    return paginate(objects, call.params, call.path, kind)
