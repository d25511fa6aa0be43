"""Opening a customer's portal."""

from typing import Annotated

import strawberry

from context import Info
from schema.portals import Portal
from schema.selections import selected_invoices, selects_account


@strawberry.type
class PortalQueries:
    @strawberry.field(description="The portal that a link opens. Any other token is NOT_FOUND.")
    async def portal(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The link's token.")],
    ) -> Portal | None:
        context = info.context
        opened = await context.services.tokens.open_portal(
            token,
            context.client_info,
            with_account=selects_account(info),
            invoices=selected_invoices(info),
        )
        return Portal.of(opened, context.urls)
