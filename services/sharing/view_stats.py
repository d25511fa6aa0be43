"""Views of an invoice per day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from db.statements import fetch
from models import Invoice


async def views_per_day(invoice: Invoice, last: date, days: int, time_zone: str) -> list[int]:
    """Return the views that count on each of the `days` days up to `last`, in order.

    The days begin and end in an IANA time zone, so one on which clocks are changed has 23 or 25
    hours.
    """
    first, zone = last - timedelta(days=days - 1), ZoneInfo(time_zone)
    bounds = [
        datetime.combine(first + timedelta(days=day), time(), zone) for day in range(days + 1)
    ]
    # $1 is the invoice, so the bounds of the first day are $2 and $3.
    counts = ", ".join(
        f"count(*) FILTER (WHERE viewed_at >= ${day + 2} AND viewed_at < ${day + 3}) AS day_{day}"
        for day in range(days)
    )
    [row] = await fetch(
        f"SELECT {counts} FROM invoice_view WHERE invoice_id = $1 AND NOT automated"
        f" AND viewed_at >= $2 AND viewed_at < ${days + 2}",
        invoice.id,
        *bounds,
    )
    return [row[f"day_{day}"] for day in range(days)]
