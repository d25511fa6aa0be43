"""Comparing documents with the rows behind their figures: all of them, or what has changed.

What has changed follows from the events and views of invoices, which a company numbers in the order
of their commits, so none is overlooked. Credit notes that were issued, voided or paid out are found
in the audit log.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from db.statements import execute, fetch, id_of
from services.common.pagination import MAX_BIGINT
from services.ledger.account_months import compare_months
from services.ledger.integrity import (
    Difference,
    compare_checkouts,
    compare_credit_notes,
    compare_invoices,
)
from services.ledger.reminder_dates import compare_reminders
from services.ledger.view_counts import compare_views

VIEW_COUNTS: Final = "view counts"
REMINDERS: Final = "days of reminders"
ACCOUNTS: Final = "accounts"
_BATCH_SIZE: Final = 500
"""Events or views whose documents are compared at a time."""
_OVERLAP: Final = timedelta(minutes=10)
"""How much later than its time an entry of the audit log may be committed."""
_NOTED: Final = (
    "('CREDIT_NOTE_ISSUED', 'CREDIT_NOTE_VOIDED', 'CREDIT_PAID_OUT', 'CREDIT_PAYOUT_REVERSED')"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A document that was compared."""

    noun: str
    """What such documents or figures are called: "invoices"."""
    differences: Sequence[Difference]


async def compare_everything() -> AsyncGenerator[Compared, None]:
    """Compare every invoice, credit note, checkout and account, all views and days of reminders."""
    async for compared in _compare(None, None, None):
        yield compared
    async for found in compare_months():
        yield Compared(ACCOUNTS, found)
    last_id = UUID(int=0)
    batch = f"SELECT id FROM invoice WHERE id > $1 ORDER BY id LIMIT {_BATCH_SIZE}"
    while ids := await _ids(batch, last_id):
        async for found in compare_views(ids, 0, MAX_BIGINT):
            yield Compared(VIEW_COUNTS, found)
        async for found in compare_reminders(ids):
            yield Compared(REMINDERS, found)
        last_id = ids[-1]


async def compare_changes(since: datetime) -> AsyncGenerator[Compared, None]:
    """Compare what has changed since it was last compared, some documents more than once.

    `since` is when the last comparison began. A company whose documents differ is compared again
    until they are right.
    """
    for numbered, reconciled, compare in (
        ("update_sequence", "reconciled_updates", _compare_events),
        ("sequence", "reconciled_views", _compare_views),
    ):
        async for compared in _compare_new(numbered, reconciled, compare):
            yield compared
    noted = await _noted_credit_notes(since)
    for start in range(0, len(noted), _BATCH_SIZE):
        async for compared in _compare([], noted[start : start + _BATCH_SIZE], []):
            yield compared


async def _compare_new(
    numbered: str, reconciled: str, compare: Callable[[UUID, int, int], AsyncIterator[Compared]]
) -> AsyncIterator[Compared]:
    """Compare what companies have numbered since it was last compared.

    `numbered` is the column of `view_feed` with a company's last number, and `reconciled` that of
    `company_upkeep` with the last one whose documents were right.
    """
    for row in await fetch(
        f"SELECT view_feed.company_id, {numbered} AS last, COALESCE({reconciled}, 0) AS reconciled"
        " FROM view_feed LEFT JOIN company_upkeep"
        " ON company_upkeep.company_id = view_feed.company_id"
        f" WHERE {numbered} > COALESCE({reconciled}, 0) ORDER BY view_feed.company_id"
    ):
        company_id = id_of(row["company_id"])
        are_right = True
        for begin in range(row["reconciled"], row["last"], _BATCH_SIZE):
            end = min(begin + _BATCH_SIZE, row["last"])
            async for compared in compare(company_id, begin, end):
                are_right = are_right and not compared.differences
                yield compared
            if are_right:
                await _note(company_id, reconciled, end)


async def _compare(
    invoices: Sequence[UUID] | None,
    credit_notes: Sequence[UUID] | None,
    checkouts: Sequence[UUID] | None,
) -> AsyncIterator[Compared]:
    """Compare documents by their ids; None is all of them."""
    for noun, differences in (
        ("invoices", compare_invoices(invoices)),
        ("credit notes", compare_credit_notes(credit_notes)),
        ("checkouts", compare_checkouts(checkouts)),
    ):
        async for found in differences:
            yield Compared(noun, found)


async def _compare_events(company_id: UUID, begin: int, end: int) -> AsyncIterator[Compared]:
    """Compare the documents of a company's events after `begin`, up to `end`."""
    invoices = await _ids(
        "SELECT DISTINCT invoice_id AS id FROM invoice_update WHERE company_id = $1"
        " AND sequence > $2 AND sequence <= $3 AND invoice_id IS NOT NULL",
        company_id,
        begin,
        end,
    )
    if not invoices:
        return
    credit_notes = await _ids(
        "SELECT credit_note_id AS id FROM credit_application WHERE invoice_id = ANY($1)"
        " UNION SELECT credit_note_id FROM surplus WHERE invoice_id = ANY($1)"
        " UNION SELECT id FROM credit_note WHERE invoice_id = ANY($1)",
        invoices,
    )
    checkouts = await _ids(
        "SELECT DISTINCT checkout_id AS id FROM checkout_share WHERE invoice_id = ANY($1)", invoices
    )
    async for compared in _compare(invoices, credit_notes, checkouts):
        yield compared
    async for found in compare_reminders(invoices):
        yield Compared(REMINDERS, found)


async def _compare_views(company_id: UUID, begin: int, end: int) -> AsyncIterator[Compared]:
    """Compare the invoices of a company's views after `begin`, up to `end`, with their views."""
    invoices = await _ids(
        "SELECT DISTINCT invoice_id AS id FROM invoice_view WHERE company_id = $1"
        " AND sequence > $2 AND sequence <= $3",
        company_id,
        begin,
        end,
    )
    # The tally of views up to `end` may have a number of the next ones, which were written with
    # them.
    async for found in compare_views(invoices, begin, end + _BATCH_SIZE):
        yield Compared(VIEW_COUNTS, found)


async def _noted_credit_notes(since: datetime) -> list[UUID]:
    return await _ids(
        "SELECT DISTINCT subject_id AS id FROM company JOIN audit_entry"
        f" ON audit_entry.company_id = company.id AND action IN {_NOTED} AND at >= $1",
        since - _OVERLAP,
    )


async def _ids(sql: str, *values: object) -> list[UUID]:
    return [id_of(row["id"]) for row in await fetch(sql, *values)]


async def _note(company_id: UUID, column: str, sequence: int) -> None:
    """Note up to which number the company's documents are right."""
    await execute(
        f"INSERT INTO company_upkeep (company_id, {column}) VALUES ($1, $2)"
        f" ON CONFLICT (company_id) DO UPDATE SET {column} = excluded.{column}"
        f" WHERE company_upkeep.{column} < excluded.{column}",
        company_id,
        sequence,
    )
