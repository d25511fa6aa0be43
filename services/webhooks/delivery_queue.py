"""The queue of each webhook: its deliveries, one after the other, by one process at a time.

    QUEUED → DELIVERED
       ↑ ↓
       └─┴──→ FAILED

Whoever has leased a webhook renews the lease before each attempt. If the holder dies, another
process takes the webhook, and repeats the delivery that may or may not have arrived. A failed
delivery is retried until three days after it was queued. Later ones wait. All times are the
database's, since the clock of a process may be wrong.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from auth.staff import system_actor
from db.statements import database_time, execute, fetch
from db.transactions import transactional
from integrations.webhooks.sender import Answer
from models import AuditAction, Company, Webhook, WebhookDelivery, WebhookDeliveryState
from services.common import audit_log
from services.common.backlogs import MAX_COUNTED, Backlog
from services.common.notices import notify_managers

LEASE_TTL: Final = timedelta(seconds=20)
"""How long a webhook is reserved for its holder. An attempt takes at most half of it."""
DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14400)
)
"""The pauses after a delivery's failed attempts. The last one is repeated."""
_JITTER: Final = 0.1
"""How much longer or shorter a pause can be, so that a host's webhooks don't all retry together."""
_GIVE_UP_AFTER: Final = timedelta(days=3)
_DISABLE_AFTER: Final = timedelta(days=7)
_KEEP: Final = timedelta(days=30)
_BATCH_SIZE: Final = 1000
_MAX_DETAIL: Final = 500
_GONE: Final = 410
_QUEUED: Final = """
WITH RECURSIVE queued AS (
    SELECT (
        SELECT webhook_id FROM webhook_delivery WHERE state = 'QUEUED'
        ORDER BY webhook_id LIMIT 1
    ) AS id
    UNION ALL
    SELECT (
        SELECT webhook_id FROM webhook_delivery WHERE state = 'QUEUED' AND webhook_id > queued.id
        ORDER BY webhook_id LIMIT 1
    ) FROM queued WHERE id IS NOT NULL
)
"""
"""The webhooks with something to deliver, each found by one look into an index: so neither webhooks
that are idle nor long queues cost time."""
_TOO_OLD: Final = "It waited for three days behind failed deliveries."
_ACTOR: Final = "Invotify"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to deliver to a webhook. `number` tells its holders apart."""

    webhook_id: UUID
    company_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Renewed:
    """A webhook as it was when its lease was renewed."""

    webhook: Webhook
    at: datetime


async def lease_next(*, slow: bool, but: Collection[UUID] = ()) -> Lease | None:
    """Lease the webhook that has waited longest of those with something to deliver.

    `slow` ones failed or took long at their last attempt. Companies in `but` are skipped.
    """
    now = await database_time()
    rows = await fetch(
        f"{_QUEUED} UPDATE webhook SET lease = lease + 1, next_attempt_at = $1 WHERE id = ("
        " SELECT id FROM webhook WHERE id IN (SELECT id FROM queued) AND enabled AND is_slow = $2"
        " AND (next_attempt_at IS NULL OR next_attempt_at <= $3) AND NOT company_id = ANY($4)"
        " ORDER BY COALESCE(next_attempt_at, created_at) LIMIT 1"
        " FOR NO KEY UPDATE SKIP LOCKED) RETURNING id, company_id, lease",
        now + LEASE_TTL,
        slow,
        now,
        list(but),
    )
    if not rows:
        return None
    [row] = rows
    return Lease(UUID(str(row["id"])), UUID(str(row["company_id"])), row["lease"])


async def renew(lease: Lease) -> Renewed | None:
    """Keep the lease for another LEASE_TTL, and return the webhook as it is now.

    None if the lease is lost, or the webhook disabled or deleted.
    """
    now = await database_time()
    kept = await execute(
        "UPDATE webhook SET next_attempt_at = $1 WHERE id = $2 AND lease = $3 AND enabled",
        now + LEASE_TTL,
        lease.webhook_id,
        lease.number,
    )
    webhook = await Webhook.get_or_none(id=lease.webhook_id) if kept else None
    return None if webhook is None else Renewed(webhook, now)


async def release(lease: Lease, *, pause: timedelta = timedelta(0)) -> None:
    """Give up the lease, so that any process can continue after the pause."""
    await execute(
        "UPDATE webhook SET next_attempt_at = $1 WHERE id = $2 AND lease = $3",
        await database_time() + pause,
        lease.webhook_id,
        lease.number,
    )


async def next_deliveries(webhook: Webhook, most: int = 1) -> list[WebhookDelivery]:
    """Return the first deliveries of the queue, at `most` so many; none if it is empty."""
    queued = WebhookDelivery.filter(webhook_id=webhook.id, state=WebhookDeliveryState.QUEUED)
    return await queued.order_by("sequence").limit(most)


async def fail_old(lease: Lease) -> None:
    """Fail what has waited for three days, which is the first of the queue."""
    before = await database_time() - _GIVE_UP_AFTER
    failed = _BATCH_SIZE
    while failed == _BATCH_SIZE:
        failed = await execute(
            "UPDATE webhook_delivery SET state = 'FAILED', detail = COALESCE(detail, $1)"
            " WHERE queued_at < $2 AND id IN (SELECT id FROM webhook_delivery"
            " WHERE webhook_id = $3 AND state = 'QUEUED'"
            f" ORDER BY sequence LIMIT {_BATCH_SIZE} FOR NO KEY UPDATE)",
            _TOO_OLD,
            before,
            lease.webhook_id,
        )


async def store_payload(delivery: WebhookDelivery, payload: str) -> str | None:
    """Store what is sent, and return it, so that it is the same at each attempt.

    None if the delivery was deleted.
    """
    rows = await fetch(
        "UPDATE webhook_delivery SET payload = COALESCE(payload, $1) WHERE id = $2"
        " RETURNING payload",
        payload,
        delivery.id,
    )
    return rows[0]["payload"] if rows else None


async def give_up(delivery: WebhookDelivery, detail: str) -> None:
    """Fail a delivery that has nothing to send."""
    await execute(
        "UPDATE webhook_delivery SET state = 'FAILED', detail = $1"
        " WHERE id = $2 AND state = 'QUEUED'",
        detail,
        delivery.id,
    )


@transactional
async def store_answer(
    lease: Lease, deliveries: Sequence[WebhookDelivery], answer: Answer, *, slow: bool = False
) -> None:
    """Store the outcome of an attempt, and when the next one is due.

    It may have been about several deliveries at once. `slow` says that it took long. The webhook is
    disabled if its receiver says that it is gone, or if all attempts have failed for a week.
    """
    webhook = await Webhook.select_for_update(no_key=True).get_or_none(id=lease.webhook_id)
    if webhook is None or (webhook.lease != lease.number and not answer.succeeded):
        return  # another process attempts it now
    now = await database_time()
    for delivery in deliveries:
        await _store_outcome(delivery, answer, now)
    if webhook.lease != lease.number:
        return
    webhook.is_slow = slow or not answer.succeeded
    webhook.failing_since = None if answer.succeeded else webhook.failing_since or now
    if not answer.succeeded:
        webhook.next_attempt_at = now + _delay_after(deliveries[0].attempts + 1)
    await webhook.save(update_fields=["is_slow", "failing_since", "next_attempt_at"])
    if answer.status == _GONE:
        await _disable(
            webhook, "The server responded with HTTP 410: it no longer wants these events."
        )
    elif webhook.failing_since is not None and now - webhook.failing_since > _DISABLE_AFTER:
        await _disable(webhook, f"Nothing could be delivered for a week. {answer.detail}")


async def _store_outcome(delivery: WebhookDelivery, answer: Answer, now: datetime) -> None:
    if answer.succeeded:
        state = WebhookDeliveryState.DELIVERED
    elif now - delivery.queued_at > _GIVE_UP_AFTER:
        state = WebhookDeliveryState.FAILED
    else:
        state = WebhookDeliveryState.QUEUED
    # If it was delivered and replayed in the meantime, the replay is still to be sent.
    await WebhookDelivery.filter(
        id=delivery.id, sequence=delivery.sequence, state=WebhookDeliveryState.QUEUED
    ).update(
        attempts=delivery.attempts + 1,
        response_status=answer.status,
        response_body=answer.body,
        detail=answer.detail and answer.detail[:_MAX_DETAIL],
        state=state,
        delivered_at=now if answer.succeeded else None,
    )


async def delete_old() -> None:
    """Delete deliveries that were queued more than 30 days ago."""
    before = await database_time() - _KEEP
    deleted = _BATCH_SIZE
    while deleted == _BATCH_SIZE:
        deleted = await execute(
            "DELETE FROM webhook_delivery WHERE id IN (SELECT id FROM webhook_delivery"
            f" WHERE queued_at < $1 LIMIT {_BATCH_SIZE} FOR NO KEY UPDATE SKIP LOCKED)",
            before,
        )


async def backlog() -> Backlog:
    """Return what waits to be delivered, apart from what is for disabled webhooks."""
    [row] = await fetch(
        f"{_QUEUED} SELECT (SELECT count(*) FROM ("
        " SELECT 1 FROM webhook_delivery WHERE state = 'QUEUED'"
        f" AND webhook_id IN (SELECT id FROM webhook WHERE enabled) LIMIT {MAX_COUNTED}"
        ") AS waiting) AS length,"
        " min(first.queued_at) AS oldest,"
        " min(COALESCE(webhook.next_attempt_at, first.queued_at)) AS due"
        " FROM queued JOIN webhook ON webhook.id = queued.id AND webhook.enabled"
        " JOIN webhook_delivery AS first ON first.id = ("
        " SELECT id FROM webhook_delivery WHERE webhook_id = queued.id AND state = 'QUEUED'"
        " ORDER BY sequence LIMIT 1)"
    )
    return Backlog.of("webhook", row)


def host_of(webhook: Webhook) -> str:
    """Return what people call the webhook. The rest of its URL may be secret."""
    return urlsplit(webhook.url).hostname or webhook.url


def _delay_after(attempts: int) -> timedelta:
    delay = DELAYS[min(attempts, len(DELAYS)) - 1]
    return delay * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311  # not for secrets


async def _disable(webhook: Webhook, reason: str) -> None:
    if not webhook.enabled:
        return
    webhook.enabled = False
    webhook.disabled_reason = reason[:_MAX_DETAIL]
    await webhook.save(update_fields=["enabled", "disabled_reason"])
    host = host_of(webhook)
    actor = system_actor(webhook.company_id, _ACTOR)
    await audit_log.note(actor, AuditAction.WEBHOOK_DISABLED, webhook.id, host, detail=reason)
    company = await Company.get(id=webhook.company_id)
    await notify_managers(
        company,
        f"The webhook to {host} is off"[:200],
        f"{company.name} no longer sends webhooks to {host}.\n\n{reason}\n\n"
        "Once the receiver works again, turn the webhook on in the settings. We then send events"
        " that were queued less than three days ago. Events that happen until then aren't sent.",
    )
