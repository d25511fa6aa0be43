"""Credit notes: written, issued, applied and voided."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.credit_notes import (
    ApplyCreditNoteInput,
    CreateCreditNoteInput,
    CreditNotePayload,
    CreditNoteRef,
    UpdateCreditNoteInput,
)
from schema.permissions import Requires
from services.billing import credit_notes

WhichCreditNote = Annotated[CreditNoteRef, strawberry.argument(description="Which credit note.")]


@strawberry.type
class CreditMutations:
    """Credit notes."""

    @strawberry.mutation(
        description="Write a draft of a credit note.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def create_credit_note(
        self,
        info: Info,
        input: Annotated[CreateCreditNoteInput, strawberry.argument(description="It.")],
    ) -> CreditNotePayload:
        """See the description."""
        row = await credit_notes.create_credit_note(
            info.context.staff, input.draft(), idempotency_key=input.idempotency_key
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Replace everything in a draft but its number. CONFLICT once it is issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_credit_note(
        self,
        info: Info,
        input: Annotated[UpdateCreditNoteInput, strawberry.argument(description="It.")],
    ) -> CreditNotePayload:
        """See the description."""
        row = await credit_notes.update_credit_note(
            info.context.staff, input.credit_note_id, input.draft()
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Delete a draft. CONFLICT once it is issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def delete_credit_note(self, info: Info, input: WhichCreditNote) -> bool:
        """See the description."""
        await credit_notes.delete_credit_note(info.context.staff, input.credit_note_id)
        return True

    @strawberry.mutation(
        description="Issue a draft: from now on the customer has it good.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def issue_credit_note(self, info: Info, input: WhichCreditNote) -> CreditNotePayload:
        """See the description."""
        row = await credit_notes.issue_credit_note(info.context.staff, input.credit_note_id)
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Take an issued credit note back. CONFLICT once something of it was applied, "
        "and for money that was paid beyond what was due: refund that.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def void_credit_note(self, info: Info, input: WhichCreditNote) -> CreditNotePayload:
        """See the description."""
        row = await credit_notes.void_credit_note(info.context.staff, input.credit_note_id)
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Apply credit to an invoice, which owes less then and may be settled by it.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def apply_credit_note(
        self,
        info: Info,
        input: Annotated[ApplyCreditNoteInput, strawberry.argument(description="What to what.")],
    ) -> CreditNotePayload:
        """See the description."""
        row = await credit_notes.apply_credit_note(
            info.context.staff,
            input.credit_note_id,
            input.invoice_id,
            input.amount,
            idempotency_key=input.idempotency_key,
        )
        info.context.services.updates.announce(row.company_id)
        await info.context.services.unfinished.see_to(info.context.staff.company_id)
        return CreditNotePayload.of(row, info.context.viewer)
