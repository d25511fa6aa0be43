"""Applying credit to invoices, and taking it off them again."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.credit_applications import ApplyCreditNoteInput, ReverseCreditApplicationInput
from schema.credit_notes import CreditNotePayload
from schema.permissions import Requires
from services.billing import credit_applications


@strawberry.type
class CreditApplicationMutations:
    @strawberry.mutation(
        description="Applies credit to an invoice. This lowers the amount due and may pay the "
        "invoice in full.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def apply_credit_note(
        self,
        info: Info,
        input: Annotated[
            ApplyCreditNoteInput,
            strawberry.argument(description="The credit note and the invoice."),
        ],
    ) -> CreditNotePayload:
        row = await credit_applications.apply_credit_note(
            info.context.staff,
            input.credit_note_id,
            input.invoice_id,
            input.amount,
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Takes applied credit off its invoice, so that the customer has it again. "
        "Fails with CONFLICT if it makes up for a payment that was taken back, or if a surplus "
        "that it caused is in use.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def reverse_credit_application(
        self,
        info: Info,
        input: Annotated[
            ReverseCreditApplicationInput, strawberry.argument(description="The application.")
        ],
    ) -> CreditNotePayload:
        row = await credit_applications.reverse_credit_application(
            info.context.staff,
            input.application_id,
            input.reason,
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)
