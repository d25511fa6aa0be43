"""The positions in the live streams from which a page follows them."""

from dataclasses import dataclass

from services.common.pagination import encode_cursor
from subscriptions.replay import last_positions
from web.dashboard.requests import DashboardRequest


@dataclass(frozen=True, slots=True)
class StreamCursors:
    """The cursors of the latest view and the latest invoice event."""

    views: str
    events: str


async def stream_cursors(request: DashboardRequest) -> StreamCursors:
    """Return the current cursors. Read them before the rows, so that no event is missed."""
    views, events = await last_positions(request.staff.company_id)
    return StreamCursors(views=encode_cursor(views), events=encode_cursor(events))
