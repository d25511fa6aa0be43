"""Credit notes, and their applications to invoices."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from models.customers import Customer
from models.invoices import Invoice
from models.money import Minor, Money


class CreditNoteStatus(StrEnum):
    """The status of a credit note. The rest of an issued or applied one is usable credit."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    APPLIED = "APPLIED"
    VOID = "VOID"


LIVE_CREDIT: Final = frozenset({CreditNoteStatus.ISSUED, CreditNoteStatus.APPLIED})
"""Statuses in which some credit may be left."""


class CreditNote(Model):
    """Credit that a customer has with a company, in minor units of its currency."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="credit_notes"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="credit_notes", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    number = fields.CharField(64)
    status = fields.CharEnumField(CreditNoteStatus, max_length=8, default=CreditNoteStatus.DRAFT)
    currency = fields.CharField(3)
    total = fields.BigIntField()
    applied = fields.BigIntField(default=0)
    """Always the sum of its applications."""
    reason = fields.TextField(null=True)
    issued_at = fields.DatetimeField(null=True)
    voided_at = fields.DatetimeField(null=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "credit_note"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="credit_note_listing"),
            Index(fields=("customer_id", "created_at", "id"), name="credit_note_by_customer"),
            Index(
                fields=("company_id", "status", "created_at", "id"), name="credit_note_by_status"
            ),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "number"), "credit_note_number"),
            UniqueConstraint(("company_id", "idempotency_key"), "credit_note_idempotency"),
            CheckConstraint(
                "status IN ('DRAFT', 'ISSUED', 'APPLIED', 'VOID')", "credit_note_status"
            ),
            CheckConstraint("length(currency) = 3", "credit_note_currency"),
            CheckConstraint(
                "total > 0 AND applied >= 0 AND applied <= total", "credit_note_amounts"
            ),
            CheckConstraint("(status = 'APPLIED') = (applied > 0)", "credit_note_applied_status"),
            CheckConstraint(
                "status NOT IN ('ISSUED', 'APPLIED') OR issued_at IS NOT NULL",
                "credit_note_issued_at",
            ),
            CheckConstraint("(status = 'VOID') = (voided_at IS NOT NULL)", "credit_note_voided_at"),
        )

    def money(self, minor: int) -> Money:
        """Return `minor` units in the credit note's currency."""
        return Money(Minor(minor), self.currency)

    @property
    def remaining(self) -> int:
        """The credit that is left, in minor units; 0 if voided."""
        return 0 if self.status is CreditNoteStatus.VOID else self.total - self.applied


class CreditApplication(Model):
    """Credit applied to an invoice. Rows are added, never edited."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="credit_applications"
    )
    company_id: UUID
    credit_note: fields.ForeignKeyRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="applications", on_delete=fields.RESTRICT
    )
    credit_note_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="credit_applications", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    amount = fields.BigIntField()
    applied_at = fields.DatetimeField(auto_now_add=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""

    class Meta:
        table = "credit_application"
        indexes: ClassVar = (
            Index(fields=("invoice_id", "applied_at"), name="credit_application_by_invoice"),
            Index(fields=("credit_note_id", "applied_at"), name="credit_application_by_note"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "credit_application_idempotency"),
            CheckConstraint("amount > 0", "credit_application_amount"),
        )
