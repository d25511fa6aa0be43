"""Live streams of a company's events, for as long as the follower's credential is valid."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Generic
from uuid import UUID

from auth.permissions import Permission
from auth.staff import Staff, still_valid
from errors import BadInput, Forbidden, PortalError, Text, Unauthenticated
from models import Invoice, InvoiceUpdate, InvoiceView
from services.common.lookups import get_owned
from services.common.pagination import BY_SEQUENCE, decode_cursor, encode_cursor
from subscriptions.feed import Verdict
from subscriptions.hub import Hub
from subscriptions.replay import Event, RowT, last_positions
from subscriptions.rooms import Outlet


async def refusals(credential_ids: set[UUID]) -> Verdict:
    """Return which credentials may no longer follow streams, and why."""
    valid = await still_valid(credential_ids)
    refused: dict[UUID, PortalError] = {}
    for credential_id in credential_ids:
        try:
            valid[credential_id].require(Permission.VIEW_INVOICES)
        except KeyError:
            refused[credential_id] = Unauthenticated()
        except Forbidden as refusal:
            refused[credential_id] = refusal
    ends = [staff.valid_until for staff in valid.values() if staff.valid_until]
    return Verdict(refused=refused, valid_until=min(ends, default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCursors:
    """The cursors of a company's latest view and latest invoice event."""

    views: str
    updates: str


async def load_stream_cursors(company_ids: Sequence[UUID]) -> list[StreamCursors]:
    """Return the current positions of companies' streams, from which followers can start.

    Read them before the rows that are to be followed, so that no event is missed.
    """
    positions = await last_positions(company_ids)
    return [
        StreamCursors(views=encode_cursor(views), updates=encode_cursor(updates))
        for views, updates in (positions[company_id] for company_id in company_ids)
    ]


def not_automated(event: Event[InvoiceView]) -> bool:
    """Whether the view is a person's, rather than that of a link preview, scanner or prefetch."""
    return not event.row.automated


def about_invoice(event: Event[InvoiceUpdate]) -> bool:
    """Whether it happened to an invoice, rather than to a quote or a credit note."""
    return event.row.invoice_id is not None


@dataclass(frozen=True, slots=True)
class _Selection(Generic[RowT]):
    """Which of the company's events a follower wants."""

    invoice_id: UUID | None
    wanted: Callable[[Event[RowT]], bool] | None

    def __call__(self, event: Event[RowT]) -> bool:
        if self.invoice_id is not None and event.row.invoice_id != self.invoice_id:
            return False
        return self.wanted is None or self.wanted(event)


async def follow(
    hub: Hub[RowT],
    staff: Staff,
    *,
    invoice_id: str | None = None,
    after: str | None = None,
    wanted: Callable[[Event[RowT]], bool] | None = None,
    outlet: Outlet | None = None,
    on_start: Callable[[str], None] | None = None,
) -> AsyncGenerator[Event[RowT], None]:
    """Yield the `wanted` events of the caller's company, or of one invoice, in order.

    Starts after the cursor `after`, or now without one, and tells `on_start` the cursor. With an
    `outlet`, new events are sent through it, as `Hub.follow` does. Raises NotFound for the invoice,
    BadInput for the cursor, and Unauthenticated or Forbidden once the credential loses its
    permission.
    """
    invoice = await get_owned(Invoice, staff, invoice_id) if invoice_id is not None else None
    position = await _position(hub, staff, after) if after else None
    events = hub.follow(
        staff.company_id,
        staff.credential_id,
        position,
        wanted=_Selection(invoice_id=invoice.id if invoice else None, wanted=wanted),
        outlet=outlet,
        on_start=None if on_start is None else lambda start: on_start(encode_cursor(start)),
    )
    try:
        async for event in events:
            yield event
    finally:
        await events.aclose()


async def _position(hub: Hub[RowT], staff: Staff, after: str) -> int:
    [sequence] = decode_cursor(after, BY_SEQUENCE)
    if sequence > await hub.last_sequence(staff.company_id):
        raise BadInput(Text("This cursor belongs to another company."), field="after")
    return int(sequence)
