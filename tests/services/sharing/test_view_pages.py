"""Pages of the views of many invoices are the same as those of each alone."""

from itertools import product
from typing import Final
from uuid import UUID, uuid4

import pytest

from errors import BadInput
from models import Invoice, InvoiceView, ViewSource
from services.common.listings import Window
from services.common.pagination import BY_SEQUENCE, encode_cursor
from services.sharing.view_pages import ViewLog, ViewPage, count_views, load_view_pages
from tests.support.clients import Business
from tests.support.rows import NOW

_AUTOMATED: Final = frozenset({2, 3, 9, 10})
_VIEWS: Final = 10


async def _view_in_turn(business: Business, *invoice_ids: str) -> None:
    """Write views of the invoices in turn; those of _AUTOMATED are automated."""
    for sequence in range(1, _VIEWS + 1):
        await InvoiceView.create(
            company_id=business.company_id,
            invoice_id=invoice_ids[sequence % len(invoice_ids)],
            sequence=sequence,
            viewed_at=NOW,
            source=ViewSource.LINK,
            automated=sequence in _AUTOMATED,
        )


async def test_each_page_has_its_own_invoice_size_cursor_and_kind(business: Business) -> None:
    invoice_ids = [await business.make_invoice() for _ in range(3)]
    await _view_in_turn(business, *invoice_ids[:2])
    asked = list(product(range(3), (1, 2, 100), (None, 11, 9, 8, 1), (True, False)))
    pages = await load_view_pages(
        [
            ViewPage.of(
                ViewLog(invoice_id=UUID(invoice_ids[at]), include_automated=automated),
                Window.of(default=first, after=None if after is None else encode_cursor(after)),
            )
            for at, first, after, automated in asked
        ]
    )
    for (at, first, after, automated), page in zip(asked, pages, strict=True):
        expected = [
            sequence
            for sequence in range((after or _VIEWS + 1) - 1, 0, -1)
            if at < 2 and sequence % 2 == at and (automated or sequence not in _AUTOMATED)
            if sequence <= _VIEWS
        ]
        assert [view.sequence for view in page.rows] == expected[:first]
        assert (page.has_next, page.has_previous) == (len(expected) > first, after is not None)
        assert page.key is BY_SEQUENCE


async def test_views_of_many_invoices_are_counted_together(business: Business) -> None:
    invoice_ids = [await business.make_invoice() for _ in range(3)]
    await _view_in_turn(business, *invoice_ids[:2])
    await Invoice.filter(id__in=invoice_ids[:2]).update(
        view_count=3, first_viewed_at=NOW, last_viewed_at=NOW
    )
    logs = [
        ViewLog(invoice_id=UUID(invoice_id), include_automated=automated)
        for automated in (True, False)
        for invoice_id in invoice_ids
    ]
    assert await count_views(logs) == [5, 5, 0, 3, 3, 0]


@pytest.mark.parametrize(
    ("first", "after", "field"),
    [(0, None, "first"), (101, None, "first"), (1, "x", "after"), (1, encode_cursor(-1), "after")],
)
def test_a_page_of_another_list_or_size_is_refused(
    first: int, after: str | None, field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        ViewPage.of(
            ViewLog(invoice_id=uuid4(), include_automated=False),
            Window.of(default=first, after=after),
        )
    assert refusal.value.field == field
