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
    ShareCreditNotePayload,
    UpdateCreditNoteInput,
)
from schema.invoices import CreditNote
from schema.permissions import Requires
from schema.public_credit_notes import PublicCreditNote
from schema.selections import load_lines, selects_lines
from services.billing import credit_notes
from services.sharing import links

CreditNoteArgument = Annotated[CreditNoteRef, strawberry.argument(description="The credit note.")]


@strawberry.type
class CreditNoteQueries:
    @strawberry.field(
        description="The credit note that a link opens. Any other token is NOT_FOUND."
    )
    async def credit_note(
        self,
        info: Info,
        token: Annotated[str, strawberry.argument(description="The link's token.")],
        number: Annotated[
            str | None,
            strawberry.argument(description="With a portal's token: which credit note."),
        ] = None,
    ) -> PublicCreditNote | None:
        context = info.context
        with_lines = selects_lines(info)
        link = await context.services.tokens.find_credit_note(
            token, context.client_info, number=number, with_lines=with_lines
        )
        lines = await load_lines(info, link.note) if with_lines else []
        data = context.services.public_documents.credit_note(link, lines)
        return PublicCreditNote.of(data, context.urls)


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
            input.part(),
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

    @strawberry.mutation(
        description="Creates the credit note's share link, or returns the existing one.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def share_credit_note(
        self, info: Info, input: CreditNoteArgument
    ) -> ShareCreditNotePayload:
        urls = info.context.urls
        row = await links.share_credit_note(info.context.staff, input.credit_note_id)
        return ShareCreditNotePayload(
            token=str(row.share_token),
            url=urls.credit_note(row.share_token),
            credit_note=CreditNote.of(row, info.context.viewer),
        )

    @strawberry.mutation(
        description="Revokes the credit note's link. It stops working at once and never works "
        "again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def revoke_credit_note_share(
        self, info: Info, input: CreditNoteArgument
    ) -> CreditNotePayload:
        row = await links.revoke_credit_note_share(info.context.staff, input.credit_note_id)
        return CreditNotePayload.of(row, info.context.viewer)
