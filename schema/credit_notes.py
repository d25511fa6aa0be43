"""Credit notes, and what of them was applied to invoices."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from context import Info, Viewer
from schema.customers import Customer
from schema.documents import STAFF_PDF
from schema.enums import CreditNoteStatus
from schema.money import Money
from services.billing.credit_notes import CreditNoteDraft


@strawberry.type(description="Credit that was applied to an invoice.")
class CreditApplication:
    id: strawberry.ID = strawberry.field(description="Names the application within the company.")
    amount: Money = strawberry.field(description="How much.")
    applied_at: datetime = strawberry.field(description="When.")
    credit_note_number: str = strawberry.field(description="Of which credit note.")
    invoice_number: str = strawberry.field(description="To which invoice.")

    @classmethod
    def of(cls, application: models.CreditApplication, language: str) -> Self:
        """Return an application that comes with its credit note and its invoice."""
        note = application.credit_note
        return cls(
            id=strawberry.ID(str(application.id)),
            amount=Money.of(note.money(application.amount), language),
            applied_at=application.applied_at,
            credit_note_number=note.number,
            invoice_number=application.invoice.number,
        )


@strawberry.type(description="Money that a customer has good with the company.")
class CreditNote:
    id: strawberry.ID = strawberry.field(description="Names the credit note for good.")
    number: str = strawberry.field(description="Unique within the company.")
    status: CreditNoteStatus = strawberry.field(description="Where it stands.")
    total: Money = strawberry.field(description="What it is about.")
    remaining: Money = strawberry.field(description="What is left of it; nothing of a void one.")
    reason: str | None = strawberry.field(description="Why it was written.")
    issued_at: datetime | None = strawberry.field(description="When it was issued.")
    voided_at: datetime | None = strawberry.field(description="When it was taken back.")
    created_at: datetime = strawberry.field(description="When the draft was made.")
    pdf_url: str = strawberry.field(description=STAFF_PDF)
    row: strawberry.Private[models.CreditNote]

    @strawberry.field(description="Who has it good.")
    async def customer(self, info: Info) -> Customer:
        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.settings)

    @strawberry.field(description="To which invoices it was applied, the oldest first.")
    async def applications(self, info: Info) -> list[CreditApplication]:
        rows = await info.context.loaders.applications_of_notes.load(self.row.id)
        return [CreditApplication.of(row, info.context.viewer.language) for row in rows]

    @classmethod
    def of(cls, note: models.CreditNote, viewer: Viewer) -> Self:
        """Return what staff see of `note`."""
        language = viewer.language
        return cls(
            id=strawberry.ID(str(note.id)),
            number=note.number,
            status=note.status,
            total=Money.of(note.money(note.total), language),
            remaining=Money.of(note.money(note.remaining), language),
            reason=note.reason,
            issued_at=note.issued_at,
            voided_at=note.voided_at,
            created_at=note.created_at,
            pdf_url=viewer.settings.pdf_url("credit-notes", note.id),
            row=note,
        )


@strawberry.type(description="The credit note as it is now.")
class CreditNotePayload:
    credit_note: CreditNote = strawberry.field(description="The credit note as it is now.")

    @classmethod
    def of(cls, note: models.CreditNote, viewer: Viewer) -> Self:
        """Return what a mutation of `note` answers with."""
        return cls(credit_note=CreditNote.of(note, viewer))


@strawberry.input(description="Names a credit note of the company.")
class CreditNoteRef:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note's id.")


@strawberry.input
class CreditNoteContent:
    """What can be set of a draft; not a type of the schema itself."""

    customer_id: strawberry.ID = strawberry.field(description="Who has it good.")
    amount: Decimal = strawberry.field(description="How much, more than 0.")
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217; omitted: the company's."
    )
    reason: str | None = strawberry.field(default=None, description="Up to 2,000 characters.")

    def draft(self) -> CreditNoteDraft:
        """Return the content as the service takes it."""
        return CreditNoteDraft(self.customer_id, self.amount, self.currency, self.reason)


@strawberry.input(description="A credit note to be. It begins as a draft, which is no credit yet.")
class CreateCreditNoteInput(CreditNoteContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again makes no "
        "second credit note.",
    )


@strawberry.input(description="A draft with everything in it replaced, but for its number.")
class UpdateCreditNoteInput(CreditNoteContent):
    credit_note_id: strawberry.ID = strawberry.field(description="The draft's id.")


@strawberry.input(description="Credit to apply to an invoice.")
class ApplyCreditNoteInput:
    credit_note_id: strawberry.ID = strawberry.field(description="Of which credit note.")
    invoice_id: strawberry.ID = strawberry.field(
        description="To which invoice, of the same customer and in the same currency."
    )
    amount: Decimal | None = strawberry.field(
        default=None, description="Omitted: as much as is left and due."
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Your name for this attempt, up to 64 characters: the same again applies "
        "nothing more.",
    )
