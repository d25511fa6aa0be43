"""Credit notes as their recipients see them."""

from datetime import date
from typing import Self

import strawberry

import models
from core.urls import Urls
from schema.documents import PublicDocument
from schema.invoices import CreditNoteDocument
from schema.lazy_fields import lazy_field
from services.public.documents import PublicCreditNoteData


@strawberry.type(description="The invoice that a credit note corrects.")
class CorrectedInvoice:
    number: str = strawberry.field(description="The number.")
    issue_date: date | None = strawberry.field(description="The issue date.")

    @classmethod
    def of(cls, note: models.CreditNote) -> Self | None:
        """Return the invoice that `note` corrects, which was fetched with it; None for none."""
        if note.invoice_id is None or note.invoice is None:
            return None
        return cls(number=note.invoice.label, issue_date=note.invoice.issue_date)


@strawberry.type(description="A credit note as its recipient sees it, without IDs or tokens.")
class PublicCreditNote(CreditNoteDocument, PublicDocument):
    corrected_invoice: CorrectedInvoice | None = strawberry.field(
        description="The invoice that it corrects; null if it corrects none."
    )
    xml_url: str | None = lazy_field(
        "The URL of the e-invoice, in the format that the customer wants or else as Factur-X; null "
        "if details are missing for it, and once the credit note is void."
    )
    row: strawberry.Private[models.CreditNote]
    data: strawberry.Private[PublicCreditNoteData]

    def make_xml_url(self) -> str | None:
        return self.data.xml_url

    @classmethod
    def of(cls, data: PublicCreditNoteData, urls: Urls) -> Self:
        """Return what clients may see of a credit note."""
        note = data.note
        language = note.written_in
        return cls(
            row=note,
            formatted_in=language,
            language=language,
            data=data,
            urls=urls,
            corrected_invoice=CorrectedInvoice.of(note),
        )
