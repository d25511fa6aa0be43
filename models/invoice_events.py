"""Invoice events: what happened to invoices, quotes and credit notes, as subscribers see it."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from db.indexes import PartialIndex
from db.shown_rows import SHOWN_NEWS, SHOWN_UPDATES
from models.companies import Company
from models.credit_notes import CreditNote
from models.invoices import Invoice
from models.quotes import Quote


class InvoiceChange(StrEnum):
    """What happened to an invoice, or to another document."""

    ISSUED = "ISSUED"
    CANCELLED = "CANCELLED"
    PAYMENT_RECEIVED = "PAYMENT_RECEIVED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    CREDIT_APPLIED = "CREDIT_APPLIED"
    REFUNDED = "REFUNDED"
    DISPUTED = "DISPUTED"
    REVERSAL_RETURNED = "REVERSAL_RETURNED"
    PAYMENT_REVERSED = "PAYMENT_REVERSED"
    CREDIT_REVERSED = "CREDIT_REVERSED"
    WRITTEN_OFF = "WRITTEN_OFF"
    WRITE_OFF_REVERSED = "WRITE_OFF_REVERSED"
    QUESTION_ASKED = "QUESTION_ASKED"
    QUESTION_ANSWERED = "QUESTION_ANSWERED"
    QUESTION_DELETED = "QUESTION_DELETED"
    QUOTE_ACCEPTED = "QUOTE_ACCEPTED"
    QUOTE_DECLINED = "QUOTE_DECLINED"
    READ = "READ"
    PDF_DOWNLOADED = "PDF_DOWNLOADED"
    PAY_CLICKED = "PAY_CLICKED"


class InvoiceUpdate(Model):
    """An event of an invoice, a quote or a credit note.

    `sequence` numbers a company's events in the order of their commits, without gaps.
    Rows are added, never edited.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="updates"
    )
    company_id: UUID
    invoice: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="updates", null=True, on_delete=fields.RESTRICT
    )
    invoice_id: UUID | None
    quote: fields.ForeignKeyNullableRelation[Quote] = fields.ForeignKeyField(
        "models.Quote", related_name="updates", null=True, on_delete=fields.RESTRICT
    )
    quote_id: UUID | None
    credit_note: fields.ForeignKeyNullableRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="updates", null=True, on_delete=fields.RESTRICT
    )
    credit_note_id: UUID | None
    customer_id = fields.UUIDField()
    """The customer of the document, which never changes after its first event.

    No reference: checking one would lock the customer after the feed, in the wrong order.
    """
    sequence = fields.BigIntField()
    change = fields.CharEnumField(InvoiceChange, max_length=20)
    amount = fields.BigIntField(null=True)
    """The amount in minor units of the invoice's currency; null if there is none."""
    at = fields.DatetimeField()
    actor = fields.CharField(200, null=True)
    """The name of the user or API key that did it; null if nobody of the company did."""
    reason: str | None = fields.TextField(null=True)
    """Why, in the words of the one who did it."""
    subject_id: UUID | None = fields.UUIDField(null=True)
    """The payment, share of a checkout, question or answer that it is about; null for others, and
    for events of earlier versions."""

    class Meta:
        table = "invoice_update"
        append_only = True
        indexes: ClassVar = (
            Index(fields=("invoice_id",), name="invoice_update_by_invoice"),
            *(
                PartialIndex(
                    fields=(f"{owner}_id", "sequence"),
                    name=f"invoice_update_of_{owner}",
                    where=SHOWN_UPDATES,
                )
                for owner in ("company", "customer", "invoice")
            ),
            PartialIndex(
                fields=("company_id", "sequence"), name="invoice_update_news", where=SHOWN_NEWS
            ),
            *(
                PartialIndex(
                    fields=(f"{owner}_id", "sequence"),
                    name=f"invoice_update_of_{owner}",
                    where=f"{owner}_id IS NOT NULL",
                )
                for owner in ("quote", "credit_note")
            ),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "sequence"), "invoice_update_sequence"),
            CheckConstraint(
                "change IN ('ISSUED', 'CANCELLED', 'PAYMENT_RECEIVED', 'PAYMENT_PENDING',"
                " 'PAYMENT_FAILED', 'CREDIT_APPLIED', 'REFUNDED', 'DISPUTED', 'REVERSAL_RETURNED',"
                " 'PAYMENT_REVERSED', 'CREDIT_REVERSED', 'WRITTEN_OFF', 'WRITE_OFF_REVERSED',"
                " 'QUESTION_ASKED', 'QUESTION_ANSWERED', 'QUESTION_DELETED', 'QUOTE_ACCEPTED',"
                " 'QUOTE_DECLINED', 'READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')",
                "invoice_update_change",
            ),
            CheckConstraint("amount > 0", "invoice_update_amount"),
            CheckConstraint(
                "CASE WHEN invoice_id IS NULL THEN 0 ELSE 1 END"
                " + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END"
                " + CASE WHEN credit_note_id IS NULL THEN 0 ELSE 1 END = 1",
                "invoice_update_document",
            ),
        )
