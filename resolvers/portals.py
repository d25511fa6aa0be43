"""Opening a customer's portal."""

from typing import Annotated

import strawberry

from context import Info
from schema.portals import Portal


@strawberry.type
class PortalQueries:
    """What a portal's link opens."""

    @strawberry.field(
        description="The portal behind a link. NOT_FOUND for every token that opens none."
    )
    async def portal(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The token of the link.")],
    ) -> Portal | None:
        """See the description."""
        context = info.context
        customer = await context.services.tokens.find_portal(token, context.client_info)
        return Portal.of(customer, context.settings)
