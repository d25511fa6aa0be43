"""Views are counted from tallies as they are one by one."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from unittest.mock import patch
from uuid import UUID

from models import Invoice, InvoiceView, ViewSource, ViewTally
from models.views import VIEWS_PER_TALLY
from services.sharing import view_rows, view_stats
from services.sharing.new_views import NewView
from services.sharing.view_stats import Days, load_views_per_day
from tests.support.clients import Business, new_ip

_FIRST: Final = datetime(2026, 11, 20, 3, tzinfo=UTC)
_STEP: Final = timedelta(minutes=11)


def _is_automated(number: int) -> bool:
    return number % 7 == 3


async def _noted(invoice_id: str) -> list[tuple[int, int]]:
    """Return the tallies, and how many views counted by then."""
    return [
        (
            tally.view_count,
            await InvoiceView.filter(
                invoice_id=invoice_id, sequence__lte=tally.sequence, automated=False
            ).count(),
        )
        for tally in await ViewTally.filter(invoice_id=invoice_id).order_by("sequence")
    ]


async def test_the_views_of_days_are_counted_from_tallies(business: Business) -> None:
    invoice_id, total = await business.make_invoice(), 4 * VIEWS_PER_TALLY
    await InvoiceView.bulk_create(
        InvoiceView(
            company_id=business.company_id,
            invoice_id=UUID(invoice_id),
            sequence=number,
            viewed_at=_FIRST + number * _STEP,
            source=ViewSource.LINK,
            automated=_is_automated(number),
        )
        for number in range(1, total)
    )
    counted = 0
    for number in range(1, total):
        counted += not _is_automated(number)
        if not _is_automated(number) and counted in {VIEWS_PER_TALLY, 3 * VIEWS_PER_TALLY}:
            await ViewTally.create(
                invoice_id=invoice_id,
                viewed_at=_FIRST + number * _STEP,
                sequence=number,
                view_count=counted,
            )
    assert len(await _noted(invoice_id)) == 2
    await Invoice.filter(id=invoice_id).update(
        view_count=counted, first_viewed_at=_FIRST, last_viewed_at=_FIRST
    )
    key = UUID(invoice_id), Days(last=date(2026, 11, 24), count=6, time_zone="Europe/Berlin")
    with patch.object(view_stats, "MANY", counted + 1):
        [one_by_one] = await load_views_per_day([key])
    with patch.object(view_stats, "MANY", counted):
        [from_tallies] = await load_views_per_day([key])
    assert one_by_one[0] == 0 < one_by_one[1] < one_by_one[2]
    assert from_tallies == one_by_one


async def test_each_time_enough_views_have_counted_their_number_is_noted(
    business: Business,
) -> None:
    invoice_id, other_id = await business.make_invoice(), await business.make_invoice()
    token, other_token = await business.share(invoice_id), await business.share(other_id)

    def views(size: int) -> list[NewView]:
        return [
            NewView(
                invoice_id=UUID(other_id if number % 10 == 9 else invoice_id),
                company_id=business.company_id,
                token=other_token if number % 10 == 9 else token,
                source=ViewSource.LINK,
                ip=new_ip(),
                user_agent="",
                automated=_is_automated(number),
            )
            for number in range(size)
        ]

    await view_rows.write_views(views(VIEWS_PER_TALLY))
    await view_rows.write_views(views(VIEWS_PER_TALLY))
    assert [noted for noted, _ in await _noted(invoice_id)] == [154]
    await view_rows.write_views(views(VIEWS_PER_TALLY), briefly=True)  # in steps
    assert await _noted(invoice_id) == [(154, 154), (231, 231)]
    assert await _noted(other_id) == []
