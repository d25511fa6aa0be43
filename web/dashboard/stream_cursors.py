"""The positions in the live streams from which a page follows them."""

from dataclasses import dataclass

from services.common.pagination import encode_cursor
from web.dashboard.requests import DashboardRequest


@dataclass(frozen=True, slots=True)
class StreamCursors:
    """The cursors of the latest view and the latest invoice event."""

    views: str
    events: str


async def stream_cursors(request: DashboardRequest) -> StreamCursors:
    """Return the current cursors. Read them before the rows, so that no event is missed."""
    company_id, services = request.staff.company_id, request.services
    return StreamCursors(
        views=encode_cursor(await services.view_hub.stream.last_sequence(company_id)),
        events=encode_cursor(await services.invoice_event_hub.stream.last_sequence(company_id)),
    )
