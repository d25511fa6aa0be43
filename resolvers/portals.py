"""Opening a customer's portal."""

from typing import Annotated

import strawberry

from context import Info
from schema.portals import Portal
from schema.selections import selects_account


@strawberry.type
class PortalQueries:
    @strawberry.field(description="The portal that a link opens. Any other token is NOT_FOUND.")
    async def portal(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The link's token.")],
    ) -> Portal | None:
        context = info.context
        tokens, account = context.services.tokens, None
        if selects_account(info):
            customer, account = await tokens.find_account(token, context.client_info)
        else:
            customer = await tokens.find_portal(token, context.client_info)
        return Portal.of(customer, context.urls, account)
