"""The queue of each webhook: its deliveries, one after the other, by one process at a time.

    QUEUED → DELIVERED
       ↑ ↓
       └─┴──→ FAILED

Whoever has leased a webhook renews the lease before each batch of deliveries. If the holder dies,
another process takes the webhook, and repeats the deliveries that may or may not have arrived. A
failed delivery is retried until three days after it was queued. Later ones wait. All times are the
database's, since the clock of a process may be wrong.
"""

import random
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from auth.staff import system_actor
from db.statements import database_time, execute, execute_many, fetch, id_of
from db.transactions import transactional
from integrations.webhooks.sender import Answer
from models import AuditAction, Company, Webhook, WebhookDelivery, WebhookDeliveryState
from services.common import audit_log
from services.common.backlogs import MAX_COUNTED, Backlog
from services.common.notices import notify_managers

LEASE_TTL: Final = timedelta(seconds=20)
"""How long a webhook is reserved for its holder. Attempts begin in its first quarter, and take half
of it at most."""
SLOW: Final = timedelta(seconds=2)
"""From how long on an attempt is slow."""
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
_IS_ON: Final = (
    "enabled AND (SELECT disabled_at FROM company WHERE company.id = webhook.company_id) IS NULL"
)
_TOO_OLD: Final = "It waited for more than three days."
_ACTOR: Final = "Invotify"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to deliver to a webhook. `number` tells its holders apart."""

    webhook_id: UUID
    company_id: UUID
    number: int
    leased_at: datetime
    """By the database's clock."""
    _steady: float
    """The monotonic clock's time then, or a little earlier."""

    def now(self) -> datetime:
        """Return the database's time, without asking for it again."""
        return self.leased_at + timedelta(seconds=time.monotonic() - self._steady)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to deliver, and how it ended."""

    delivery: WebhookDelivery
    answer: Answer
    took: timedelta

    @property
    def is_slow(self) -> bool:
        """Whether it took so long that it must not delay other webhooks."""
        return self.took > SLOW


async def lease_next(*, slow: bool, but: Collection[UUID] = ()) -> Lease | None:
    """Lease the webhook that has waited longest of those with something to deliver.

    `slow` ones failed or took long at their last attempt. Companies in `but` are skipped, and those
    that are disabled.
    """
    steady = time.monotonic()
    now = await database_time()
    rows = await fetch(
        f"{_QUEUED} UPDATE webhook SET lease = lease + 1, next_attempt_at = $1 WHERE id = ("
        f" SELECT id FROM webhook WHERE id IN (SELECT id FROM queued) AND {_IS_ON} AND is_slow = $2"
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
    return Lease(id_of(row["id"]), id_of(row["company_id"]), row["lease"], now, steady)


async def renew(lease: Lease) -> Webhook | None:
    """Keep the lease for another LEASE_TTL, and return the webhook as it is now.

    None if the lease is lost, or the webhook disabled or deleted.
    """
    kept = await execute(
        "UPDATE webhook SET next_attempt_at = $1 WHERE id = $2 AND lease = $3 AND enabled",
        lease.now() + LEASE_TTL,
        lease.webhook_id,
        lease.number,
    )
    return await Webhook.get_or_none(id=lease.webhook_id) if kept else None


async def release(lease: Lease, *, pause: timedelta = timedelta(0)) -> None:
    """Give up the lease, so that any process can continue after the pause."""
    await execute(
        "UPDATE webhook SET next_attempt_at = $1 WHERE id = $2 AND lease = $3",
        lease.now() + pause,
        lease.webhook_id,
        lease.number,
    )


async def next_deliveries(lease: Lease, most: int) -> list[WebhookDelivery]:
    """Return the first deliveries of the queue, at `most` so many; none if it is empty.

    Those that have waited for three days fail before.
    """
    queued = WebhookDelivery.filter(
        webhook_id=lease.webhook_id, state=WebhookDeliveryState.QUEUED
    ).order_by("sequence")
    found = await queued.limit(most)
    if not found or lease.now() - found[0].queued_at <= _GIVE_UP_AFTER:
        return found
    await _fail_old(lease)
    return await queued.limit(most)


async def _fail_old(lease: Lease) -> None:
    """Fail what has waited for three days, which is the first of the queue."""
    failed = _BATCH_SIZE
    while failed == _BATCH_SIZE:
        failed = await execute(
            "UPDATE webhook_delivery SET state = 'FAILED', detail = COALESCE(detail, $1)"
            " WHERE queued_at < $2 AND id IN (SELECT id FROM webhook_delivery"
            " WHERE webhook_id = $3 AND state = 'QUEUED'"
            f" ORDER BY sequence LIMIT {_BATCH_SIZE} FOR NO KEY UPDATE)",
            _TOO_OLD,
            lease.now() - _GIVE_UP_AFTER,
            lease.webhook_id,
        )


async def store_payloads(payloads: Mapping[UUID, str]) -> Mapping[UUID, str]:
    """Store what is sent for deliveries, and return it, so that it is the same at each attempt.

    Deliveries that were deleted are left out.
    """
    if not payloads:
        return payloads
    await execute_many(
        "UPDATE webhook_delivery SET payload = COALESCE(payload, $1) WHERE id = $2",
        [(payload, delivery_id) for delivery_id, payload in payloads.items()],
    )
    stored = await fetch(
        "SELECT id, payload FROM webhook_delivery WHERE id = ANY($1)", list(payloads)
    )
    return {id_of(row["id"]): row["payload"] for row in stored}


async def give_up(delivery: WebhookDelivery, detail: str) -> None:
    """Fail a delivery that has nothing to send."""
    await execute(
        "UPDATE webhook_delivery SET state = 'FAILED', detail = $1"
        " WHERE id = $2 AND state = 'QUEUED'",
        detail,
        delivery.id,
    )


@transactional
async def store_attempts(lease: Lease, attempts: Sequence[Attempt]) -> None:
    """Store the outcomes of attempts, and when the next one is due.

    The last one counts for the webhook: only the last can have failed, unless all were one request.
    The webhook is disabled if its receiver says that it is gone, or if all attempts have failed for
    a week.
    """
    webhook = await Webhook.select_for_update(no_key=True).get_or_none(id=lease.webhook_id)
    if webhook is None:
        return
    if webhook.lease != lease.number:
        # Another process attempts what has failed.
        await _store_outcomes(lease, [each for each in attempts if each.answer.succeeded])
        return
    await _store_outcomes(lease, attempts)
    last, now = attempts[-1], lease.now()
    answer = last.answer
    if answer.succeeded and webhook.is_slow == last.is_slow and webhook.failing_since is None:
        return
    webhook.is_slow = last.is_slow or not answer.succeeded
    webhook.failing_since = None if answer.succeeded else webhook.failing_since or now
    if not answer.succeeded:
        webhook.next_attempt_at = now + _delay_after(last.delivery.attempts + 1)
    await webhook.save(update_fields=["is_slow", "failing_since", "next_attempt_at"])
    if answer.status == _GONE:
        await _disable(
            webhook, "The server responded with HTTP 410: it no longer wants these events."
        )
    elif webhook.failing_since is not None and now - webhook.failing_since > _DISABLE_AFTER:
        await _disable(webhook, f"Nothing could be delivered for a week. {answer.detail}")


async def _store_outcomes(lease: Lease, attempts: Sequence[Attempt]) -> None:
    """Store what came of attempts.

    If one was delivered and replayed in the meantime, the replay is still to be sent.
    """
    if not attempts:
        return
    now = lease.now()
    await execute_many(
        "UPDATE webhook_delivery SET attempts = $1, response_status = $2, response_body = $3,"
        " detail = $4, state = $5, delivered_at = $6"
        " WHERE id = $7 AND sequence = $8 AND state = 'QUEUED'",
        [
            (
                each.delivery.attempts + 1,
                each.answer.status,
                each.answer.body,
                each.answer.detail and each.answer.detail[:_MAX_DETAIL],
                _state_after(each, now).value,
                now if each.answer.succeeded else None,
                each.delivery.id,
                each.delivery.sequence,
            )
            for each in attempts
        ],
    )


def _state_after(attempt: Attempt, now: datetime) -> WebhookDeliveryState:
    if attempt.answer.succeeded:
        return WebhookDeliveryState.DELIVERED
    if now - attempt.delivery.queued_at > _GIVE_UP_AFTER:
        return WebhookDeliveryState.FAILED
    return WebhookDeliveryState.QUEUED


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
    """Return what waits to be delivered, apart from what is for webhooks that are off."""
    [row] = await fetch(
        f"{_QUEUED} SELECT (SELECT count(*) FROM ("
        " SELECT 1 FROM webhook_delivery WHERE state = 'QUEUED'"
        f" AND webhook_id IN (SELECT id FROM webhook WHERE {_IS_ON}) LIMIT {MAX_COUNTED}"
        ") AS waiting) AS length,"
        " min(first.queued_at) AS oldest,"
        " min(CASE WHEN next_attempt_at > first.queued_at THEN next_attempt_at"
        " ELSE first.queued_at END) AS due"
        f" FROM queued JOIN webhook ON webhook.id = queued.id AND {_IS_ON}"
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
