"""When invoices are due their next automatic reminder, and whether they say so.

`Invoice.next_reminder_on` is that day or an earlier one, on which it is looked at again. It
stays when an invoice is paid, and is right when it is open again.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from db.statements import date_of, fetch
from models.companies import parse_reminder_stages, today_in
from models.invoices import IS_OPEN
from services.ledger.integrity import Difference

MAX_DELAY: Final = timedelta(days=90)
"""How long after the last stage an invoice still gets its reminder, if it was sent late."""
WAS_SENT: Final = """
    (shared_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM email_delivery WHERE invoice_id = invoice.id AND stage IS NULL
        AND kind IN ('INVOICE', 'REMINDER') AND status IN ('QUEUED', 'SENDING', 'SENT')
    ))
"""
"""SQL for whether the invoice has a link or was sent by e-mail. Nobody is reminded of others."""
LAST_STAGE: Final = "(SELECT MAX(stage) FROM email_delivery WHERE invoice_id = invoice.id)"
"""SQL for the latest stage of an automatic reminder of the invoice."""
_INVOICES: Final = f"""
    SELECT invoice.id, number, company.name AS company, due_date, next_reminder_on,
        reminder_days, time_zone, {LAST_STAGE} AS last_stage
    FROM invoice JOIN company ON company.id = invoice.company_id
    JOIN company_upkeep ON company_upkeep.company_id = invoice.company_id
    WHERE invoice.id = ANY($1) AND {IS_OPEN.format(of="")} AND due_date IS NOT NULL
    AND planned_reminder_days = reminder_days AND {WAS_SENT}
"""


def next_reminder_on(
    due_date: date, stages: Sequence[int], last_stage: int | None, today: date
) -> date | None:
    """Return the day of the first of the `stages` after the last one that was reminded of.

    None if there is none, or if it is too late even for the last of them.
    """
    if not stages or due_date + timedelta(days=stages[-1]) + MAX_DELAY < today:
        return None
    following = (stage for stage in stages if last_stage is None or stage > last_stage)
    stage = next(following, None)
    return None if stage is None else due_date + timedelta(days=stage)


async def compare_reminders(ids: Sequence[UUID]) -> AsyncGenerator[list[Difference], None]:
    """Yield the differences of those of the invoices whose reminders have been planned."""
    for row in await fetch(_INVOICES, list(ids)):
        expected = next_reminder_on(
            date_of(row["due_date"]),
            parse_reminder_stages(row["reminder_days"]),
            row["last_stage"],
            today_in(row["time_zone"]),
        )
        stored = row["next_reminder_on"] and date_of(row["next_reminder_on"])
        if expected and (stored is None or stored > expected):
            yield [
                Difference(
                    company=row["company"],
                    document=f"invoice {row['number']}",
                    figure="day of the next reminder",
                    stored=str(stored),
                    expected=str(expected),
                )
            ]
        else:
            yield []
