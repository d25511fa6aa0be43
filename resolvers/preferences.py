"""Reading and changing which e-mails an address wants."""

from typing import Annotated

import strawberry

from context import Info
from schema.preferences import EmailPreferences, UpdatePreferencesInput
from services.email import preferences


@strawberry.type
class PreferencesQueries:
    """What the link in each e-mail opens."""

    @strawberry.field(
        description="Which e-mails an address wants from a business. NOT_FOUND for every token "
        "that opens none. Limited per address of the caller."
    )
    async def preferences(
        self,
        info: Info,
        token: Annotated[
            str, strawberry.argument(description="The token of the link in each e-mail.")
        ],
    ) -> EmailPreferences | None:
        """See the description."""
        context = info.context
        row = await context.services.tokens.find_preference(token, context.client_info)
        return EmailPreferences.of(row)


@strawberry.type
class PreferencesMutations:
    """What the link in each e-mail changes."""

    @strawberry.mutation(
        description="Turn e-mails on or off, for every later one. Limited together with reading."
    )
    async def update_preferences(
        self,
        info: Info,
        input: Annotated[
            UpdatePreferencesInput, strawberry.argument(description="What is wanted.")
        ],
    ) -> EmailPreferences:
        """See the description."""
        context = info.context
        row = await context.services.tokens.find_preference(input.token, context.client_info)
        return EmailPreferences.of(await preferences.update(row, input.switches()))
