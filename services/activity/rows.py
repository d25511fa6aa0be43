"""The rows behind timelines, newest first: each kind is read by an index that has no others."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from db.connections import connection
from db.shown_rows import SHOWN_EMAILS, SHOWN_ENTRIES, SHOWN_NEWS, SHOWN_UPDATES
from db.statements import fetch_records, id_of, instant_of
from services.activity.entries import SubjectKind
from services.activity.scopes import Position, Scope

_SEEN: Final = (
    "SELECT view.*, CASE WHEN read_at IS NULL THEN FALSE ELSE COALESCE(read_at = ("
    "SELECT first_read_at FROM invoice WHERE invoice.id = invoice_id), FALSE) END AS is_first_read"
    " FROM (SELECT * FROM invoice_view WHERE {owner} = $1 AND sequence <= $2"
    " ORDER BY sequence DESC LIMIT $3) AS view"
)
_EACH: Final = f"""SELECT sequence, viewed_at,
        sequence AS first_sequence, viewed_at AS first_viewed_at,
        1 AS views, read_at IS NOT NULL AS reads, pdf_downloaded_at IS NOT NULL AS downloads,
        pay_clicked_at IS NOT NULL AS clicks,
        source, ip, user_agent, automated, invoice_id, is_first_read
    FROM ({_SEEN}) AS view ORDER BY sequence DESC
"""
_IN_RUNS: Final = f"""SELECT max(sequence) AS sequence, max(viewed_at) AS viewed_at,
        min(sequence) AS first_sequence, min(viewed_at) AS first_viewed_at,
        count(*) AS views, count(read_at) AS reads, count(pdf_downloaded_at) AS downloads,
        count(pay_clicked_at) AS clicks,
        source, ip, user_agent, automated, invoice_id, is_first_read
    FROM (
        SELECT *, count(*) FILTER (WHERE begins) OVER newest_first AS run
        FROM (
            SELECT *, alike IS DISTINCT FROM lag(alike) OVER newest_first AS begins
            FROM (
                SELECT *, ROW(
                    invoice_id, is_first_read, sequence / $4, place,
                    CASE WHEN place = 0 OR is_first_read THEN sequence END
                ) AS alike
                FROM (
                    SELECT *, width_bucket(viewed_at, CAST($5 AS timestamptz[])) AS place
                    FROM ({_SEEN}) AS view
                ) AS view
            ) AS view WINDOW newest_first AS (PARTITION BY automated ORDER BY sequence DESC)
        ) AS view WINDOW newest_first AS (PARTITION BY automated ORDER BY sequence DESC)
    ) AS view
    GROUP BY run, source, ip, user_agent, automated, invoice_id, is_first_read
    ORDER BY sequence DESC
"""
"""Views that follow each other and are alike, as one row. SQLite doesn't understand it."""
_UPDATES: Final = (
    "SELECT sequence, change, amount, at, actor, reason, subject_id, customer_id, invoice_id,"
    " quote_id, credit_note_id FROM invoice_update{by_index}"
    " WHERE {owner} = $1 AND sequence <= $2 AND {condition} ORDER BY sequence DESC LIMIT $3"
)
_EMAILS: Final = (
    "SELECT id, kind, created_at, recipient, written_recipient, status, detail, actor,"
    " next_attempt_at, customer_id, invoice_id, quote_id, credit_note_id FROM email_delivery"
    " WHERE {owner} = $1 AND (created_at, id) <= ($2, $3) AND {condition}"
    " ORDER BY created_at DESC, id DESC LIMIT $4"
)
_ENTRIES: Final = (
    "SELECT id, action, at, actor, subject_id, subject, detail, customer_id FROM audit_entry"
    " WHERE {owner} = $1 AND (at, id) <= ($2, $3) AND {condition}"
    " ORDER BY at DESC, id DESC LIMIT $4"
)
_SAID_OF_INVOICES: Final = (
    " AND action NOT IN ('CREDIT_NOTE_APPLIED', 'CREDIT_APPLICATION_REVERSED')"
)
"""Of the audit log, what several timelines have as an event of the invoice."""


class Source(IntEnum):
    """Where a row comes from. Of rows with the same time, those of the first are the newest."""

    VIEWS = 0
    EMAILS = 1
    UPDATES = 2
    ENTRIES = 3


class Row(NamedTuple):
    """A row, its place in the order of its source, and its time."""

    source: Source
    key: Any
    at: datetime
    values: Mapping[str, Any]


class Runs(NamedTuple):
    """Which views are one row where they follow each other and have the same visitor."""

    part: int
    """How many places of the company's sequence, counted from 0, are a part. A row has views of one
    part."""
    limits: Sequence[datetime]
    """Times, in order. A row has views between two of them. Each view before the first has a row of
    its own."""


async def load_views(
    scope: Scope, position: Position, limit: int, runs: Runs | None = None
) -> Sequence[Row]:
    """Return the views, automated ones, too: leaving them out could mean reading millions.

    At most `limit` of them are read. On PostgreSQL, views that are one row by `runs` have the key
    and the time of the newest.
    """
    if scope.type not in {None, SubjectKind.INVOICE, SubjectKind.CUSTOMER}:
        return []
    values = (scope.id, position.views, limit)
    if runs is None or connection().capabilities.dialect == "sqlite":
        found = await fetch_records(_EACH.format(owner=scope.column), *values)
    else:
        found = await fetch_records(_IN_RUNS.format(owner=scope.column), *values, *runs)
    return [Row(Source.VIEWS, row["sequence"], instant_of(row["viewed_at"]), row) for row in found]


async def load_updates(scope: Scope, position: Position, limit: int) -> Sequence[Row]:
    """Return the events of documents."""
    condition = SHOWN_NEWS if scope.only_clients else SHOWN_UPDATES
    # SQLite would rather read all events of a company by the index of their sequence.
    index = "news" if scope.only_clients else f"of_{scope.column.removesuffix('_id')}"
    on_sqlite = connection().capabilities.dialect == "sqlite"
    by_index = f" INDEXED BY invoice_update_{index}" if on_sqlite else ""
    sql = _UPDATES.format(owner=scope.column, condition=condition, by_index=by_index)
    found = await fetch_records(sql, scope.id, position.updates, limit)
    return [Row(Source.UPDATES, row["sequence"], instant_of(row["at"]), row) for row in found]


async def load_emails(scope: Scope, position: Position, limit: int) -> Sequence[Row]:
    """Return the e-mails about documents."""
    if scope.only_clients:
        return []
    sql = _EMAILS.format(owner=scope.column, condition=SHOWN_EMAILS)
    found = await fetch_records(sql, scope.id, *position.emails, limit)
    return [_row(Source.EMAILS, row, row["created_at"]) for row in found]


async def load_entries(scope: Scope, position: Position, limit: int) -> Sequence[Row]:
    """Return the entries of the audit log."""
    if scope.only_clients:
        return []
    is_of_one = scope.type not in {None, SubjectKind.CUSTOMER}
    owner = "subject_id" if is_of_one else scope.column
    condition = SHOWN_ENTRIES if is_of_one else SHOWN_ENTRIES + _SAID_OF_INVOICES
    sql = _ENTRIES.format(owner=owner, condition=condition)
    found = await fetch_records(sql, scope.id, *position.entries, limit)
    return [_row(Source.ENTRIES, row, row["at"]) for row in found]


def _row(source: Source, values: Mapping[str, Any], at: datetime | str) -> Row:
    key: tuple[datetime, UUID] = (instant_of(at), id_of(values["id"]))
    return Row(source, key, key[0], values)
