"""The shares of a checkout: what of it pays which invoice, and what of it is taken back.

The rule: what a client pays for several invoices pays those first that are due first. What is taken
back is taken from the last one first, so what the business keeps still pays those that are due
first. Only a refund for which staff chose the payment is taken from that payment. So the order in
which refunds and disputes are reported makes no difference.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID, uuid4

from db.statements import fetch, id_of, placeholders
from models import Checkout, CheckoutShare, Invoice, PaymentReversalKind

_TOGETHER: Final = """
    SELECT share.id, checkout.amount AS total, number FROM checkout_share AS share
    JOIN checkout ON checkout.id = share.checkout_id
    JOIN checkout_share AS other ON other.checkout_id = checkout.id AND other.id <> share.id
    JOIN invoice ON invoice.id = other.invoice_id
    WHERE share.id IN {ids} ORDER BY other.position
"""


def in_order_of_payment(invoices: Iterable[Invoice]) -> list[Invoice]:
    """Return the invoices in the order in which money pays them: the one that is due first."""
    return sorted(
        invoices,
        key=lambda each: (
            each.due_date or date.max,
            each.issue_date or date.max,
            each.label,
            each.id,
        ),
    )


def take_back(amount: int, shares: Sequence[int]) -> list[int]:
    """Return how `amount` is taken back from the shares, beginning with the last one.

    The parts add up to `amount`, or to all shares if they are less.
    """
    parts = []
    for share in reversed(shares):
        part = min(share, amount)
        parts.append(part)
        amount -= part
    return parts[::-1]


def take_back_each(
    amounts: dict[PaymentReversalKind, int], shares: Sequence[int], chosen: Sequence[int]
) -> list[dict[PaymentReversalKind, int]]:
    """Return what refunds and disputes of these `amounts` take back of each share.

    `chosen` is what of the refunds staff asked for from each share's payment. The parts of each
    kind add up to its amount if the amounts together are no more than all shares.
    """
    refunded = [min(part, share) for part, share in zip(chosen, shares, strict=True)]
    rest = amounts[PaymentReversalKind.REFUND] - sum(refunded)
    left = [share - part for share, part in zip(shares, refunded, strict=True)]
    others = take_back(rest, left)
    left = [share - part for share, part in zip(left, others, strict=True)]
    disputed = take_back(amounts[PaymentReversalKind.DISPUTE], left)
    return [
        {
            PaymentReversalKind.REFUND: chosen_part + other,
            PaymentReversalKind.DISPUTE: disputed_part,
        }
        for chosen_part, other, disputed_part in zip(refunded, others, disputed, strict=True)
    ]


# --- rows -----------------------------------------------------------------------------------------


def new_shares(checkout: Checkout, amounts: Sequence[tuple[Invoice, int]]) -> list[CheckoutShare]:
    """Return the shares of a new checkout, not stored yet, with what each invoice is paid of it.

    The first one has the id of the checkout, as payments had when a checkout had one invoice.
    """
    return [
        CheckoutShare(
            id=checkout.id if position == 1 else uuid4(),
            checkout_id=checkout.id,
            invoice_id=invoice.id,
            position=position,
            amount=amount,
            payable_for=invoice.id,
        )
        for position, (invoice, amount) in enumerate(amounts, start=1)
    ]


async def shares_of(checkout_id: UUID) -> list[CheckoutShare]:
    """Return the shares of a checkout, in the order in which its invoices are paid."""
    return await CheckoutShare.filter(checkout_id=checkout_id).order_by("position")


async def checkout_of(payment_id: UUID) -> Checkout:
    """Return the checkout with which a payment at Stripe was made."""
    return await Checkout.get(shares__id=payment_id)


@dataclass(frozen=True, slots=True)
class PaidTogether:
    """What a client paid at once with one of the payments."""

    total: int
    """All of it, in minor units."""
    others: Sequence[str]
    """The numbers of the other invoices."""


async def load_paid_together(payment_ids: Sequence[UUID]) -> dict[UUID, PaidTogether]:
    """Return, for payments that were made together with others, what was paid at once."""
    rows = await fetch(_TOGETHER.format(ids=placeholders(1, len(payment_ids))), *payment_ids)
    others: defaultdict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        others[id_of(row["id"])].append(row["number"])
    totals = {id_of(row["id"]): int(row["total"]) for row in rows}
    return {id_: PaidTogether(totals[id_], numbers) for id_, numbers in others.items()}


async def save_moved(checkout: Checkout, *columns: str) -> None:
    """Store the status and other columns of a locked checkout.

    Once it can't be paid any more, its invoices can be paid with another one.
    """
    await checkout.save(update_fields=["status", *columns])
    if not checkout.can_be_paid:
        await CheckoutShare.filter(checkout_id=checkout.id).update(payable_for=None)
