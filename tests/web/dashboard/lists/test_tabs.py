"""How many rows the tabs of a list have."""

from dataclasses import replace
from datetime import timedelta

from auth.staff import system_actor
from models.companies import today_in
from tests.support.clients import Business
from web.dashboard.lists.kinds import INVOICES
from web.dashboard.lists.tabs import count_tabs

_EARLY, _LATE = "Pacific/Kiritimati", "Etc/GMT+12"
"""Time zones whose days are never the same."""


async def test_each_company_s_tabs_count_its_own_rows_on_its_own_day(
    business: Business, rival: Business
) -> None:
    await rival.make_draft()
    yesterday = today_in(_EARLY) - timedelta(days=1)
    await business.make_invoice(issueDate=f"{yesterday}", dueDate=f"{yesterday}")
    staff = system_actor(business.company_id, "Ines")

    async def counts(company: Business, time_zone: str) -> list[int]:
        actor = replace(staff, company_id=company.company_id, time_zone=time_zone)
        found = await count_tabs(actor, INVOICES)
        return [found[name] for name in ("", "draft", "open", "overdue")]

    assert await counts(business, _EARLY) == [1, 0, 1, 1]
    assert await counts(business, _LATE) == [1, 0, 1, 0]
    assert await counts(rival, _EARLY) == [1, 1, 0, 0]
