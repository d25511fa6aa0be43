"""A refund: money that goes back to the client, or doesn't arrive there after all."""

from typing import Any

from dev.stripe_sandbox.currencies import format_amount
from dev.stripe_sandbox.errors import InvalidParameter, InvalidState
from dev.stripe_sandbox.events import Happening, happened
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.store import Object, Store


def refund(
    store: Store, charge: Object, now: int, params: dict[str, Any], *, pending: bool = False
) -> tuple[Object, list[Happening]]:
    """Send money back: `amount` of it, or what is left; it may arrive later (`pending`)."""
    amount = params.get("amount", charge["amount"] - charge["amount_refunded"])
    _check(charge, amount)
    made = store.add(store.owner(charge), _new_refund(charge, now, amount, params))
    if pending:
        made["status"] = "pending"
    before = charge["amount_refunded"]
    _count(charge, amount)
    return made, [
        happened("refund.created", made),
        happened("charge.refunded", charge, amount_refunded=before),
    ]


def arrive(found: Object) -> list[Happening]:
    """Let a pending refund arrive; InvalidState for any other."""
    _require(found, "pending")
    found["status"] = "succeeded"
    return [happened("refund.updated", found, status="pending")]


def bounce(store: Store, found: Object) -> list[Happening]:
    """Let a refund come back: its money is the business's again; InvalidState if it has."""
    _require(found, "pending", "succeeded")
    before = found["status"]
    found |= {
        "failure_balance_transaction": new_id("txn"),
        "failure_reason": "lost_or_stolen_card",
        "status": "failed",
    }
    _count(store.anywhere("charge", found["charge"]), -found["amount"])
    return [
        happened("refund.updated", found, status=before),
        happened("refund.failed", found, status=before),
    ]


def _check(charge: Object, amount: int) -> None:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        message = f"Charge {charge['id']} has not been paid, so that it can't be refunded."
        raise InvalidState(message, code="charge_not_refundable")
    if not left:
        message = f"Charge {charge['id']} has already been refunded."
        raise InvalidState(message, code="charge_already_refunded")
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise InvalidState(message, code="charge_disputed")
    if amount > left:
        shown = format_amount(amount, charge["currency"]), format_amount(left, charge["currency"])
        message = (
            f"Refund amount ({shown[0]}) is greater than unrefunded amount on charge ({shown[1]})"
        )
        raise InvalidParameter(message, param="amount")


def _count(charge: Object, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]


def _require(found: Object, *statuses: str) -> None:
    if found["status"] not in statuses:
        message = f"This refund has a status of `{found['status']}`."
        raise InvalidState(message)


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
        "reason": params.get("reason"),
        "receipt_number": None,
        "status": "succeeded",
    }
