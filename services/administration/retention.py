"""Retention: what is deleted or shortened once it is old, in small transactions.

Views are never deleted, because invoices count them. What identifies a reader is shortened: the
address to its network, and the browser to its name. Questions lose their sender's address. E-mails,
Stripe events, ended sessions, links to set a password and unsaved forms are deleted.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from structlog import get_logger

from auth.client_info import network_of
from db.statements import database_time, execute, execute_many, fetch, id_of
from db.transactions import transactional
from errors import BadInput
from models import AuditAction, Company
from services.administration.companies import lock_company
from services.administration.listings import operator
from services.common import audit_log
from services.common.pagination import MAX_BIGINT
from services.company.company_settings import MAX_RETENTION
from services.email.reminders import REMEMBERED
from services.identity.unsaved_forms import UNSAVED_FORM_TTL
from services.sharing.user_agents import device_name
from settings import Settings

_BATCH_SIZE: Final = 500
_NEXT_VIEWS: Final = 1_000
"""Views of an invoice that are searched for an address: there may be a million."""
_OLD_VIEWS: Final = f"""
    SELECT id, sequence, invoice_id, ip, user_agent FROM invoice_view
    WHERE company_id = $1 AND sequence > $2 AND sequence < COALESCE((
        SELECT sequence FROM (
            SELECT sequence, viewed_at FROM invoice_view
            WHERE company_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $4
        ) AS following WHERE viewed_at >= $3 ORDER BY sequence LIMIT 1
    ), {MAX_BIGINT}) ORDER BY sequence LIMIT $4
"""
"""The next views from before a time. A company's views are in the order of their times, so reading
stops at the first one that is later."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days things are kept as they are, where a company hasn't chosen otherwise."""

    views: int
    emails: int
    events: int

    @classmethod
    def of(cls, settings: Settings) -> "Retention":
        """Return the operator's choice."""
        return cls(
            views=settings.view_retention_days,
            emails=settings.email_retention_days,
            events=settings.event_retention_days,
        )


@dataclass(slots=True)
class Applied:
    """How many rows a run has changed."""

    views_shortened: int = 0
    emails_deleted: int = 0
    stripe_events_deleted: int = 0
    sessions_deleted: int = 0


async def apply_retention(retention: Retention) -> Applied:
    """Shorten and delete all that is old. What was interrupted goes on in the next run."""
    now = await database_time()
    applied = Applied()
    events_before = now - timedelta(days=retention.events)
    for row in await fetch("SELECT id, view_retention_days FROM company ORDER BY id"):
        company_id = id_of(row["id"])
        views = timedelta(days=row["view_retention_days"] or retention.views)
        applied.views_shortened += await _shorten_views(company_id, now - views)
        await _repeat(
            "UPDATE question SET ip = NULL WHERE id IN (SELECT id FROM question WHERE"
            f" company_id = $1 AND asked_at < $2 AND ip IS NOT NULL LIMIT {_BATCH_SIZE})",
            company_id,
            now - views,
        )
        applied.emails_deleted += await _delete(
            "email_delivery",
            "company_id = $1 AND created_at < $2 AND next_attempt_at IS NULL"
            " AND (kind <> 'REMINDER' OR created_at < $3)",
            company_id,
            now - timedelta(days=retention.emails),
            now - REMEMBERED,
        )
        applied.stripe_events_deleted += await _delete(
            "stripe_event",
            "company_id = $1 AND status IN ('APPLIED', 'IGNORED') AND received_at < $2",
            company_id,
            events_before,
        )
    applied.stripe_events_deleted += await _delete(
        "stripe_event",
        "company_id IS NULL AND status IN ('APPLIED', 'IGNORED') AND received_at < $1",
        events_before,
    )
    applied.sessions_deleted += await _delete(
        "credential", "kind = 'SESSION' AND expires_at < $1", events_before
    )
    await _delete("invitation", "expires_at < $1", events_before)
    await _delete("unsaved_form", "submitted_at < $1", now - UNSAVED_FORM_TTL)
    log.info(
        "retention.applied",
        views_shortened=applied.views_shortened,
        emails_deleted=applied.emails_deleted,
        stripe_events_deleted=applied.stripe_events_deleted,
        sessions_deleted=applied.sessions_deleted,
    )
    return applied


