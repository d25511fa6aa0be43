"""Orders of lists whose rows change while somebody pages."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.staff import authenticate
from db.connections import connection
from db.statements import execute, fetch
from models import Invoice
from models.views import hour_of
from services.billing.lists.filters import InvoiceFilter
from services.common.listings import Listing, Window
from services.common.pagination import encode_cursor
from tests.support.clients import Business

_START: Final = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
_times = st.lists(st.none() | st.integers(0, 200), min_size=7, max_size=7)


async def _listing(business: Business, order: str) -> Listing[Invoice]:
    staff = await authenticate(f"Bearer {business.secret}")
    return await InvoiceFilter().listing(staff, order)


async def _invoices(business: Business, count: int) -> list[Invoice]:
    if not await Invoice.filter(company_id=business.company_id).exists():
        customer_id = await business.make_customer()
        for _ in range(count):
            await business.share(await business.make_invoice(customerId=customer_id))
    return await Invoice.filter(company_id=business.company_id).order_by("created_at")


async def _open(invoice: Invoice, minutes: int | None) -> None:
    """Make an invoice one that was last opened some minutes after the start, or never."""
    at = None if minutes is None else _START + timedelta(minutes=minutes)
    await Invoice.filter(id=invoice.id).update(
        view_count=0 if at is None else 1,
        first_viewed_at=at,
        last_viewed_at=at,
        last_viewed_hour=None if at is None else hour_of(at),
    )


async def _paged(listing: Listing[Invoice], size: int, *, backwards: bool = False) -> list[Invoice]:
    """Return all rows, page by page."""
    rows, cursor = list[Invoice](), None
    while True:
        page = await listing.page(Window(size=size, cursor=cursor, backwards=backwards))
        rows = [*page.rows, *rows] if backwards else [*rows, *page.rows]
        cursor = page.start_cursor if backwards else page.end_cursor
        if not (page.has_previous if backwards else page.has_next):
            return rows


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_times, st.integers(1, 8))
async def test_pages_by_last_view_have_every_invoice_once_and_in_order(
    business: Business, times: list[int | None], size: int
) -> None:
    invoices = await _invoices(business, 7)
    for invoice, minutes in zip(invoices, times, strict=True):
        await _open(invoice, minutes)
    places = {
        invoice.id: (-1 if minutes is None else minutes, place)
        for place, (invoice, minutes) in enumerate(zip(invoices, times, strict=True))
    }
    upwards = sorted(places, key=lambda id_: places[id_])
    for order, expected in (("LAST_VIEWED", upwards), ("LAST_VIEWED_DESC", upwards[::-1])):
        listing = await _listing(business, order)
        for backwards in (False, True):
            found = await _paged(listing, size, backwards=backwards)
            assert [invoice.id for invoice in found] == expected


async def test_pages_go_on_where_they_were_after_an_invoice_was_opened_again(
    business: Business,
) -> None:
    invoices = await _invoices(business, 5)
    for minutes, invoice in enumerate(invoices[1:]):
        await _open(invoice, minutes)
    never, oldest, *_, newer, newest = [invoice.id for invoice in invoices]
    listing = await _listing(business, "LAST_VIEWED_DESC")
    first = await listing.page(Window(size=2))
    assert [row.id for row in first.rows] == [newest, newer]
    token = str(invoices[3].share_token)
    await business.stranger.record_view(token)
    rest = await listing.page(Window(size=5, cursor=first.end_cursor))
    assert [row.id for row in rest.rows] == [invoices[2].id, oldest, never]
    again = await listing.page(Window(size=1))
    assert [row.id for row in again.rows] == [newer]
    [row] = again.rows
    assert row.last_viewed_at
    assert row.last_viewed_hour == hour_of(row.last_viewed_at)


async def test_a_cursor_that_no_page_has_finds_nothing_or_is_refused(business: Business) -> None:
    invoices = await _invoices(business, 2)
    for values in (
        (_START, None, _START, invoices[0].id),
        (None, _START, _START, invoices[0].id),
        (None, None, _START, invoices[0].id),
    ):
        cursor = encode_cursor(*values, scope="LAST_VIEWED")
        data: Any = await business.gql(
            "query($after: String) { company { invoices(orderBy: LAST_VIEWED, after: $after)"
            " { edges { node { id } } } } }",
            after=cursor,
        )
        assert len(data["company"]["invoices"]["edges"]) <= 2


async def test_rows_opened_in_an_hour_are_all_that_is_sorted(business: Business) -> None:
    if connection().capabilities.dialect == "sqlite":
        pytest.skip("SQLite says nothing of how much it sorts.")
    invoices = await _invoices(business, 6)
    for minutes, invoice in enumerate(invoices):
        await _open(invoice, minutes * 60)
    listing = await _listing(business, "LAST_VIEWED_DESC")
    columns = [f"-{column}" for column, _ in listing.order.key]
    rows = listing.rows.filter(last_viewed_hour__isnull=False).order_by(*columns).limit(2)
    for way in ("seqscan", "bitmapscan", "sort"):
        await execute(f"SET enable_{way} = off")
    try:
        plan = await fetch(f"EXPLAIN {rows.sql(params_inline=True)}")
    finally:
        for way in ("seqscan", "bitmapscan", "sort"):
            await execute(f"RESET enable_{way}")
    text = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Presorted Key: last_viewed_hour" in text
    assert "invoice_by_last_view" in text
