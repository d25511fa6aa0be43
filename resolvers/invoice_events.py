"""Following what happens to invoices live."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info, Loaders
from schema.live_events import InvoiceUpdated
from schema.permissions import Requires
from services.sharing.streams import follow


@strawberry.type
class UpdatesSubscription:
    """Updates, live."""

    @strawberry.subscription(
        description="What happens to the company's invoices, the moment it happens: in order, each "
        "once. Ends with an error within 5 seconds once the credential has lost its right.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoice_updated(
        self,
        info: Info,
        invoice_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this invoice's updates.")
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="The last cursor seen, to get what was missed."),
        ] = None,
    ) -> AsyncGenerator[InvoiceUpdated, None]:
        """See the description."""
        context = info.context
        events = follow(context.services.updates, context.staff, invoice_id=invoice_id, after=after)
        try:
            async for event in events:
                context.loaders = Loaders()  # what was loaded for the last event is old by now
                yield InvoiceUpdated.of(event, context.viewer)
        finally:
            await events.aclose()
