"""Reminders on a schedule: in the morning, wherever the company is."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from structlog import get_logger

from db.connections import DATABASE_ERRORS
from db.statements import fetch
from errors import PortalError
from services.email.daily_limits import DailyLimits
from services.email.reminders import due_reminders, queue_reminders

MORNING: Final = time(8)
"""When reminders are sent, in the company's time zone."""

log = get_logger(__name__)


async def queue_morning_reminders(since: datetime, until: datetime, limits: DailyLimits) -> int:
    """Queue the reminders of companies where it became morning between two instants.

    Returns how many. If the database refuses some of them, the others are queued before it raises
    RuntimeError.
    """
    rows = await fetch("SELECT DISTINCT time_zone FROM company WHERE reminder_days <> ''")
    zones = waking_zones((row["time_zone"] for row in rows), since, until)
    count = refused = 0
    async for due in due_reminders(time_zones=zones, plan=True):
        try:
            count += len(await queue_reminders(due, limits=limits))
        except PortalError as error:
            log.warning("reminders.refused", customer_id=str(due.customer.id), error=repr(error))
        except DATABASE_ERRORS as error:
            refused += 1
            log.warning("reminders.failed", customer_id=str(due.customer.id), error=repr(error))
    if refused:
        raise RuntimeError(f"The reminders of {refused} customers could not be queued.")
    return count


def waking_zones(time_zones: Iterable[str], since: datetime, until: datetime) -> list[str]:
    """Return the time zones in which it became morning after `since`, at `until` at the latest."""
    return [zone for zone in time_zones if _last_morning(ZoneInfo(zone), until) > since]


def _last_morning(zone: ZoneInfo, now: datetime) -> datetime:
    here = now.astimezone(zone)
    morning = datetime.combine(here.date(), MORNING, zone)
    # Compared in UTC, since two times of one zone are compared by what its clocks show.
    if morning.astimezone(now.tzinfo) > now:
        morning = datetime.combine(here.date() - timedelta(days=1), MORNING, zone)
    return morning.astimezone(now.tzinfo)
