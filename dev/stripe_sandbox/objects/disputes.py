"""A dispute: the client's bank takes the money back, until somebody has decided."""

from typing import Any, Final

from dev.stripe_sandbox.errors import InvalidState
from dev.stripe_sandbox.events import Happening, happened
from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.store import Object, Store

_TIME: Final = 21 * 24 * 3600
"""Seconds to answer a dispute."""
OPEN: Final = ("needs_response", "under_review")


def open_dispute(
    store: Store, charge: Object, now: int, amount: int | None, reason: str
) -> tuple[Object, list[Happening]]:
    """Dispute `amount` of a charge, or all of it that isn't refunded: the money is gone at once."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        message = "Only a charge that is paid, and not disputed yet, can be disputed."
        raise InvalidState(message)
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if amount is None else amount
    if not 0 < amount <= charge["amount"]:
        message = "No more than the charge can be disputed."
        raise InvalidState(message)
    made = store.add(store.owner(charge), _new_dispute(charge, now, amount, reason))
    charge["disputed"] = True
    created = happened("charge.dispute.created", made)
    _move(made, now, -amount)
    withdrawn = happened("charge.dispute.funds_withdrawn", made)
    return made, [created, withdrawn]


def answer(dispute: Object) -> list[Happening]:
    """Send the business's evidence."""
    _require(dispute, "needs_response")
    dispute["status"] = "under_review"
    dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
    return [happened("charge.dispute.updated", dispute, status="needs_response")]


def win(dispute: Object, now: int) -> list[Happening]:
    """Decide for the business: the money comes back."""
    _require(dispute, *OPEN)
    before = dispute["status"]
    dispute["status"] = "won"
    closed = happened("charge.dispute.closed", dispute, status=before)
    _move(dispute, now, dispute["amount"])
    return [closed, happened("charge.dispute.funds_reinstated", dispute)]


def lose(dispute: Object) -> list[Happening]:
    """Decide for the client: the money stays away."""
    _require(dispute, *OPEN)
    before = dispute["status"]
    dispute["status"] = "lost"
    return [happened("charge.dispute.closed", dispute, status=before)]


def _move(dispute: Object, now: int, amount: int) -> None:
    dispute["balance_transactions"].append(_transaction(dispute, now, amount))


def _transaction(dispute: Object, now: int, amount: int) -> dict[str, Any]:
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


def _require(dispute: Object, *statuses: str) -> None:
    if dispute["status"] not in statuses:
        message = f"This dispute has a status of `{dispute['status']}`."
        raise InvalidState(message)


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
            "due_by": now + _TIME,
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
