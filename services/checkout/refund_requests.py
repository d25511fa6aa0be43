"""The refunds that staff ask Stripe for, as rows: which of Stripe's reports is about which."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from db.statements import fetch, id_of
from i18n.translations import N_
from integrations.stripe.webhook_payloads import PaymentReversalReport
from models import PaymentReversalStatus, StripeRefund, StripeRefundStatus

_RETURNED: Final = N_("The refund failed, and Stripe gave the money back.")
_REQUESTED: Final = """
    SELECT COALESCE(SUM(stripe_refund.amount), 0) AS amount FROM stripe_refund
    JOIN checkout_share ON checkout_share.id = payment_id
    WHERE checkout_id = $1 AND status = 'REQUESTED'
"""
_CHOSEN: Final = """
    SELECT payment_id, SUM(payment_reversal.amount) AS amount FROM stripe_refund
    JOIN payment_reversal ON payment_reversal.id = refund_id
    WHERE checkout_id = $1 AND payment_reversal.status <> 'RETURNED' GROUP BY payment_id
"""


async def requested_amount(checkout_id: UUID) -> int:
    """Return how much of a checkout Stripe was asked to refund and hasn't answered yet."""
    [row] = await fetch(_REQUESTED, checkout_id)
    return int(row["amount"])


async def chosen_amounts(checkout_id: UUID) -> Mapping[UUID, int]:
    """Return how much of each payment of a checkout Stripe has refunded because staff asked."""
    rows = await fetch(_CHOSEN, checkout_id)
    return {id_of(row["payment_id"]): int(row["amount"]) for row in rows}


async def match(
    payment_ids: Sequence[UUID], reports: Sequence[PaymentReversalReport]
) -> Sequence[StripeRefund]:
    """Return the refunds that the reports are about for the first time, and that haven't failed.

    The caller has locked the checkout of the payments.
    """
    matched = []
    for report in reports:
        refund = await _find(payment_ids, report)
        if refund is None:
            continue
        is_new = refund.refund_id is None
        has_failed = report.status is PaymentReversalStatus.RETURNED
        if is_new or has_failed:
            await _finish(refund, report.id, has_failed=has_failed)
        if is_new and not has_failed:
            matched.append(refund)
    return matched


async def _find(payment_ids: Sequence[UUID], report: PaymentReversalReport) -> StripeRefund | None:
    """Return the refund that was asked for here, if it is one.

    The id in the report is only a hint. So it must be of these payments and about this amount.
    """
    known = await StripeRefund.get_or_none(refund_id=report.id, payment_id__in=payment_ids)
    if known is not None or report.request_id is None:
        return known
    try:
        request_id = UUID(report.request_id)
    except ValueError:
        return None
    return await StripeRefund.get_or_none(
        id=request_id, payment_id__in=payment_ids, refund_id=None, amount=report.amount
    )


async def _finish(refund: StripeRefund, refund_id: str, *, has_failed: bool) -> None:
    refund.refund_id = refund_id
    refund.status = StripeRefundStatus.FAILED if has_failed else StripeRefundStatus.DONE
    refund.detail = _RETURNED if has_failed else None
    refund.next_attempt_at = None
    await refund.save(update_fields=["refund_id", "status", "detail", "next_attempt_at"])
