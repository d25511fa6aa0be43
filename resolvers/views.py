"""Opening a shared invoice, recording that it was opened, and following opens live."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info, Loaders
from schema.enums import ViewSource
from schema.live_events import InvoiceViewed
from schema.permissions import Requires
from schema.public_invoices import PublicInvoice
from schema.views import RecordViewInput, RecordViewPayload
from services.billing.loaders import lines_of
from services.sharing.streams import follow, not_automated


@strawberry.type
class ViewingQueries:
    """What a link opens."""

    @strawberry.field(
        description="The invoice behind a link. NOT_FOUND for every token that opens none."
    )
    async def invoice(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The token of the link.")],
    ) -> PublicInvoice | None:
        """See the description."""
        context = info.context
        row = await context.services.tokens.find_shared_invoice(token, context.client_info)
        pdf_url = f"{context.settings.invoice_url(token)}.pdf"
        return PublicInvoice.of(row, await lines_of(row), pdf_url, context.settings)


@strawberry.type
class ViewingMutations:
    """What a front end reports."""

    @strawberry.mutation(
        description="Record that somebody opened an invoice. For front ends that show it on "
        "pages of their own; ours do it by themselves."
    )
    async def record_view(
        self,
        info: Info,
        input: Annotated[RecordViewInput, strawberry.argument(description="What was opened.")],
    ) -> RecordViewPayload:
        """See the description."""
        context = info.context
        recorded = await context.services.viewing.record(
            input.token,
            context.client_info,
            number=input.number,
            source=input.source or ViewSource.LINK,
            staff=await context.staff_or_none(),
            said_so=True,
        )
        return RecordViewPayload(recorded=recorded)


@strawberry.type
class ViewingSubscription:
    """Opens, live."""

    @strawberry.subscription(
        description="Each open of the company's invoices, the moment it happens: in order, each "
        "once. Ends with an error within 5 seconds once the credential has lost its right.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def viewed_invoice(
        self,
        info: Info,
        invoice_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this invoice's opens.")
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="The last cursor seen, to get what was missed."),
        ] = None,
        include_automated: Annotated[
            bool | None,
            strawberry.argument(description="Also opens by previews, scanners and prefetching."),
        ] = False,
    ) -> AsyncGenerator[InvoiceViewed, None]:
        """See the description."""
        context = info.context
        events = follow(
            context.services.opens,
            context.staff,
            invoice_id=invoice_id,
            after=after,
            wanted=None if include_automated else not_automated,
        )
        try:
            async for event in events:
                context.loaders = Loaders()  # what was loaded for the last event is old by now
                yield InvoiceViewed.of(event, context.viewer)
        finally:
            await events.aclose()
