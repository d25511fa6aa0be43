"""A dispute: the client's bank takes the money back until the dispute is decided."""

from typing import Any, Final

from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.events import ObjectEvent, object_event
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.store import Object, Store

_RESPONSE_PERIOD: Final = 21 * 24 * 3600
"""Seconds to send evidence."""
OPEN_STATUSES: Final = ("needs_response", "under_review")


def open_dispute(
    store: Store, charge: Object, now: int, amount: int | None, reason: str
) -> tuple[Object, list[ObjectEvent]]:
    """Dispute an amount of a charge, by default what is not refunded. The money is gone at once."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise InvalidState(
            "Only a charge that has succeeded and is not disputed yet can be disputed."
        )
    if amount is None:
        amount = charge["amount"] - charge["amount_refunded"]
    if not 0 < amount <= charge["amount"]:
        raise InvalidState(
            "The disputed amount must be greater than zero and no more than the charge."
        )
    dispute = store.add(store.owner(charge), _new_dispute(charge, now, amount, reason))
    charge["disputed"] = True
    created = object_event("charge.dispute.created", dispute)
    _add_transaction(dispute, now, -amount)
    withdrawn = object_event("charge.dispute.funds_withdrawn", dispute)
    return dispute, [created, withdrawn]


def answer(dispute: Object) -> list[ObjectEvent]:
    """Send the business's evidence."""
    _require_status(dispute, "needs_response")
    dispute["status"] = "under_review"
    dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
    return [object_event("charge.dispute.updated", dispute, status="needs_response")]


def win(dispute: Object, now: int) -> list[ObjectEvent]:
    """Decide for the business, which gets the money back."""
    _require_status(dispute, *OPEN_STATUSES)
    previous = dispute["status"]
    dispute["status"] = "won"
    closed = object_event("charge.dispute.closed", dispute, status=previous)
    _add_transaction(dispute, now, dispute["amount"])
    return [closed, object_event("charge.dispute.funds_reinstated", dispute)]


def lose(dispute: Object) -> list[ObjectEvent]:
    """Decide for the client, who keeps the money."""
    _require_status(dispute, *OPEN_STATUSES)
    previous = dispute["status"]
    dispute["status"] = "lost"
    return [object_event("charge.dispute.closed", dispute, status=previous)]


def _add_transaction(dispute: Object, now: int, amount: int) -> None:
    dispute["balance_transactions"].append(_new_transaction(dispute, now, amount))


def _new_transaction(dispute: Object, now: int, amount: int) -> dict[str, Any]:
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "created": now,
        "currency": dispute["currency"],
        "fee": 0,
        "net": amount,
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        "source": dispute["id"],
        "type": "adjustment",
    }


def _require_status(dispute: Object, *statuses: str) -> None:
    if dispute["status"] not in statuses:
        raise InvalidState(f"This dispute has a status of `{dispute['status']}`.")


def _new_dispute(charge: Object, now: int, amount: int, reason: str) -> Object:
    return {
        "id": new_id("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": now + _RESPONSE_PERIOD,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
