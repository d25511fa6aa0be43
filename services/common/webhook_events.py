"""Events for webhooks: each is written in the transaction that causes it.

An event becomes a delivery for each of the company's webhooks that wants it. A counter in
`view_feed` numbers the deliveries. Its row stays locked until the commit, so they are in the order
of the commits. If no webhook wants an event, it costs one look-up.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from core.telemetry.tracing import traceparent
from db.signals import Signal
from db.statements import execute, execute_many, fetch, instant_of
from db.transactions import before_commit, transactional
from models import SubjectType, WebhookEvent

DELIVERIES_QUEUED: Final = Signal()
"""Tells the worker that there is something to deliver."""
WANT_VIEWS: Final = f"enabled AND event_names LIKE '%{WebhookEvent.INVOICE_VIEWED}%'"
"""SQL: whether a webhook gets views."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The row that an event is about."""

    type: SubjectType
    id: UUID | int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    company_id: UUID
    event: WebhookEvent
    subject: Subject
    webhook_id: UUID | None = None
    """The only webhook that gets a test; None for all that want the event."""


def publish(company_id: UUID, event: WebhookEvent, subject: Subject) -> None:
    """Send an event to the company's webhooks if the running transaction commits.

    Raises RuntimeError outside of a transaction.
    """
    before_commit(_write, _Published(company_id=company_id, event=event, subject=subject))


def publish_test(company_id: UUID, event: WebhookEvent, webhook_id: UUID) -> None:
    """Queue a test for one enabled webhook, as `publish` does."""
    subject = Subject(SubjectType.WEBHOOK, webhook_id)
    before_commit(
        _write,
        _Published(company_id=company_id, event=event, subject=subject, webhook_id=webhook_id),
    )


async def next_sequences(company_id: UUID, count: int) -> tuple[int, datetime]:
    """Take `count` numbers for deliveries; return the first one and the database's time.

    It locks the feed until the commit, and no other lock may be taken after it.
    """
    [row] = await fetch(
        "UPDATE view_feed SET delivery_sequence = delivery_sequence + $1 WHERE company_id = $2"
        " RETURNING delivery_sequence, clock_timestamp() AS now",
        count,
        company_id,
    )
    return row["delivery_sequence"] - count + 1, instant_of(row["now"])


async def forget_unwanted_views() -> None:
    """Let views be written without asking for webhooks in companies where none wants them now."""
    for row in await fetch(
        "SELECT company_id FROM view_feed WHERE tells_views AND NOT EXISTS (SELECT 1 FROM webhook"
        f" WHERE company_id = view_feed.company_id AND {WANT_VIEWS})"
    ):
        await _note_wanted_views(row["company_id"])


@transactional
async def _note_wanted_views(company_id: UUID) -> None:
    # Locked by a statement of its own, so that the next one sees a webhook that was just created.
    await fetch(
        "SELECT id FROM view_feed WHERE company_id = $1 FOR NO KEY UPDATE",
        company_id,
    )
    await execute(
        "UPDATE view_feed SET tells_views = EXISTS (SELECT 1 FROM webhook"
        f" WHERE company_id = $1 AND {WANT_VIEWS}) WHERE company_id = $1",
        company_id,
    )


async def _write(published: Sequence[_Published]) -> None:
    by_company: defaultdict[UUID, list[_Published]] = defaultdict(list)
    for each in published:
        by_company[each.company_id].append(each)
    for company_id in sorted(by_company):
        await _write_of(company_id, by_company[company_id])


async def _write_of(company_id: UUID, published: Sequence[_Published]) -> None:
    # Locked, so that none of them is deleted before its deliveries are written.
    webhooks = await fetch(
        "SELECT id, event_names FROM webhook WHERE company_id = $1 AND enabled"
        " ORDER BY id FOR KEY SHARE",
        company_id,
    )
    wanted = [
        (webhook["id"], each)
        for each in published
        for webhook in webhooks
        if _is_told(UUID(str(webhook["id"])), webhook["event_names"], each)
    ]
    if not wanted:
        return
    first, now = await next_sequences(company_id, len(wanted))
    parent = traceparent()
    await execute_many(
        "INSERT INTO webhook_delivery (id, company_id, webhook_id, event, subject_type, subject_id,"
        " occurred_at, queued_at, sequence, trace_parent, state, attempts)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, 'QUEUED', 0)",
        [
            (
                uuid4(),
                company_id,
                webhook_id,
                each.event.value,
                each.subject.type.value,
                str(each.subject.id),
                now,
                sequence,
                parent,
            )
            for sequence, (webhook_id, each) in enumerate(wanted, start=first)
        ],
    )
    DELIVERIES_QUEUED.send_after_commit(company_id)


def _is_told(webhook_id: UUID, event_names: str, published: _Published) -> bool:
    if published.webhook_id is not None:
        return webhook_id == published.webhook_id
    return published.event in event_names.split()
