"""Writing, issuing and voiding credit notes."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.credit_notes import (
    CreateCreditNoteInput,
    CreditInvoiceInput,
    CreditNotePayload,
    CreditNoteRef,
    UpdateCreditNoteInput,
)
from schema.permissions import Requires
from services.billing import credit_notes

CreditNoteArgument = Annotated[CreditNoteRef, strawberry.argument(description="The credit note.")]


@strawberry.type
class CreditNoteMutations:
    @strawberry.mutation(
        description="Creates a draft credit note over a plain amount, for goodwill or an "
        "overpayment.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def create_credit_note(
        self,
        info: Info,
        input: Annotated[CreateCreditNoteInput, strawberry.argument(description="The values.")],
    ) -> CreditNotePayload:
        row = await credit_notes.create_credit_note(
            info.context.staff, input.content(), idempotency_key=input.idempotency_key
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Creates a draft credit note that corrects an invoice, in full or in part. "
        "Together, an invoice's credit notes can't be more than the invoice, at any tax rate.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def credit_invoice(
        self,
        info: Info,
        input: Annotated[CreditInvoiceInput, strawberry.argument(description="The values.")],
    ) -> CreditNotePayload:
        row = await credit_notes.credit_invoice(
            info.context.staff,
            input.invoice_id,
            input.reason,
            input.drafts(),
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Changes a draft. Fails with CONFLICT once it has been issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_credit_note(
        self,
        info: Info,
        input: Annotated[UpdateCreditNoteInput, strawberry.argument(description="The values.")],
    ) -> CreditNotePayload:
        row = await credit_notes.update_credit_note(
            info.context.staff, input.credit_note_id, input.changes()
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Deletes a draft. Fails with CONFLICT once it has been issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def delete_credit_note(self, info: Info, input: CreditNoteArgument) -> bool:
        await credit_notes.delete_credit_note(info.context.staff, input.credit_note_id)
        return True

    @strawberry.mutation(
        description="Issues a draft. From then on its amount is credit that the customer can use.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def issue_credit_note(self, info: Info, input: CreditNoteArgument) -> CreditNotePayload:
        row = await credit_notes.issue_credit_note(info.context.staff, input.credit_note_id)
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Voids an issued credit note. Fails with CONFLICT if any of it has been "
        "applied or paid out, or if it holds an overpayment, which you refund or pay out instead.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def void_credit_note(self, info: Info, input: CreditNoteArgument) -> CreditNotePayload:
        row = await credit_notes.void_credit_note(info.context.staff, input.credit_note_id)
        return CreditNotePayload.of(row, info.context.viewer)
