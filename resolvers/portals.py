"""Opening a customer's portal."""

from typing import Annotated

import strawberry

from context import Info
from schema.portals import Portal


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
        return Portal.of(customer, context.urls)
