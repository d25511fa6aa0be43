"""Questions that clients ask about documents, and the answers of the company's staff."""

from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from db.indexes import of_known
from models.companies import Company
from models.credit_notes import CreditNote
from models.customers import Customer
from models.invoices import Invoice
from models.quotes import Quote


class Question(Model):
    """What a client asks about an invoice, a quote or a credit note."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="questions"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="questions"
    )
    customer_id: UUID
    invoice: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="questions", null=True
    )
    invoice_id: UUID | None
    quote: fields.ForeignKeyNullableRelation[Quote] = fields.ForeignKeyField(
        "models.Quote", related_name="questions", null=True
    )
    quote_id: UUID | None
    credit_note: fields.ForeignKeyNullableRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="questions", null=True
    )
    credit_note_id: UUID | None
    name = fields.CharField(200)
    """The name that the client gave."""
    email = fields.CharField(254, null=True)
    """The address that the client gave, to which the answer goes; null for the customer's."""
    text: str = fields.TextField()
    ip = fields.CharField(45, null=True)
    asked_at = fields.DatetimeField(auto_now_add=True)
    answered_at = fields.DatetimeField(null=True)
    """When it was first answered, closed or deleted; null while it waits."""
    deleted_at = fields.DatetimeField(null=True)
    """When staff deleted it, with all that the client wrote; null if they haven't."""

    loaded_answers: "list[Answer]"
    """Its answers, oldest first, where it was loaded with them."""

    class Meta:
        table = "question"
        indexes: ClassVar = (
            Index(fields=("company_id", "asked_at", "id"), name="question_listing"),
            Index(
                fields=("company_id", "answered_at", "asked_at", "id"), name="question_by_answered"
            ),
            of_known("question_with_ip", "company_id", "asked_at", "ip"),
            Index(fields=("customer_id", "asked_at"), name="question_by_customer"),
            Index(fields=("invoice_id", "asked_at"), name="question_by_invoice"),
            Index(fields=("quote_id", "asked_at"), name="question_by_quote"),
            Index(fields=("credit_note_id", "asked_at"), name="question_by_credit_note"),
        )
        constraints: ClassVar = (
            CheckConstraint(
                "CASE WHEN invoice_id IS NULL THEN 0 ELSE 1 END"
                " + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END"
                " + CASE WHEN credit_note_id IS NULL THEN 0 ELSE 1 END = 1",
                "question_document",
            ),
            CheckConstraint(
                "CASE WHEN deleted_at IS NULL THEN length(name) > 0 AND length(text) > 0"
                " ELSE name = '' AND text = '' AND email IS NULL AND ip IS NULL"
                " AND answered_at IS NOT NULL END",
                "question_content",
            ),
        )

    @property
    def document(self) -> Invoice | Quote | CreditNote:
        """The document that it is about, where it was loaded with it."""
        # Tortoise's missing relation is false, and not None.
        document = self.invoice or self.quote or self.credit_note
        assert document
        return document

    @property
    def document_id(self) -> UUID:
        """The id of the document that it is about."""
        document_id = self.invoice_id or self.quote_id or self.credit_note_id
        assert document_id is not None
        return document_id


class Answer(Model):
    """What staff write back."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="answers"
    )
    company_id: UUID
    question: fields.ForeignKeyRelation[Question] = fields.ForeignKeyField(
        "models.Question", related_name="answers"
    )
    question_id: UUID
    author = fields.CharField(200)
    """The name of the user or API key."""
    text: str = fields.TextField()
    answered_at = fields.DatetimeField(auto_now_add=True)
    deleted_at = fields.DatetimeField(null=True)
    """When it was deleted with its question."""
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)

    class Meta:
        table = "question_answer"
        indexes: ClassVar = (
            Index(fields=("question_id", "answered_at"), name="question_answer_by_question"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "question_answer_idempotency"),
            CheckConstraint(
                "length(author) > 0 AND (length(text) > 0) = (deleted_at IS NULL)",
                "question_answer_content",
            ),
        )