@transactional
async def set_view_retention(company_id: str, days: int | None) -> Company:
    """Choose after how many days a company's views are shortened; None for the operator's default.

    What was shortened stays so. Raises NotFound and BadInput.
    """
    if days is not None and not 1 <= days <= MAX_RETENTION:
        raise BadInput(f"Choose from 1 to {MAX_RETENTION} days.", field="days")
    company = await lock_company(company_id)
    if company.view_retention_days != days:
        company.view_retention_days = days
        await company.save(update_fields=["view_retention_days"])
        after = "as many days as others" if days is None else f"{days} days"
        await audit_log.note(
            operator(company.id),
            AuditAction.COMPANY_UPDATED,
            company.id,
            company.name,
            detail=f"Opens keep address and browser for {after}.",
        )
    return company


# --- views ----------------------------------------------------------------------------------------


async def _shorten_views(company_id: UUID, before: datetime) -> int:
    """Shorten a company's views from before then. Their order and the invoices' counts stay."""
    known = await fetch(
        "SELECT shortened_views FROM company_upkeep WHERE company_id = $1", company_id
    )
    last: int = known[0]["shortened_views"] if known else 0
    count = 0
    while True:
        rows = await fetch(_OLD_VIEWS, company_id, last, before, _BATCH_SIZE)
        if not rows:
            return count
        last = rows[-1]["sequence"]
        await _shorten(company_id, rows, last)
        count += len(rows)
        if len(rows) < _BATCH_SIZE:
            return count


@transactional
async def _shorten(company_id: UUID, views: Sequence[Any], last: int) -> None:
    """Shorten views, and forget addresses that don't come with the _NEXT_VIEWS of an invoice.

    Such an address counts as a new one if it comes back.
    """
    await execute_many(
        "UPDATE invoice_view SET ip = $1, user_agent = $2 WHERE id = $3",
        [
            (
                row["ip"] and network_of(row["ip"]),
                row["user_agent"] and device_name(row["user_agent"]),
                row["id"],
            )
            for row in views
        ],
    )
    addresses: defaultdict[UUID, set[str]] = defaultdict(set)
    for row in views:
        if row["ip"]:
            addresses[id_of(row["invoice_id"])].add(row["ip"])
    if addresses:
        await execute_many(
            "DELETE FROM invoice_viewer WHERE invoice_id = $1 AND ip = ANY($2) AND NOT EXISTS"
            " (SELECT 1 FROM (SELECT ip FROM invoice_view WHERE invoice_id = $1 AND sequence > $3"
            f" ORDER BY sequence LIMIT {_NEXT_VIEWS}) AS next WHERE next.ip = invoice_viewer.ip)",
            [(invoice_id, sorted(ips), last) for invoice_id, ips in sorted(addresses.items())],
        )
    await execute(
        "INSERT INTO company_upkeep (company_id, shortened_views) VALUES ($1, $2)"
        " ON CONFLICT (company_id) DO UPDATE SET shortened_views = excluded.shortened_views"
        " WHERE company_upkeep.shortened_views < excluded.shortened_views",
        company_id,
        last,
    )


# --- rows that go ---------------------------------------------------------------------------------


async def _delete(table: str, condition: str, *values: object) -> int:
    """Delete rows in batches; return how many."""
    return await _repeat(
        f"DELETE FROM {table} WHERE id IN"
        f" (SELECT id FROM {table} WHERE {condition} LIMIT {_BATCH_SIZE})",
        *values,
    )


async def _repeat(sql: str, *values: object) -> int:
    """Run a statement for a batch until nothing is left, each time in its own transaction.

    Returns how many rows there were.
    """
    count = 0
    while True:
        changed = await execute(sql, *values)
        count += changed
        if changed < _BATCH_SIZE:
            return count
