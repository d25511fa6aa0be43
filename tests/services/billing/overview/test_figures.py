"""The company at a glance: open, overdue and paid, per currency and age, and views per day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from auth.staff import system_actor
from db.connections import connection
from db.statements import fetch
from models import Payment
from services.billing.overview import figures
from tests.support.clients import Business

_OVERVIEW: Final = (
    "{ company { overview { figures { currency open { amount } overdue { amount }"
    " paidThisMonth { amount } } } } }"
)


async def _figures(business: Business) -> dict[str, tuple[str, str, str]]:
    rows: list[Any] = (await business.gql(_OVERVIEW))["company"]["overview"]["figures"]
    names = ("open", "overdue", "paidThisMonth")
    return {each["currency"]: tuple(each[n]["amount"] for n in names) for each in rows}


async def test_figures_are_summed_per_currency(business: Business, rival: Business) -> None:
    assert await _figures(business) == {}
    await business.make_draft()
    await business.make_invoice(currency="GBP")
    await business.make_invoice(issueDate="2026-01-01", dueDate="2026-01-02")
    partly = await business.make_invoice()
    await business.pay(partly, "30.00")
    paid = await business.make_invoice(currency="JPY")
    await business.pay(paid, "100")
    await rival.make_invoice()
    assert await _figures(business) == {
        "EUR": ("170.00", "100.00", "30.00"),
        "GBP": ("100.00", "0.00", "0.00"),
        "JPY": ("0", "0", "100"),
    }


async def test_what_is_due_is_summed_by_the_days_since_the_due_date(
    business: Business, rival: Business
) -> None:
    today = datetime.now(UTC).date()
    for days_overdue in (0, 1, 30, 31, 60, 61):
        due_date = str(today - timedelta(days=days_overdue))
        await business.make_invoice(issueDate=due_date, dueDate=due_date)
    await business.make_invoice()  # due at no time
    await business.make_draft()
    await rival.make_invoice()
    query = """{ company { overview { openCount overdueCount ageing { currency
        notDue { amount } upTo30Days { amount } upTo60Days { amount } over60Days { amount }
    } } } }"""
    assert (await business.gql(query))["company"]["overview"] == {
        "openCount": 7,
        "overdueCount": 5,
        "ageing": [
            {
                "currency": "EUR",
                "notDue": {"amount": "200.00"},
                "upTo30Days": {"amount": "200.00"},
                "upTo60Days": {"amount": "200.00"},
                "over60Days": {"amount": "100.00"},
            }
        ],
    }
    assert await figures.count_overdue(system_actor(business.company_id, "Test")) == 5


async def test_earlier_payments_and_what_was_taken_back_are_not_of_this_month(
    business: Business,
) -> None:
    invoice_id = await business.make_invoice()
    mistake = await business.make_invoice()
    await business.pay(mistake, "100.00")
    payment = await Payment.get(invoice_id=UUID(mistake))
    selection = "{ __typename }"
    reversal = {"paymentId": str(payment.id), "reason": "Typo"}
    await business.mutate("reversePayment", "ReversePaymentInput", selection, **reversal)
    last_month = (datetime.now(UTC) - timedelta(days=32)).isoformat()
    earlier = {"amount": "1.00", "method": "bank", "receivedAt": last_month}
    await business.mutate(
        "recordPayment", "RecordPaymentInput", selection, invoiceId=invoice_id, **earlier
    )
    assert await _figures(business) == {"EUR": ("199.00", "0.00", "0.00")}


async def test_invoices_have_their_views_per_day(business: Business) -> None:
    opened, unopened = await business.make_invoice(), await business.make_invoice()
    token = await business.share(opened)
    for _ in range(2):
        await business.stranger.record_view(token)
    query = "query($days: Int) { company { invoices { edges { node { id viewsPerDay(days: $days)"
    query += " { day viewCount } } } } } }"
    edges = (await business.gql(query, days=2))["company"]["invoices"]["edges"]
    counts = {e["node"]["id"]: [d["viewCount"] for d in e["node"]["viewsPerDay"]] for e in edges}
    assert counts == {opened: [0, 2], unopened: [0, 0]}
    for days in (0, 91):
        assert (await business.refused(query, days=days)).field == "days"


@pytest.mark.usefixtures("business")
async def test_open_invoices_are_summed_up_from_an_index_alone() -> None:
    if connection().capabilities.dialect != "sqlite":
        pytest.skip("The plan of PostgreSQL depends on how many rows there are.")
    day = date(2026, 12, 1)
    values = uuid4(), day, datetime.now(UTC), day, day
    plan = await fetch(f"EXPLAIN QUERY PLAN {figures._FIGURES}", *values)
    assert "USING COVERING INDEX invoice_open_sums" in str([dict(row) for row in plan])
