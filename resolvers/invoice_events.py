"""Following what happens to invoices, and to quotes and credit notes, live."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, TypeVar

import strawberry

from auth.permissions import Permission
from context import Info, Viewer
from context.loaders import Loaders
from models import InvoiceUpdate
from schema.live_events import DocumentUpdated, InvoiceUpdated
from schema.permissions import Requires
from services.sharing.streams import about_invoice, follow
from subscriptions.replay import Event

T = TypeVar("T")
After = Annotated[
    str | None,
    strawberry.argument(
        description="The last cursor you received. The stream continues right after it. "
        "If it's empty or omitted, the stream begins now."
    ),
]


@strawberry.type
class InvoiceEventSubscription:
    @strawberry.subscription(
        description="Streams what happens to the company's invoices as it happens: in order, "
        "each event once. Ends with an error within 5 seconds after the credential "
        "loses its permission.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoice_updated(
        self,
        info: Info,
        invoice_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only events of this invoice.")
        ] = None,
        after: After = None,
    ) -> AsyncGenerator[InvoiceUpdated, None]:
        events = _follow(
            info, InvoiceUpdated.of, after, invoice_id=invoice_id, wanted=about_invoice
        )
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()

    @strawberry.subscription(
        description="Streams what `invoiceUpdated` does, and also what happens to the company's "
        "quotes and credit notes: quotes that are accepted or declined, and questions. "
        "The cursors of both can be exchanged.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def document_updated(
        self, info: Info, after: After = None
    ) -> AsyncGenerator[DocumentUpdated, None]:
        events = _follow(info, DocumentUpdated.of, after)
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()


async def _follow(
    info: Info,
    of: Callable[[Event[InvoiceUpdate], Viewer], T],
    after: str | None,
    *,
    invoice_id: str | None = None,
    wanted: Callable[[Event[InvoiceUpdate]], bool] | None = None,
) -> AsyncGenerator[T, None]:
    """Yield what `of` makes of each event that is `wanted`."""
    context = info.context

    def source_of(event: Event[InvoiceUpdate]) -> T:
        context.loaders = Loaders()  # those of the last event are stale
        return of(event, context.viewer)

    events = follow(
        context.services.invoice_event_hub,
        context.staff,
        invoice_id=invoice_id,
        after=context.last_event_id or after,
        wanted=wanted,
        outlet=context.outlet_of(source_of),
        on_start=context.on_stream_start,
    )
    try:
        async for event in events:
            yield source_of(event)
    finally:
        await events.aclose()
