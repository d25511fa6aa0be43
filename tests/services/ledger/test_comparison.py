"""Comparing with the ledger what has changed, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Final
from unittest.mock import patch

from models import AccountMonth, Company, CreditNote, Invoice, ViewTally
from services.ledger.comparison import ACCOUNTS, VIEW_COUNTS, compare_changes, compare_everything
from services.sharing import view_rows, view_statement
from tests.support.clients import Business, Caller, new_ip

_COUNT: Final = "number of opens"


async def _compared(since: datetime | None = None) -> list[tuple[str, list[str]]]:
    """Return what was compared, with the figures that differ."""
    since = since or datetime.now(UTC) + timedelta(days=1)
    return [
        (each.noun, [found.figure for found in each.differences])
        async for each in compare_changes(since)
        if each.noun != VIEW_COUNTS
    ]


async def _wrong_views(business: Business) -> list[str]:
    """Return what differs from its views in the company's invoice, if it was compared."""
    name = f"Company {business.company_id}"
    await Company.filter(id=business.company_id).update(name=name)
    return [
        found.figure
        async for each in compare_changes(datetime.now(UTC))
        for found in each.differences
        if each.noun == VIEW_COUNTS and found.company == name
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
        found = [
            found
            async for each in compare_everything()
            for found in each.differences
            if each.noun != VIEW_COUNTS
        ]
        assert f"invoice {draft_id}" in [each.document for each in found]
    finally:
        await Invoice.filter(id=draft_id).update(amount_pending=0)


async def test_a_full_comparison_sums_up_accounts(business: Business) -> None:
    customer_id = await business.make_customer(name="Ada")
    await business.make_invoice(customerId=customer_id)
    sums = AccountMonth.filter(customer_id=customer_id)
    assert await sums.update(amount_low=90_00) == 1
    try:
        [found] = [
            str(found)
            async for each in compare_everything()
            for found in each.differences
            if each.noun == ACCOUNTS
        ]
        month = (await sums.get()).month
        assert found == (
            f"Acme Ltd: account of Ada: sum of {month:%Y-%m} is 90.00 EUR, expected 100.00 EUR"
        )
    finally:
        await sums.update(amount_low=100_00)


async def test_an_invoice_is_compared_with_its_new_views(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    assert await Caller(business.http, ip=new_ip()).record_view(token)
    invoice = await Invoice.get(id=invoice_id)
    await Invoice.filter(id=invoice_id).update(view_count=2)
    for _ in range(2):
        assert await _wrong_views(business) == [_COUNT]
    assert invoice.last_viewed_at is not None
    await Invoice.filter(id=invoice_id).update(
        view_count=1, last_viewed_at=invoice.last_viewed_at - timedelta(seconds=1)
    )
    assert await _wrong_views(business) == ["time of the last open"]
    await Invoice.filter(id=invoice_id).update(
        last_viewed_at=invoice.last_viewed_at,
        last_viewed_hour=invoice.last_viewed_at.replace(minute=0, second=0, microsecond=0)
        - timedelta(hours=1),
    )
    assert await _wrong_views(business) == ["hour of the last open"]
    await invoice.save()
    assert await _wrong_views(business) == []
    # Only new views are compared.
    await Invoice.filter(id=invoice_id).update(view_count=2)
    assert await _wrong_views(business) == []
    await invoice.save()


async def test_tallies_of_views_are_compared(business: Business) -> None:
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    with (
        patch.object(view_statement, "_WRITE", view_statement._WRITE.replace("/ 100", "/ 2")),
        patch.object(view_rows, "VIEWS_PER_TALLY", 2),
    ):
        for _ in range(5):
            assert await Caller(business.http, ip=new_ip()).record_view(token)
    first, second = await ViewTally.filter(invoice_id=invoice_id).order_by("sequence")
    assert (first.view_count, second.view_count) == (2, 4)
    await ViewTally.filter(id=second.id).update(view_count=3)
    assert await _wrong_views(business) == [_COUNT, f"{_COUNT} up to view {second.sequence}"]
    await ViewTally.filter(id=second.id).update(view_count=4)
    await ViewTally.filter(id=first.id).update(view_count=3)
    assert await _wrong_views(business) == [
        f"{_COUNT} up to view {sequence}" for sequence in (first.sequence, second.sequence)
    ]
    await first.save()
    assert await _wrong_views(business) == []
