"""Credit notes, and their applications to invoices."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from context import Info, Viewer
from schema.documents import Document, StaffDocument, document_fields, staff_fields
from schema.enums import CreditNoteStatus
from schema.money import Money
from services.billing.credit_notes import CreditAmount


@strawberry.type(description="Credit applied to an invoice.")
class CreditApplication:
    id: strawberry.ID = strawberry.field(description="The application's ID.")
    amount: Money = strawberry.field(description="The amount.")
    applied_at: datetime = strawberry.field(description="When it happened.")
    credit_note_number: str = strawberry.field(description="The credit note.")
    invoice_number: str = strawberry.field(description="The invoice.")

    @classmethod
    def of(cls, application: models.CreditApplication, language: str) -> Self:
        """Return an application, which was fetched with its credit note and invoice."""
        note = application.credit_note
        return cls(
            id=strawberry.ID(str(application.id)),
            amount=Money.of(note.money(application.amount), language),
            applied_at=application.applied_at,
            credit_note_number=note.label,
            invoice_number=application.invoice.label,
        )


@strawberry.type(description="A credit note: credit that a customer has with the company.")
class CreditNote(Document, StaffDocument):
    status: CreditNoteStatus = strawberry.field(description="The status.")
    remaining: Money = strawberry.field(description="The amount not yet used. Zero if voided.")
    reason: str | None = strawberry.field(description="The reason.")
    issued_at: datetime | None = strawberry.field(description="When it was issued.")
    voided_at: datetime | None = strawberry.field(description="When it was voided.")
    row: strawberry.Private[models.CreditNote]

    @strawberry.field(description="Its applications to invoices, oldest first.")
    async def applications(self, info: Info) -> list[CreditApplication]:
        rows = await info.context.loaders.applications_of_notes.load(self.row.id)
        return [CreditApplication.of(row, info.context.viewer.language) for row in rows]

    @classmethod
    def of(cls, note: models.CreditNote, viewer: Viewer) -> Self:
        language = viewer.language
        return cls(
            **document_fields(note, language),
            **staff_fields(note, viewer.urls.credit_note),
            pdf_url=viewer.urls.document_pdf("credit-notes", note.id),
            status=note.status,
            remaining=Money.of(note.money(note.remaining), language),
            reason=note.reason,
            issued_at=note.issued_at,
            voided_at=note.voided_at,
        )


@strawberry.type(description="The updated credit note.")
class CreditNotePayload:
    credit_note: CreditNote = strawberry.field(description="The updated credit note.")

    @classmethod
    def of(cls, note: models.CreditNote, viewer: Viewer) -> Self:
        return cls(credit_note=CreditNote.of(note, viewer))


@strawberry.input(description="A credit note of the company.")
class CreditNoteRef:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note's ID.")


@strawberry.input
class CreditNoteContent:
    """The fields of a draft. This is not a type of the schema itself."""

    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    amount: Decimal = strawberry.field(description="The amount. Must be greater than zero.")
    currency: str | None = strawberry.field(
        default=None, description="An ISO 4217 code. Defaults to the company's currency."
    )
    reason: str | None = strawberry.field(default=None, description="Up to 2,000 characters.")

    def content(self) -> CreditAmount:
        return CreditAmount(
            customer_id=self.customer_id,
            amount=self.amount,
            currency=self.currency,
            reason=self.reason,
        )


@strawberry.input(description="A new credit note. It starts as a draft, which isn't credit yet.")
class CreateCreditNoteInput(CreditNoteContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="New values for a draft. Its number stays.")
class UpdateCreditNoteInput(CreditNoteContent):
    credit_note_id: strawberry.ID = strawberry.field(description="The draft's ID.")


@strawberry.input(description="Credit to apply to an invoice.")
class ApplyCreditNoteInput:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note.")
    invoice_id: strawberry.ID = strawberry.field(
        description="The invoice. It must belong to the same customer and have the same currency."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="Defaults to as much as is left of the credit and due on the invoice.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )
