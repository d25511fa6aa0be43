"""Expiring open checkouts, in the transaction after which they would be wrong.

`services/checkout/expiry_worker.py` tells Stripe after the commit. A payment that arrives in
between is still recorded.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID

from db.signals import Signal
from db.statements import fetch

CHECKOUTS_EXPIRING: Final = Signal()
_EXPIRE: Final = """
    UPDATE checkout SET status = 'EXPIRING', next_look_at = clock_timestamp() WHERE id IN (
        SELECT id FROM checkout
        WHERE id IN (SELECT checkout_id FROM checkout_share WHERE {shares})
        AND status IN ('OPENING', 'OPEN') ORDER BY id FOR NO KEY UPDATE)
    RETURNING company_id
"""


async def expire_open_checkouts(invoice_id: UUID, *, over: int = 0) -> None:
    """Expire the open checkout of a locked invoice, if the invoice's share is more than `over`.

    If it has other invoices, too, they can't be paid with it any more either. `over` is in minor
    units.
    """
    shares = "payable_for = $1 AND amount > $2"
    _send_signal(await fetch(_EXPIRE.format(shares=shares), invoice_id, over))


async def expire_all_open_checkouts(
    owner: Literal["customer_id", "company_id"], owner_id: UUID
) -> None:
    """Expire the open checkouts for all invoices of a locked customer or company.

    This locks the invoices in the order of their ids. What comes before invoices in the order of
    locks can't be locked after it.
    """
    locked = await fetch(
        f"SELECT id FROM invoice WHERE {owner} = $1 AND id IN (SELECT payable_for"
        " FROM checkout_share JOIN checkout ON checkout.id = checkout_id"
        " WHERE company_id = invoice.company_id AND checkout.status IN ('OPENING', 'OPEN'))"
        " ORDER BY id FOR NO KEY UPDATE",
        owner_id,
    )
    if locked:
        shares = f"payable_for IN (SELECT id FROM invoice WHERE {owner} = $1)"
        _send_signal(await fetch(_EXPIRE.format(shares=shares), owner_id))


def _send_signal(expiring: Sequence[Mapping[str, Any]]) -> None:
    for company_id in {UUID(str(row["company_id"])) for row in expiring}:
        CHECKOUTS_EXPIRING.send_after_commit(company_id)
