"""Following what happens at a company, for as long as the follower's credential lets him."""

from collections.abc import AsyncGenerator, Callable, Mapping
from uuid import UUID

from auth.permissions import Permission
from auth.staff import Staff, still_valid
from errors import BadInput, Forbidden, PortalError, Unauthenticated
from models import Invoice, InvoiceView
from services.common.lookups import get_owned
from services.common.pagination import BY_SEQUENCE, decode_cursor
from subscriptions.hub import Hub
from subscriptions.replay import Event, RowT, Stream


async def refusals(credential_ids: set[UUID]) -> Mapping[UUID, PortalError]:
    """Return which of the credentials may not follow now, and why."""
    valid = await still_valid(credential_ids)
    refused: dict[UUID, PortalError] = {}
    for credential_id in credential_ids:
        try:
            valid[credential_id].require(Permission.VIEW_INVOICES)
        except KeyError:
            refused[credential_id] = Unauthenticated()
        except Forbidden as refusal:
            refused[credential_id] = refusal
    return refused


def not_automated(event: Event[InvoiceView]) -> bool:
    """Whether no preview, scanner or prefetch has opened the invoice."""
    return not event.row.automated


async def follow(
    hub: Hub[RowT],
    staff: Staff,
    *,
    invoice_id: str | None = None,
    after: str | None = None,
    wanted: Callable[[Event[RowT]], bool] | None = None,
) -> AsyncGenerator[Event[RowT], None]:
    """Yield the `wanted` events of the caller's company, or of one invoice, in their order.

    Those after a cursor, or from now on. Raises NotFound for the invoice, BadInput for the cursor,
    and Unauthenticated or Forbidden once the credential has lost its right.
    """
    invoice = await get_owned(Invoice, staff, invoice_id) if invoice_id is not None else None
    position = None if after is None else await _position(hub.stream, staff, after)
    events = hub.follow(staff.company_id, staff.credential_id, position)
    try:
        async for event in events:
            if invoice is not None and event.invoice.id != invoice.id:
                continue
            if wanted is None or wanted(event):
                yield event
    finally:
        await events.aclose()


async def _position(stream: Stream[RowT], staff: Staff, after: str) -> int:
    [sequence] = decode_cursor(after, BY_SEQUENCE)
    if sequence > await stream.last_sequence(staff.company_id):
        message = "This cursor is not of this company."
        raise BadInput(message, field="after")
    return int(sequence)
