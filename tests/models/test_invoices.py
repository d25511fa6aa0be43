"""Whether an invoice is overdue, and whether it is live."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import pytest

from models import Invoice, InvoiceStatus
from tests.support.clients import Business

_DUE: Final = date(2026, 3, 31)
_VIEWED: Final = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "today", "expected"),
    [
        (InvoiceStatus.ISSUED, _DUE, False),
        (InvoiceStatus.ISSUED, _DUE + timedelta(days=1), True),
        (InvoiceStatus.PARTIALLY_PAID, _DUE + timedelta(days=1), True),
        (InvoiceStatus.DRAFT, _DUE + timedelta(days=1), False),
        (InvoiceStatus.PAID, _DUE + timedelta(days=1), False),
        (InvoiceStatus.CANCELLED, _DUE + timedelta(days=1), False),
    ],
)
@pytest.mark.usefixtures("portal_url")
def test_an_open_invoice_is_overdue_the_day_after_its_due_date(
    status: InvoiceStatus, today: date, expected: bool
) -> None:
    assert Invoice(status=status, due_date=_DUE).is_overdue(today) is expected


@pytest.mark.usefixtures("portal_url")
def test_without_a_due_date_nothing_is_overdue() -> None:
    assert not Invoice(status=InvoiceStatus.ISSUED).is_overdue(date.max)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), True),
        (timedelta(minutes=5) - timedelta(microseconds=1), True),
        (timedelta(minutes=5), False),
        (timedelta(minutes=-5), False),  # by a clock that was ahead
    ],
)
@pytest.mark.usefixtures("portal_url")
def test_an_invoice_is_live_for_five_minutes(after: timedelta, expected: bool) -> None:
    assert Invoice(last_viewed_at=_VIEWED).is_live(_VIEWED + after) is expected


@pytest.mark.usefixtures("portal_url")
def test_an_invoice_without_views_is_not_live() -> None:
    assert not Invoice().is_live()


async def test_staff_and_client_see_that_an_invoice_is_overdue(business: Business) -> None:
    yesterday = str(datetime.now(UTC).date() - timedelta(days=1))
    invoice_id = await business.make_invoice(issueDate="2020-01-01", dueDate=yesterday)
    assert (await business.invoice(invoice_id, "isOverdue"))["isOverdue"] is True
    token = await business.share(invoice_id)
    data = await business.stranger.gql(
        "query($token: String!) { invoice(token: $token) { isOverdue } }", token=token
    )
    assert data["invoice"]["isOverdue"] is True
    page = await business.http.get(f"/invoice/{token}", headers=business.stranger.headers)
    assert "Overdue by 1 day" in page.text
