"""Reading a shared invoice, recording views of it, and following views live."""

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from context.loaders import Loaders
from models import InvoiceView, ReaderAction, ViewSource
from schema.live_events import InvoiceViewed
from schema.permissions import Requires
from schema.public_invoices import PublicInvoice
from schema.selections import load_lines, selects_lines
from schema.views import IncludeAutomated, RecordViewInput, RecordViewPayload, ReportReadInput
from services.sharing.streams import follow, not_automated
from subscriptions.replay import Event


@strawberry.type
class ViewQueries:
    @strawberry.field(description="The invoice that a link opens. Any other token is NOT_FOUND.")
    async def invoice(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The link's token.")],
    ) -> PublicInvoice | None:
        context = info.context
        with_lines = selects_lines(info)
        link = await context.services.tokens.find_invoice(
            token, context.client_info, with_lines=with_lines
        )
        lines = await load_lines(info, link.invoice) if with_lines else []
        data = context.services.public_documents.invoice(link, lines)
        return PublicInvoice.of(data, context.urls)


@strawberry.type
class ViewMutations:
    @strawberry.mutation(
        description="Records that someone opened an invoice. For front ends that show invoices "
        "on their own pages; the portal's pages record views themselves."
    )
    async def record_view(
        self,
        info: Info,
        input: Annotated[RecordViewInput, strawberry.argument(description="The view to record.")],
    ) -> RecordViewPayload:
        context = info.context
        recorded = await context.services.views.report(
            input.token,
            context.client_info,
            number=input.number,
            source=input.source or ViewSource.LINK,
            staff=await context.staff_or_none(),
        )
        return RecordViewPayload(recorded=recorded)

    @strawberry.mutation(
        description="Records that a reader has had an invoice open and visible for three seconds, "
        "has downloaded its PDF or has chosen to pay. For front ends that show invoices on their "
        "own pages, after `recordView` from the same address and browser."
    )
    async def report_read(
        self,
        info: Info,
        input: Annotated[ReportReadInput, strawberry.argument(description="What the reader did.")],
    ) -> RecordViewPayload:
        context = info.context
        recorded = await context.services.reads.report(
            input.token,
            context.client_info,
            number=input.number,
            action=input.action or ReaderAction.READ,
            staff=await context.staff_or_none(),
        )
        return RecordViewPayload(recorded=recorded)


@strawberry.type
class ViewSubscription:
    @strawberry.subscription(
        description="Streams each view of the company's invoices as it happens: in order, each "
        "view once. Ends with an error within 5 seconds after the credential loses "
        "its permission.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def viewed_invoice(
        self,
        info: Info,
        invoice_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only views of this invoice.")
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="The last cursor you received. The stream continues right after it. "
                "If it's empty or omitted, the stream begins now."
            ),
        ] = None,
        include_automated: IncludeAutomated = False,
    ) -> AsyncGenerator[InvoiceViewed, None]:
        context = info.context

        def source_of(event: Event[InvoiceView]) -> InvoiceViewed:
            context.loaders = Loaders()  # those of the last event are stale
            return InvoiceViewed.of(event, context.viewer)

        events = follow(
            context.services.view_hub,
            context.staff,
            invoice_id=invoice_id,
            after=context.last_event_id or after,
            wanted=None if include_automated else not_automated,
            outlet=context.outlet_of(source_of),
            on_start=context.on_stream_start,
        )
        try:
            async for event in events:
                yield source_of(event)
        finally:
            await events.aclose()
