"""Views of an invoice per day."""

from datetime import UTC, date, datetime, time, timedelta

from db.statements import fetch
from models import Invoice


async def views_per_day(invoice: Invoice, last: date, days: int) -> list[int]:
    """Return the views that count on each of the `days` days, in UTC, up to `last`, in order."""
    midnight = datetime.combine(last, time(), UTC) + timedelta(days=1 - days)
    bounds = [midnight + timedelta(days=day) for day in range(days + 1)]
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
