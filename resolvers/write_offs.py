"""Writing off what is due, and claiming it again."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.invoices import InvoicePayload
from schema.permissions import Requires
from schema.write_offs import ReverseWriteOffInput, WriteOffInput
from services.billing import write_offs


@strawberry.type
class WriteOffMutations:
    @strawberry.mutation(
        description="Writes off what is due on an invoice, in full or in part. Money that arrives "
        "later takes the write-off back.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def write_off(
        self,
        info: Info,
        input: Annotated[WriteOffInput, strawberry.argument(description="The amount.")],
    ) -> InvoicePayload:
        row = await write_offs.write_off(
            info.context.staff,
            input.invoice_id,
            input.reason,
            input.amount,
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Makes due again all that is written off on an invoice.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def reverse_write_off(
        self,
        info: Info,
        input: Annotated[ReverseWriteOffInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        row = await write_offs.reverse_write_off(
            info.context.staff,
            input.invoice_id,
            input.reason,
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)
