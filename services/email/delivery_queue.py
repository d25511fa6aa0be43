"""The queue of e-mails: rows, each of which one process at a time holds under a lease.

    QUEUED → SENDING → SENT
       ↑ ↓       ↓
       └─┴───────┴──→ FAILED, SKIPPED
       └────────────→ CANCELLED

The holder renews its lease while it works. While a row is QUEUED, no mail server has the message:
if the holder dies, another process takes the row. A row is SENDING from right before the message
is handed over until the answer is stored. If the holder dies in between, nobody knows whether the
e-mail was delivered. The row fails and says so, because sending the e-mail again could send it
twice.

Until a row is SENDING, staff can cancel it. Its holder then can't hand the message over any more,
and stores no outcome. A row that is to wait first has no holder: nobody takes it before its time.

A row that is sent with another (`sent_with`) is never leased itself: it ends as the other does. All
times are the database's, since the clock of a process may be wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.telemetry.metrics import EMAILS
from db.statements import database_time, execute, fetch
from db.transactions import after_commit, transactional
from models import DeliveryState, EmailDelivery, MailKind, SubjectType, WebhookEvent
from models.emails import ABOUT_PAYMENTS, TO_STAFF
from services.common.backlogs import MAX_COUNTED, Backlog
from services.common.webhook_events import Subject, publish

LEASE_TTL: Final = timedelta(seconds=15)
"""How long a row is reserved for its holder after the last renewal."""
_ABOUT_PAYMENTS: Final = ", ".join(f"'{kind}'" for kind in sorted(ABOUT_PAYMENTS))
_URGENT: Final = ", ".join(f"'{kind}'" for kind in MailKind if kind is not MailKind.ANNOUNCEMENT)
_FIRST_DELAY: Final = timedelta(seconds=5)
_MAX_DOUBLINGS: Final = 20
_MAX_DELAY: Final = timedelta(hours=4)
_GIVE_UP_AFTER: Final = timedelta(days=4)
"""RFC 5321, section 4.5.4.1: senders try for four to five days."""
_MAX_DETAIL: Final = 1000
_PUBLISHED: Final = "id, company_id, kind"
"""What an event about a delivery needs."""
_DAY_IS_FULL: Final = (
    "Today's limit of e-mails about payments is reached. This one waits until tomorrow."
)
_HOLDER_DIED: Final = (
    "The portal stopped while it sent the e-mail. It may have arrived. If it hasn't, send it again."
)


class LeaseLost(Exception):
    """Another process holds the delivery now, so it must not be handed over."""


class DeliveryCancelled(Exception):
    """The e-mail must not be sent. `status` and `detail` say why."""

    def __init__(self, status: DeliveryState, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class DayIsFull(Exception):
    """The company has sent as many e-mails about payments as it may today."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to send a delivery. `attempt` counts the leases of a delivery from 1."""

    delivery_id: UUID
    attempt: int
    trace_parent: str | None = None
    """The span that queued it."""

    @classmethod
    def of_new(cls, delivery: EmailDelivery) -> "Lease":
        """Return the lease of a delivery that was just created with `leased_columns`."""
        return cls(
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            trace_parent=delivery.trace_parent,
        )


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """A delivery. With a lease, its caller is to have it sent now."""

    delivery: EmailDelivery
    lease: Lease | None = None


async def leased_columns() -> dict[str, Any]:
    """Return the columns of a new delivery that its creator sends at once."""
    return {"attempts": 1, "next_attempt_at": await database_time() + LEASE_TTL}


async def waiting_columns(delay: timedelta) -> dict[str, Any]:
    """Return the columns of a new delivery that isn't sent before `delay` has passed."""
    return {"next_attempt_at": await database_time() + delay}


async def lease_next() -> Lease | None:
    """Lease the delivery that is due first, or return None if none is due.

    Of those that are due at the same time, the oldest comes first. Announcements come after
    everything else. Those of disabled companies wait.
    """
    now = await database_time()
    for kinds in (_URGENT, "'ANNOUNCEMENT'"):
        rows = await fetch(
            "UPDATE email_delivery SET attempts = attempts + 1, next_attempt_at = $1 WHERE id = ("
            f" SELECT id FROM email_delivery WHERE status = 'QUEUED' AND kind IN ({kinds})"
            " AND sent_with_id IS NULL AND next_attempt_at <= $2 AND (SELECT disabled_at"
            " FROM company WHERE company.id = email_delivery.company_id) IS NULL"
            " ORDER BY next_attempt_at, created_at LIMIT 1"
            " FOR NO KEY UPDATE SKIP LOCKED) RETURNING id, attempts, trace_parent",
            now + LEASE_TTL,
            now,
        )
        if rows:
            [row] = rows
            return Lease(
                delivery_id=UUID(str(row["id"])),
                attempt=row["attempts"],
                trace_parent=row["trace_parent"],
            )
    return None


async def renew(lease: Lease) -> None:
    """Keep the delivery for another LEASE_TTL, if it is still leased to the caller."""
    await execute(
        "UPDATE email_delivery SET next_attempt_at = $1"
        " WHERE id = $2 AND attempts = $3 AND next_attempt_at IS NOT NULL",
        await database_time() + LEASE_TTL,
        lease.delivery_id,
        lease.attempt,
    )


async def release(lease: Lease) -> None:
    """Give the lease up, so that any process can take the delivery immediately."""
    await execute(
        "UPDATE email_delivery SET next_attempt_at = clock_timestamp()"
        " WHERE id = $1 AND attempts = $2 AND status = 'QUEUED'",
        lease.delivery_id,
        lease.attempt,
    )


