"""Comparing documents with the ledger: all of them, or those that have changed.

What has changed follows from the events of invoices, which a company numbers in the order of their
commits, so none is overlooked. Credit notes that were issued, voided or paid out are found in the
audit log.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from db.statements import execute, fetch, id_of
from services.ledger.integrity import (
    Difference,
    compare_checkouts,
    compare_credit_notes,
    compare_invoices,
)

_BATCH_SIZE: Final = 500
"""Events whose documents are compared at a time."""
_OVERLAP: Final = timedelta(minutes=10)
"""How much later than its time an entry of the audit log may be committed."""
_NOTED: Final = (
    "('CREDIT_NOTE_ISSUED', 'CREDIT_NOTE_VOIDED', 'CREDIT_PAID_OUT', 'CREDIT_PAYOUT_REVERSED')"
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A document that was compared."""

    noun: str
    """What such documents are called: "invoices"."""
    differences: Sequence[Difference]


async def compare_everything() -> AsyncGenerator[Compared, None]:
    """Compare every invoice, credit note and checkout."""
    async for compared in _compare(None, None, None):
        yield compared


async def compare_changes(since: datetime) -> AsyncGenerator[Compared, None]:
    """Compare what has changed since it was last compared, some documents more than once.

    `since` is when the last comparison began. A company whose documents differ is compared again
    until they are right.
    """
    for row in await fetch(
        "SELECT view_feed.company_id, update_sequence,"
        " COALESCE(reconciled_updates, 0) AS reconciled FROM view_feed"
        " LEFT JOIN company_upkeep ON company_upkeep.company_id = view_feed.company_id"
        " WHERE update_sequence > COALESCE(reconciled_updates, 0) ORDER BY view_feed.company_id"
    ):
        company_id = id_of(row["company_id"])
        are_right = True
        for begin in range(row["reconciled"], row["update_sequence"], _BATCH_SIZE):
            end = min(begin + _BATCH_SIZE, row["update_sequence"])
            async for compared in _compare_events(company_id, begin, end):
                are_right = are_right and not compared.differences
                yield compared
            if are_right:
                await _note(company_id, end)
    noted = await _noted_credit_notes(since)
    for start in range(0, len(noted), _BATCH_SIZE):
        async for compared in _compare([], noted[start : start + _BATCH_SIZE], []):
            yield compared


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


async def _noted_credit_notes(since: datetime) -> list[UUID]:
    return await _ids(
        "SELECT DISTINCT subject_id AS id FROM company JOIN audit_entry"
        f" ON audit_entry.company_id = company.id AND action IN {_NOTED} AND at >= $1",
        since - _OVERLAP,
    )


async def _ids(sql: str, *values: object) -> list[UUID]:
    return [id_of(row["id"]) for row in await fetch(sql, *values)]


async def _note(company_id: UUID, sequence: int) -> None:
    """Note up to which event the company's documents are right."""
    await execute(
        "INSERT INTO company_upkeep (company_id, reconciled_updates) VALUES ($1, $2)"
        " ON CONFLICT (company_id) DO UPDATE SET reconciled_updates = excluded.reconciled_updates"
        " WHERE company_upkeep.reconciled_updates < excluded.reconciled_updates",
        company_id,
        sequence,
    )
