"""Working out when invoices are due their next reminder, before reminders are sent.

An invoice is looked at when its day has come, and gets the day of its next stage. So a run reads
what is due or withheld, and what was shared or reminded of since the last run. Only where a company
has changed its stages since, all of its open invoices are read.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tortoise.queryset import QuerySet

from auth.staff import system_actor
from db.statements import date_of, execute, execute_many, fetch, id_of
from db.transactions import transactional
from models import Company
from models.companies import today_of
from models.invoices import IS_OPEN
from services.common import idempotency
from services.ledger.reminder_dates import LAST_STAGE, MAX_DELAY, WAS_SENT, next_reminder_on

ACTOR: Final = "invotify remind"
_BATCH: Final = 500
_SELECT: Final = f"""
    SELECT id, {{day}} AS day, due_date, next_reminder_on, {LAST_STAGE} AS last_stage FROM invoice
    WHERE company_id = $1 AND {IS_OPEN.format(of="")} AND due_date IS NOT NULL
    AND {{day}} <= $2 AND ({{day}}, id) > ($3, $4) AND {{condition}}
    ORDER BY {{day}}, id LIMIT {_BATCH}
"""
_COME: Final = _SELECT.format(day="next_reminder_on", condition="next_reminder_on IS NOT NULL")
"""Invoices whose day has come."""
_ALL: Final = _SELECT.format(day="due_date", condition=WAS_SENT)
"""All open invoices that were sent."""


def companies_that_remind(time_zones: Collection[str] | None = None) -> QuerySet[Company]:
    """Return the companies that send reminders, or those of them in some time zones."""
    companies = Company.filter(disabled_at=None).exclude(reminder_days="").order_by("id")
    return companies if time_zones is None else companies.filter(time_zone__in=list(time_zones))


async def companies_to_plan() -> set[UUID]:
    """Return the companies that have chosen other stages since their reminders were planned."""
    rows = await fetch(
        "SELECT id FROM company LEFT JOIN company_upkeep ON company_id = id"
        " WHERE reminder_days <> COALESCE(planned_reminder_days, '')"
    )
    return {id_of(row["id"]) for row in rows}


async def plan_reminders(
    today: date | None = None, *, time_zones: Collection[str] | None = None
) -> None:
    """Work out when invoices are due their next reminder, where that isn't known.

    Today is each company's own. `time_zones` limits the companies.
    """
    companies = await companies_that_remind(time_zones)
    to_plan = await companies_to_plan()  # afterwards, so that it has those that change meanwhile
    for company in companies:
        day = today or today_of(company)
        if company.id not in to_plan:
            await _plan(company, day, _COME, date.min, day)
        # Nothing is noted while days of both old and new stages are stored: the run may be
        # interrupted, and the old stages chosen again.
        elif await _note(company, None) and await _plan(
            company, day, _ALL, _first_due_date(company, day), date.max
        ):
            await _note(company, company.reminder_days)


def _first_due_date(company: Company, today: date) -> date:
    """Return the earliest due date of an invoice that a reminder isn't too late for."""
    return today - timedelta(days=company.reminder_stages[-1]) - MAX_DELAY


async def _plan(company: Company, today: date, select: str, first: date, last: date) -> bool:
    """Work out the days of the company's invoices that are selected from the first day on.

    Returns False if the company has changed its stages, which the next run finds.
    """
    position = (first, UUID(int=0))
    while rows := await fetch(select, company.id, last, *position):
        changes = []
        for row in rows:
            due_date, stored = date_of(row["due_date"]), row["next_reminder_on"]
            day = next_reminder_on(due_date, company.reminder_stages, row["last_stage"], today)
            if day != (stored and date_of(stored)):
                changes.append((day, id_of(row["id"])))
        if changes and not await _write(company, changes):
            return False
        position = (date_of(rows[-1]["day"]), id_of(rows[-1]["id"]))
    return True


@transactional
async def _write(company: Company, changes: Collection[tuple[date | None, UUID]]) -> bool:
    """Write the days, unless the company has changed its stages."""
    if not await _is_unchanged(company):
        return False
    rows = sorted(changes, key=lambda change: change[1])  # the order of locks
    await execute_many("UPDATE invoice SET next_reminder_on = $1 WHERE id = $2", rows)
    return True


@transactional
async def _note(company: Company, days: str | None) -> bool:
    """Note for which stages all days are known, unless the company has changed them."""
    if not await _is_unchanged(company):
        return False
    await execute(
        "INSERT INTO company_upkeep (company_id, planned_reminder_days) VALUES ($1, $2)"
        " ON CONFLICT (company_id)"
        " DO UPDATE SET planned_reminder_days = excluded.planned_reminder_days",
        company.id,
        days,
    )
    return True


async def _is_unchanged(company: Company) -> bool:
    """Whether the company still has the stages. It keeps them until the transaction ends."""
    now = await idempotency.lock_company(system_actor(company.id, ACTOR))
    return now.reminder_days == company.reminder_days