async def mark_sending(lease: Lease) -> None:
    """Store that the message is about to be handed over. Raises LeaseLost."""
    changed = await execute(
        "UPDATE email_delivery SET status = 'SENDING', next_attempt_at = $1"
        " WHERE id = $2 AND attempts = $3 AND status = 'QUEUED'",
        await database_time() + LEASE_TTL,
        lease.delivery_id,
        lease.attempt,
    )
    if not changed:
        raise LeaseLost


@transactional
async def finish(lease: Lease, status: DeliveryState, detail: str) -> None:
    """Store how the delivery ended, also if the lease has expired in the meantime."""
    finished = await fetch(
        "UPDATE email_delivery SET status = $1, next_attempt_at = NULL, detail = $2, sent_at = $3"
        " WHERE ((id = $4 AND attempts = $5) OR sent_with_id = $4) AND status <> 'CANCELLED'"
        f" RETURNING {_PUBLISHED}",
        status.value,
        detail[:_MAX_DETAIL],
        await database_time() if status is DeliveryState.SENT else None,
        lease.delivery_id,
        lease.attempt,
    )
    after_commit(lambda: EMAILS.labels(status.lower()).inc(len(finished)))
    if status is DeliveryState.FAILED:
        _publish_failed(finished)


async def postpone(lease: Lease, detail: str) -> None:
    """Store that the e-mail was not delivered, and try it again later. After four days it fails.

    Does nothing to one that has ended: once it has failed, staff may have sent it again.
    """
    delivery = await EmailDelivery.get(id=lease.delivery_id)
    now = await database_time()
    if now - delivery.created_at > _GIVE_UP_AFTER:
        await finish(lease, DeliveryState.FAILED, detail)
        return
    await execute(
        "UPDATE email_delivery SET status = 'QUEUED', next_attempt_at = $1, detail = $2"
        " WHERE id = $3 AND attempts = $4 AND next_attempt_at IS NOT NULL",
        now + delay_after(lease.attempt),
        detail[:_MAX_DETAIL],
        lease.delivery_id,
        lease.attempt,
    )


async def wait(lease: Lease, until: datetime) -> None:
    """Let an e-mail about a payment wait, with the others of its company that are due.

    Otherwise, each of them would be tried to find out the same.
    """
    now = await database_time()
    await execute(
        "UPDATE email_delivery SET next_attempt_at = $1, detail = $2 WHERE id IN ("
        " SELECT id FROM email_delivery WHERE status = 'QUEUED'"
        " AND company_id = (SELECT company_id FROM email_delivery WHERE id = $3)"
        f" AND kind IN ({_ABOUT_PAYMENTS})"
        " AND (next_attempt_at <= $4 OR (id = $3 AND attempts = $5))"
        " FOR NO KEY UPDATE SKIP LOCKED)",
        max(until, now + LEASE_TTL),  # later than now, even if this process's clock is behind
        _DAY_IS_FULL,
        lease.delivery_id,
        now,
        lease.attempt,
    )


async def backlogs() -> list[Backlog]:
    """Return what waits to be sent; announcements by themselves, since nobody waits for them."""
    found = []
    for queue, kinds in (("email", _URGENT), ("announcement", "'ANNOUNCEMENT'")):
        [row] = await fetch(
            "SELECT count(*) AS length, min(created_at) AS oldest,"
            " min(CASE WHEN sent_with_id IS NULL THEN next_attempt_at END) AS due FROM ("
            " SELECT created_at, sent_with_id, next_attempt_at FROM email_delivery"
            f" WHERE kind IN ({kinds}) AND next_attempt_at IS NOT NULL AND (SELECT disabled_at"
            " FROM company WHERE company.id = email_delivery.company_id) IS NULL"
            f" LIMIT {MAX_COUNTED}) AS waiting"
        )
        found.append(Backlog.of(queue, row))
    return found


def delay_after(attempt: int) -> timedelta:
    """Return the pause after a failed attempt: 5 seconds, doubled each time up to 4 hours."""
    doublings = min(attempt - 1, _MAX_DOUBLINGS)
    return min(_FIRST_DELAY * (1 << doublings), _MAX_DELAY)


@transactional
async def fail_abandoned() -> None:
    """Fail the deliveries whose holder died after it began to hand the message over."""
    failed = await fetch(
        "UPDATE email_delivery SET status = 'FAILED', next_attempt_at = NULL, detail = $1"
        " WHERE status = 'SENDING' AND next_attempt_at <= clock_timestamp()"
        f" RETURNING {_PUBLISHED}",
        _HOLDER_DIED,
    )
    after_commit(lambda: EMAILS.labels("failed").inc(len(failed)))
    _publish_failed(failed)
    for row in failed:
        sent_with = await fetch(
            "UPDATE email_delivery SET status = 'FAILED', next_attempt_at = NULL, detail = $1"
            f" WHERE sent_with_id = $2 RETURNING {_PUBLISHED}",
            _HOLDER_DIED,
            row["id"],
        )
        _publish_failed(sent_with)


def _publish_failed(rows: Sequence[Any]) -> None:
    """Tell webhooks of e-mails that failed, except for those to the company's own staff."""
    for row in rows:
        if row["kind"] not in TO_STAFF:
            subject = Subject(SubjectType.EMAIL_DELIVERY, UUID(str(row["id"])))
            publish(UUID(str(row["company_id"])), WebhookEvent.EMAIL_FAILED, subject)
