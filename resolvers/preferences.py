"""Reading and changing which e-mails an address wants."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from errors import worded_in
from schema.customers import CustomerPayload
from schema.permissions import Requires
from schema.preferences import EmailPreferences, TurnOffEmailsInput, UpdatePreferencesInput
from services.email import opt_outs, preferences


@strawberry.type
class PreferencesQueries:
    @strawberry.field(
        description="The e-mails that an address wants from a business. Unknown tokens are "
        "NOT_FOUND. Rate limited per IP."
    )
    async def preferences(
        self,
        info: Info,
        token: Annotated[
            str,
            strawberry.argument(description="The token in the preferences link of every e-mail."),
        ],
    ) -> EmailPreferences | None:
        context = info.context
        row = await context.services.tokens.find_preference(token, context.client_info)
        return EmailPreferences.of(row, context.urls)


@strawberry.type
class PreferencesMutations:
    @strawberry.mutation(
        description="Turns off e-mails to an address of a customer who asked for it. Only the "
        "client can turn them on again, with the link in each e-mail.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def turn_off_emails(
        self,
        info: Info,
        input: Annotated[
            TurnOffEmailsInput, strawberry.argument(description="The address and the e-mails.")
        ],
    ) -> CustomerPayload:
        row = await opt_outs.turn_off_for_client(
            info.context.staff, input.customer_id, input.address, input.categories
        )
        return CustomerPayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Turns categories of e-mails on or off, effective at once. Shares the rate "
        "limit of the `preferences` query."
    )
    async def update_preferences(
        self,
        info: Info,
        input: Annotated[
            UpdatePreferencesInput, strawberry.argument(description="The switches to change.")
        ],
    ) -> EmailPreferences:
        context = info.context
        row = await context.services.tokens.find_preference(input.token, context.client_info)
        with worded_in(row.language or row.company.language):
            updated = await preferences.update(row, input.switches())
        return EmailPreferences.of(updated, context.urls)
