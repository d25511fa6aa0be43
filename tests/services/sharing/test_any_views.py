"""Whatever views come at the same time, they are numbered without gaps and counted exactly."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db.statements import execute
from models import Invoice, InvoiceView, ViewFeed, ViewSource
from models.views import hour_of
from services.sharing.new_views import VIEWS_RECORDED, NewView
from services.sharing.view_rows import write_views
from subscriptions.announcements import HINT
from tests.support.clients import Business

_Choice: TypeAlias = tuple[int, int, str, bool]
"""An invoice, an address, a kind of link, and whether the view is automated."""
_LINKS: Final = ("own", "portal", "stale", "stale portal")
_choice = st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from(_LINKS), st.booleans())


@dataclass(frozen=True)
class _Links:
    """Invoices of a customer, which are shared, as is the customer's portal."""

    company_id: UUID
    customer_id: UUID
    portal_token: str
    invoice_ids: Sequence[UUID]

    async def new_view(self, choice: _Choice) -> NewView:
        """Return a view through a link as it is now."""
        which, address, link, automated = choice
        invoice = await Invoice.get(id=self.invoice_ids[which])
        own = str(invoice.share_token)
        token = {"own": own, "portal": self.portal_token}.get(link, str(uuid4()))
        return NewView(
            invoice_id=invoice.id,
            company_id=self.company_id,
            token=token,
            source=ViewSource.LINK,
            ip=f"203.0.113.{address}" if address else None,
            user_agent="Mozilla",
            automated=automated,
            portal_customer_id=self.customer_id if "portal" in link else None,
        )

    async def revoke(self, which: int) -> None:
        """Give an invoice another link."""
        sql = "UPDATE invoice SET share_token = $1 WHERE id = $2"
        await execute(sql, uuid4(), self.invoice_ids[which])


@pytest.fixture
async def links(business: Business) -> _Links:
    """Return the links of a customer of the business."""
    customer_id = await business.make_customer()
    portal_token = await business.share_portal(customer_id)
    invoice_ids = [await business.make_invoice(customerId=customer_id) for _ in range(3)]
    for invoice_id in invoice_ids:
        await business.share(invoice_id)
    return _Links(business.company_id, UUID(customer_id), portal_token, [*map(UUID, invoice_ids)])


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.lists(_choice, min_size=1, max_size=6), min_size=1, max_size=5),
    st.sets(st.integers(0, 2), max_size=2),
)
async def test_views_are_numbered_and_counted_whatever_comes_at_once(
    links: _Links, choices: list[list[_Choice]], revoked: set[int]
) -> None:
    groups = [[await links.new_view(choice) for choice in group] for group in choices]
    before = await InvoiceView.filter(company_id=links.company_id).count()
    *written, _ = await asyncio.gather(
        *map(write_views, groups), asyncio.gather(*map(links.revoke, revoked))
    )
    rows = await InvoiceView.filter(company_id=links.company_id).order_by("sequence")
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    assert all(one.viewed_at <= other.viewed_at for one, other in pairwise(rows))
    numbers = {row.id: row.sequence for row in rows}
    assert len(rows) - before == sum(map(len, written))
    for group, live, chosen in zip(groups, written, choices, strict=True):
        places = [numbers[view.id] for view in group if view in live]
        assert places == list(range(places[0], places[0] + len(places))) if places else not live
        for view, (which, _, link, _) in zip(group, chosen, strict=True):
            if link != "own" or which not in revoked:
                assert (view in live) == (link in {"own", "portal"})
    await _require_right_counters(links, rows)


async def _require_right_counters(links: _Links, rows: Sequence[InvoiceView]) -> None:
    assert (await ViewFeed.get(company_id=links.company_id)).sequence == len(rows)
    for invoice in await Invoice.filter(company_id=links.company_id):
        counted = [row for row in rows if row.invoice_id == invoice.id and not row.automated]
        times = [row.viewed_at for row in counted]
        assert invoice.view_count == len(counted)
        assert invoice.unique_ips == len({row.ip for row in counted} - {None})
        assert invoice.first_viewed_at == min(times, default=None)
        last = max(times, default=None)
        assert invoice.last_viewed_at == last
        assert invoice.last_viewed_hour == (last and hour_of(last))
    assert {row.customer_id for row in rows} <= {links.customer_id}


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_recorded_views_are_announced_as_they_were_written(links: _Links) -> None:
    announced: list[str] = []

    def hear(company_id: UUID, announcement: str = HINT) -> None:
        if company_id == links.company_id and announcement != HINT:
            announced.append(announcement)

    choices = (0, 1, "own", False), (1, 1, "stale", False), (0, 2, "portal", False)
    bot = (2, 1, "own", True)
    with VIEWS_RECORDED.connected(hear):
        await write_views([await links.new_view(choice) for choice in (*choices, bot)])
        await write_views([await links.new_view(bot) for _ in range(21)])
    recorded = orjson.loads(*announced)
    rows = await InvoiceView.filter(company_id=links.company_id, sequence__lt=4).values()
    assert [row["sequence"] for row in recorded["views"]] == [1, 2, 3]
    assert [row["id"] for row in recorded["views"]] == [
        row["id"] for row in sorted(rows, key=lambda row: row["sequence"])
    ]
    feed = await ViewFeed.get(company_id=links.company_id)
    assert recorded["credentialsChanged"] == feed.credentials_changed
    counts = {id_: (row["id"], row["view_count"]) for id_, row in recorded["invoices"].items()}
    first, _, third = links.invoice_ids
    assert counts == {str(first): (str(first), 2), str(third): (str(third), 0)}
