"""The page of a list, its CSV and the API find the same invoices."""

import csv
import io
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.clients import Business
from tests.support.staff import INVOICES, Browser, numbers_in

_PARAMETERS: Final[dict[str, dict[str, dict[str, object]]]] = {
    "status": {
        "draft": {"status": "DRAFT"},
        "open": {"unpaid": True},
        "overdue": {"overdue": True},
        "paid": {"status": "PAID"},
    },
    "opened": {
        "no": {"opened": False},
        "yes": {"opened": True},
        "unpaid": {"opened": True, "unpaid": True},
    },
    "shared": {"yes": {"shared": True}, "no": {"shared": False}},
    "currency": {"EUR": {"currency": "EUR"}, "usd": {"currency": "USD"}},
    "from": {"2026-01-10": {"issuedFrom": "2026-01-10"}},
    "to": {"2026-01-31": {"issuedTo": "2026-01-31"}},
    "due_to": {"2026-06-01": {"dueTo": "2026-06-01"}},
    "q": {text: {"search": text} for text in ("ada", "100", "n-", "n-2 ada", "usd 100", "zoë")},
}
"""By parameter and value of the page: the arguments of the API."""
_QUERY: Final = (
    "query($status: InvoiceStatus, $unpaid: Boolean, $overdue: Boolean, $opened: Boolean,"
    " $shared: Boolean, $currency: String, $issuedFrom: Date, $issuedTo: Date, $dueTo: Date,"
    " $search: String) { company { invoices(status: $status, unpaid: $unpaid, overdue: $overdue,"
    " opened: $opened, shared: $shared, currency: $currency, issuedFrom: $issuedFrom,"
    " issuedTo: $issuedTo, dueTo: $dueTo, search: $search) { edges { node { number"
    " requestedNumber } } } } }"
)


@st.composite
def _narrowings(draw: st.DrawFn) -> dict[str, str]:
    names = draw(st.lists(st.sampled_from(sorted(_PARAMETERS)), unique=True, max_size=4))
    return {name: draw(st.sampled_from(sorted(_PARAMETERS[name]))) for name in names}


@pytest.fixture
async def invoices(business: Business) -> None:
    """Eight invoices of many kinds."""
    ada = await business.make_customer(name="Ada")
    for at in range(8):
        more: dict[str, Any] = {"number": f"N-{at}", "currency": "USD" if at % 3 == 0 else "EUR"}
        if at % 2:
            more |= {"customerId": ada, "issueDate": f"2026-01-{1 + 4 * at:02}"}
            more["dueDate"] = str(date(2026, 1 + at, 28))
        if at == 2:
            await business.make_draft(**more)
            continue
        invoice_id = await business.make_invoice(**more)
        if at in {1, 4, 6}:
            token = await business.share(invoice_id)
            if at != 6:
                await business.stranger.record_view(token)
        if at in {4, 5}:
            await business.pay(invoice_id, "100.00")


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(narrowing=_narrowings())
@pytest.mark.usefixtures("invoices")
async def test_the_page_the_csv_and_the_api_find_the_same(
    staff_client: Browser, business: Business, narrowing: dict[str, str]
) -> None:
    arguments: dict[str, object] = {}
    for name, value in narrowing.items():
        arguments |= _PARAMETERS[name][value]
    edges = (await business.gql(_QUERY, **arguments))["company"]["invoices"]["edges"]
    of_api = [edge["node"]["number"] or edge["node"]["requestedNumber"] for edge in edges]
    query = urlencode(narrowing)
    page = await staff_client.get(f"{INVOICES}?{query}")
    assert sorted(numbers_in(page.text)) == sorted(of_api)
    file = await business.http.get(f"/invoices.csv?{query}", headers=business.headers)
    rows = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    assert [row["number"] or "N-2" for row in rows] == of_api
