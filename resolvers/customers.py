"""Creating and changing customers."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.customer_inputs import CreateCustomerInput, UpdateCustomerInput
from schema.customers import CustomerPayload
from schema.permissions import Requires
from services.billing import customers


@strawberry.type
class CustomerMutations:
    @strawberry.mutation(
        description="Creates a customer.", extensions=[Requires(Permission.MANAGE_INVOICES)]
    )
    async def create_customer(
        self,
        info: Info,
        input: Annotated[
            CreateCustomerInput, strawberry.argument(description="The customer's details.")
        ],
    ) -> CustomerPayload:
        row = await customers.create_customer(
            info.context.staff,
            input.details(),
            idempotency_key=input.idempotency_key,
        )
        return CustomerPayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Updates a customer's details. Omitted fields stay as they are. Issued "
        "documents keep what they were issued with.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_customer(
        self,
        info: Info,
        input: Annotated[UpdateCustomerInput, strawberry.argument(description="The new details.")],
    ) -> CustomerPayload:
        row = await customers.update_customer(
            info.context.staff,
            input.customer_id,
            input.changes(),
        )
        return CustomerPayload.of(row, info.context.viewer)
