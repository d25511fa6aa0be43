"""Opening a customer's portal."""

from typing import Annotated

import strawberry

from context import Info
from schema.portals import Portal
from schema.selections import selects_account
from services.sharing.portals import load_account


@strawberry.type
class PortalQueries:
    @strawberry.field(description="The portal that a link opens. Any other token is NOT_FOUND.")
    async def portal(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The link's token.")],
    ) -> Portal | None:
        context = info.context
        customer = await context.services.tokens.find_portal(token, context.client_info)
        account = await load_account(customer) if selects_account(info) else None
        return Portal.of(customer, context.urls, account)
