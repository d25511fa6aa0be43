"""Following what happens to invoices live."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from context.loaders import Loaders
from models import InvoiceUpdate
from schema.live_events import InvoiceUpdated
from schema.permissions import Requires
from services.sharing.streams import follow
from subscriptions.replay import Event


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
        after: Annotated[
            str | None,
            strawberry.argument(
                description="The last cursor you received. The stream continues right after it. "
                "Empty or omitted, it begins now."
            ),
        ] = None,
    ) -> AsyncGenerator[InvoiceUpdated, None]:
        context = info.context

        def source_of(event: Event[InvoiceUpdate]) -> InvoiceUpdated:
            context.loaders = Loaders()  # those of the last event are stale
            return InvoiceUpdated.of(event, context.viewer)

        events = follow(
            context.services.invoice_event_hub,
            context.staff,
            invoice_id=invoice_id,
            after=context.last_event_id or after,
            outlet=context.outlet_of(source_of),
            on_start=context.on_stream_start,
        )
        try:
            async for event in events:
                yield source_of(event)
        finally:
            await events.aclose()
