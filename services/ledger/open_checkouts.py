"""Calling off attempts to pay: in the transaction that makes them wrong, before Stripe is told.

Stripe is told after it has committed, by `services/checkout/expiry_worker.py`. Money that arrives
in between is recorded all the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

from db.signals import Signal
from db.statements import fetch

CHECKOUTS_EXPIRING: Final = Signal()


async def expire_open_checkouts(invoice_id: UUID, *, over: int = 0) -> None:
    """Call off the attempt with which an invoice, which is locked, could be paid.

    With `over`, only if it is for more than so many minor units.
    """
    expiring = await fetch(
        "UPDATE checkout SET status = 'EXPIRING', next_look_at = $1"
        " WHERE payable_for = $2 AND status IN ('OPENING', 'OPEN') AND amount > $3"
        " RETURNING company_id",
        datetime.now(UTC),
        invoice_id,
        over,
    )
    _send_signal(expiring)


async def expire_all_open_checkouts(
    owner: Literal["customer_id", "company_id"], owner_id: UUID
) -> None:
    """Call off those for all invoices of a customer or a company, which is locked.

    Invoices are locked by this, by id: nothing that comes before them may be locked afterwards.
    """
    locked = await fetch(
        f"SELECT id FROM invoice WHERE {owner} = $1 AND id IN (SELECT payable_for FROM checkout"
        " WHERE company_id = invoice.company_id AND status IN ('OPENING', 'OPEN'))"
        " ORDER BY id FOR NO KEY UPDATE",
        owner_id,
    )
    if locked:
        expiring = await fetch(
            "UPDATE checkout SET status = 'EXPIRING', next_look_at = $1 WHERE payable_for IN"
            f" (SELECT id FROM invoice WHERE {owner} = $2) AND status IN ('OPENING', 'OPEN')"
            " RETURNING company_id",
            datetime.now(UTC),
            owner_id,
        )
        _send_signal(expiring)


def _send_signal(expiring: Sequence[Mapping[str, Any]]) -> None:
    for company_id in {UUID(str(row["company_id"])) for row in expiring}:
        CHECKOUTS_EXPIRING.send_after_commit(company_id)
