"""The chart of an invoice's views per day."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from models import Invoice, InvoiceView, ViewSource
from services.sharing.view_stats import Days, load_views_per_day
from tests.support.clients import Business
from tests.support.sql_statements import statements
from tests.support.staff import INVOICES, Browser
from web.dashboard.invoices.charts import HEIGHT, WIDTH, Chart

_LAST = date(2026, 11, 30)


async def _open(invoice: Invoice, at: datetime, *, automated: bool = False) -> None:
    count = await InvoiceView.filter(company_id=invoice.company_id).count()
    await InvoiceView.create(
        company_id=invoice.company_id,
        invoice_id=invoice.id,
        sequence=count + 1,
        viewed_at=at,
        source=ViewSource.LINK,
        automated=automated,
    )


async def test_views_are_counted_per_day_in_utc(business: Business) -> None:
    invoice = await Invoice.get(id=await business.make_invoice())
    other = await Invoice.get(id=await business.make_invoice())
    midnight = datetime(2026, 11, 29, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    for at in (midnight - tick, midnight, midnight + tick, midnight + timedelta(days=1)):
        await _open(invoice, at)
    await _open(invoice, midnight, automated=True)
    await _open(other, midnight)
    await _open(invoice, midnight - timedelta(days=1) - tick)
    await _open(invoice, midnight + timedelta(days=2))
    days = Days(last=_LAST, count=3, time_zone="UTC")
    assert await load_views_per_day([(invoice.id, days)]) == [[1, 2, 1]]


@pytest.mark.parametrize(
    ("time_zone", "day", "begin", "end"),
    [
        ("Asia/Kolkata", date(2026, 11, 29), "2026-11-28T18:30", "2026-11-29T18:30"),
        ("Pacific/Kiritimati", date(2026, 11, 29), "2026-11-28T10:00", "2026-11-29T10:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00", "2026-03-09T04:00"),
        ("America/New_York", date(2026, 11, 1), "2026-11-01T04:00", "2026-11-02T05:00"),
    ],
    ids=["half an hour off", "ahead", "23 hours", "25 hours"],
)
async def test_a_day_of_views_begins_and_ends_where_the_company_is(
    business: Business, time_zone: str, day: date, begin: str, end: str
) -> None:
    invoice = await Invoice.get(id=await business.make_invoice())
    first, next_day = (datetime.fromisoformat(f"{at}+00:00") for at in (begin, end))
    tick = timedelta(microseconds=1)
    for at in (first - tick, first, next_day - tick, next_day):
        await _open(invoice, at)
    days = Days(last=day + timedelta(days=1), count=3, time_zone=time_zone)
    assert await load_views_per_day([(invoice.id, days)]) == [[1, 2, 1]]


def test_bars_are_proportional_to_their_counts_and_fit_the_chart() -> None:
    counts = [0, 1, 200, 100, *[0] * 25, 50]
    chart = Chart.of(counts, _LAST)
    assert chart
    assert (chart.first, chart.last, chart.maximum, chart.total) == (
        date(2026, 11, 1),
        _LAST,
        200,
        351,
    )
    assert [(bar.day.day, bar.count, bar.height) for bar in chart.bars] == [
        (2, 1, 1),
        (3, 200, HEIGHT),
        (4, 100, HEIGHT // 2),
        (30, 50, HEIGHT // 4),
    ]
    assert all(bar.y + bar.height == HEIGHT for bar in chart.bars)
    ends = [(bar.x, bar.x + bar.width) for bar in chart.bars]
    assert ends[-1][1] <= WIDTH
    assert all(end < start for (_, end), (start, _) in pairwise(ends))


def test_zero_counts_have_no_chart() -> None:
    assert Chart.of([0] * 30, _LAST) is None


async def test_invoice_page_draws_and_describes_the_chart_with_one_statement(
    staff_client: Browser, business: Business
) -> None:
    invoice_id = await business.make_invoice()
    assert "<figure" not in (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    token = await business.share(invoice_id)
    for _ in range(2):
        await business.stranger.record_view(token)
    with statements() as queries:
        page = (await staff_client.get(f"{INVOICES}/{invoice_id}")).text
    assert len([statement for statement in queries if "FILTER" in statement]) == 1
    label = re.search(r'role="img" aria-label="([^"]+)"', page)
    assert label
    assert re.fullmatch(r"2 opens in 30 days: \w+ \d+, \d+: 2", label.group(1))
    assert page.partition("<figure")[2].partition("</figure>")[0].count("<rect ") == 1
    assert "<figcaption>Opens per day, up to 2</figcaption>" in page
