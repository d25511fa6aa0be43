"""The queue of e-mails: rows that one process at a time holds, while it shows signs of life.

    QUEUED → SENDING → SENT
       ↑ ↓       ↓
       └─┴───────┴──→ FAILED, SKIPPED

Whoever takes a row has it for a lease, and renews it. While the row is QUEUED nothing has been
handed over, so when its holder dies another simply takes it. It is SENDING from right before the
message is handed over until the answer is noted. A holder that dies in between leaves a row of
which nobody knows whether it was delivered. It fails and says so: to send it again could double it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from db.signals import Signal
from db.statements import execute, fetch
from models import DeliveryState, EmailDelivery

EMAILS_QUEUED: Final = Signal()
LEASE: Final = timedelta(seconds=15)
"""For how long a row is nobody else's after its holder has last shown a sign of life."""
_FIRST_DELAY: Final = timedelta(seconds=5)
_MAX_DOUBLINGS: Final = 20
_LONGEST_DELAY: Final = timedelta(hours=4)
_GIVE_UP_AFTER: Final = timedelta(days=4)
"""RFC 5321 4.5.4.1 has senders try for four to five days."""
_MAX_DETAIL: Final = 1000
DIED: Final = (
    "The portal stopped while it handed the e-mail over. It may have arrived. Send it again if it"
    " has not."
)


class Overtaken(Exception):
    """Somebody else holds the delivery by now: it must not be handed over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery in the hands of who tries it for the `attempt`th time."""

    delivery_id: UUID
    attempt: int

    @classmethod
    def at_birth(cls, delivery: EmailDelivery) -> "Claim":
        """Return the claim of who has just made `delivery` with `held_columns`."""
        return cls(delivery.id, delivery.attempts)


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery; with a claim, whoever has asked for it is to have it carried now."""

    delivery: EmailDelivery
    claim: Claim | None = None


def held_columns() -> dict[str, Any]:
    """Return the columns of a new delivery that its maker tries at once."""
    return {"attempts": 1, "next_attempt_at": datetime.now(UTC) + LEASE}


async def claim_next() -> Claim | None:
    """Take the delivery that is due first, announcements after everything else; None if none is."""
    for kinds in ("('INVOICE', 'QUOTE', 'REMINDER')", "('ANNOUNCEMENT')"):
        now = datetime.now(UTC)
        rows = await fetch(
            "UPDATE email_delivery SET attempts = attempts + 1, next_attempt_at = $1 WHERE id = ("
            f" SELECT id FROM email_delivery WHERE status = 'QUEUED' AND kind IN {kinds}"
            " AND next_attempt_at <= $2 ORDER BY next_attempt_at LIMIT 1"
            " FOR NO KEY UPDATE SKIP LOCKED) RETURNING id, attempts",
            now + LEASE,
            now,
        )
        if rows:
            [row] = rows
            return Claim(UUID(str(row["id"])), row["attempts"])
    return None


async def renew(claim: Claim) -> None:
    """Show a sign of life."""
    await execute(
        "UPDATE email_delivery SET next_attempt_at = $1"
        " WHERE id = $2 AND attempts = $3 AND next_attempt_at IS NOT NULL",
        datetime.now(UTC) + LEASE,
        claim.delivery_id,
        claim.attempt,
    )


async def give_back(claim: Claim) -> None:
    """Let whoever works off the queue have it, at once."""
    await execute(
        "UPDATE email_delivery SET next_attempt_at = $1"
        " WHERE id = $2 AND attempts = $3 AND status = 'QUEUED'",
        datetime.now(UTC),
        claim.delivery_id,
        claim.attempt,
    )


async def hand_over(claim: Claim) -> None:
    """Note that the message is about to be handed over. Raises Overtaken."""
    changed = await execute(
        "UPDATE email_delivery SET status = 'SENDING', next_attempt_at = $1"
        " WHERE id = $2 AND attempts = $3 AND status = 'QUEUED'",
        datetime.now(UTC) + LEASE,
        claim.delivery_id,
        claim.attempt,
    )
    if not changed:
        raise Overtaken


async def finish(claim: Claim, status: DeliveryState, detail: str) -> None:
    """Note how it ended. An answer that comes late is the truth all the same."""
    await execute(
        "UPDATE email_delivery SET status = $1, next_attempt_at = NULL, detail = $2, sent_at = $3"
        " WHERE id = $4 AND attempts = $5",
        status.value,
        detail[:_MAX_DETAIL],
        datetime.now(UTC) if status is DeliveryState.SENT else None,
        claim.delivery_id,
        claim.attempt,
    )


async def postpone(claim: Claim, detail: str) -> None:
    """Note that it was not delivered, and when to try again; after four days it has failed."""
    delivery = await EmailDelivery.get(id=claim.delivery_id)
    now = datetime.now(UTC)
    if now - delivery.created_at > _GIVE_UP_AFTER:
        await finish(claim, DeliveryState.FAILED, detail)
        return
    await execute(
        "UPDATE email_delivery SET status = 'QUEUED', next_attempt_at = $1, detail = $2"
        " WHERE id = $3 AND attempts = $4",
        now + delay_after(claim.attempt),
        detail[:_MAX_DETAIL],
        claim.delivery_id,
        claim.attempt,
    )


def delay_after(attempt: int) -> timedelta:
    """Return how long to wait after the `attempt`th failure: 5 seconds, doubled up to 4 hours."""
    doublings = min(attempt - 1, _MAX_DOUBLINGS)
    return min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)


async def fail_abandoned() -> int:
    """Have those fail whose holder has died with the message handed over; returns how many."""
    return await execute(
        "UPDATE email_delivery SET status = 'FAILED', next_attempt_at = NULL, detail = $1"
        " WHERE status = 'SENDING' AND next_attempt_at <= $2",
        DIED,
        datetime.now(UTC),
    )
