"""A refund: money that goes back to the client, or fails to."""

from typing import Any

from dev.stripe_sandbox.currencies import format_amount
from dev.stripe_sandbox.errors import InvalidParameter, InvalidState
from dev.stripe_sandbox.events import ObjectEvent, object_event
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.objects.adaptive_pricing import presented
from dev.stripe_sandbox.store import Object, Store


def refund(
    store: Store, charge: Object, now: int, params: dict[str, Any], *, pending: bool = False
) -> tuple[Object, list[ObjectEvent]]:
    """Refund the `amount` in `params`, by default all that is not refunded yet.

    A pending refund succeeds or fails later. Raises InvalidState or InvalidParameter.
    """
    amount = params.get("amount", charge["amount"] - charge["amount_refunded"])
    _require_refundable(charge, amount)
    refund = store.add(store.owner(charge), _new_refund(charge, now, amount, params))
    if pending:
        refund["status"] = "pending"
    previous = charge["amount_refunded"]
    _add_refunded(charge, amount)
    return refund, [
        object_event("refund.created", refund),
        object_event("charge.refunded", charge, amount_refunded=previous),
    ]


def complete(refund: Object) -> list[ObjectEvent]:
    """Complete a refund. Raises InvalidState unless it is pending."""
    _require_status(refund, "pending")
    refund["status"] = "succeeded"
    return [object_event("refund.updated", refund, status="pending")]


def fail(store: Store, refund: Object) -> list[ObjectEvent]:
    """Fail a refund, so the business has the money again. Raises InvalidState if it has failed."""
    _require_status(refund, "pending", "succeeded")
    previous = refund["status"]
    refund |= {
        "failure_balance_transaction": new_id("txn"),
        "failure_reason": "lost_or_stolen_card",
        "status": "failed",
    }
    _add_refunded(store.get("charge", refund["charge"]), -refund["amount"])
    return [
        object_event("refund.updated", refund, status=previous),
        object_event("refund.failed", refund, status=previous),
    ]


def _require_refundable(charge: Object, amount: int) -> None:
    unrefunded = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        message = f"Charge {charge['id']} has not been paid, so it can't be refunded."
        raise InvalidState(message, code="charge_not_refundable")
    if not unrefunded:
        message = f"Charge {charge['id']} has already been refunded."
        raise InvalidState(message, code="charge_already_refunded")
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise InvalidState(message, code="charge_disputed")
    if amount > unrefunded:
        message = (
            f"Refund amount ({format_amount(amount, charge['currency'])}) is greater than "
            f"unrefunded amount on charge ({format_amount(unrefunded, charge['currency'])})"
        )
        raise InvalidParameter(message, param="amount")


def _add_refunded(charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _require_status(refund: Object, *statuses: str) -> None:
    if refund["status"] not in statuses:
        raise InvalidState(f"This refund has a status of `{refund['status']}`.")


def _new_refund(charge: Object, now: int, amount: int, params: dict[str, Any]) -> Object:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": new_id("txn"),
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "description": None,
        "metadata": params.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "presentment_details": presented(charge, amount, charge["amount"]),
        "reason": params.get("reason"),
        "receipt_number": None,
        "status": "succeeded",
    }
