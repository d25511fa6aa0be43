"""Comparing with the ledger what has changed, and nothing else."""

from datetime import UTC, datetime, timedelta

from models import CreditNote, Invoice
from services.ledger.comparison import compare_changes, compare_everything
from tests.support.clients import Business


async def _compared(since: datetime | None = None) -> list[tuple[str, list[str]]]:
    """Return what was compared, with the figures that differ."""
    since = since or datetime.now(UTC) + timedelta(days=1)
    return [
        (each.noun, [found.figure for found in each.differences])
        async for each in compare_changes(since)
    ]


async def test_only_documents_with_new_events_are_compared(business: Business) -> None:
    await business.make_invoice()
    await _compared()
    assert await _compared() == []
    await business.make_draft()
    assert await _compared() == []
    await business.make_invoice()
    assert await _compared() == [("invoices", [])]


async def test_what_differs_is_reported_until_it_is_right(business: Business) -> None:
    await _compared()
    invoice_id = await business.make_invoice()
    await Invoice.filter(id=invoice_id).update(amount_pending=1)
    for _ in range(2):
        assert await _compared() == [("invoices", ["amount pending"])]
    await Invoice.filter(id=invoice_id).update(amount_pending=0)
    assert await _compared() == [("invoices", [])]
    assert await _compared() == []


async def test_credit_notes_in_the_audit_log_are_compared(business: Business) -> None:
    await _compared()
    before = datetime.now(UTC)
    note_id = await business.make_credit_note(await business.make_customer(), "5.00")
    assert ("credit notes", []) in await _compared(before)
    await CreditNote.filter(id=note_id).update(paid_out=1)
    assert ("credit notes", ["amount paid out"]) in await _compared(before)
    await CreditNote.filter(id=note_id).update(paid_out=0)


async def test_a_full_comparison_also_finds_what_has_no_event(business: Business) -> None:
    draft_id = await business.make_draft()
    await _compared()
    await Invoice.filter(id=draft_id).update(amount_pending=1)
    try:
        found = [found async for each in compare_everything() for found in each.differences]
        assert [each.document for each in found] == [f"invoice {draft_id}"]
    finally:
        await Invoice.filter(id=draft_id).update(amount_pending=0)
