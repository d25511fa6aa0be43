"""From where on a page follows what happens live."""

from dataclasses import dataclass

from services.common.pagination import encode_cursor
from web.dashboard.requests import DashboardRequest


@dataclass(frozen=True, slots=True)
class Cursors:
    """Behind what a page goes on to listen: opens and updates."""

    opens: str
    updates: str


async def cursors(request: DashboardRequest) -> Cursors:
    """Return where both streams stand; read before the rows are, nothing is missed in between."""
    company_id, services = request.staff.company_id, request.services
    return Cursors(
        opens=encode_cursor(await services.view_hub.stream.last_sequence(company_id)),
        updates=encode_cursor(await services.invoice_event_hub.stream.last_sequence(company_id)),
    )
