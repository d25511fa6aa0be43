"""Credit notes, their lines, and what was done with their credit."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from db.indexes import PartialIndex
from models.companies import Company
from models.customers import Customer
from models.documents import (
    DocumentLine,
    PricedDocument,
    document_constraints,
    line_constraints,
)
from models.invoices import Invoice
from models.party_snapshots import PartySnapshot


class CreditNoteStatus(StrEnum):
    """The status of a credit note. The rest of an issued or applied one is usable credit."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    APPLIED = "APPLIED"
    VOID = "VOID"


LIVE_CREDIT: Final = frozenset({CreditNoteStatus.ISSUED, CreditNoteStatus.APPLIED})
"""Statuses in which some credit may be left."""


class CreditNote(PricedDocument):
    """Credit that a customer has with a company. Amounts are in minor units of its currency."""

    noun: ClassVar = "credit note"

    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="credit_notes"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="credit_notes", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    seller_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot] = fields.ForeignKeyField(
        "models.PartySnapshot",
        related_name="credit_note_sellers",
        null=True,
        on_delete=fields.RESTRICT,
    )
    buyer_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot] = fields.ForeignKeyField(
        "models.PartySnapshot",
        related_name="credit_note_buyers",
        null=True,
        on_delete=fields.RESTRICT,
    )
    invoice: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="credit_notes", null=True, on_delete=fields.RESTRICT
    )
    invoice_id: UUID | None
    """The invoice that it corrects; null for credit that corrects none."""
    status = fields.CharEnumField(CreditNoteStatus, max_length=8, default=CreditNoteStatus.DRAFT)
    applied = fields.BigIntField(default=0)
    """Always the sum of its applications."""
    paid_out = fields.BigIntField(default=0, db_default=0)
    """Always the sum of its payouts."""
    reason = fields.TextField(null=True)
    issued_at = fields.DatetimeField(null=True)
    voided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "credit_note"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="credit_note_listing"),
            Index(
                fields=("customer_id", "created_at", "id", "status"),
                name="credit_note_of_customer",
            ),
            Index(fields=("company_id", "total", "id"), name="credit_note_by_total"),
            Index(fields=("company_id", "issue_date", "id"), name="credit_note_by_issue_date"),
            Index(
                fields=("company_id", "currency", "created_at", "id"),
                name="credit_note_by_currency",
            ),
            Index(
                fields=("company_id", "status", "created_at", "id"), name="credit_note_by_status"
            ),
            Index(fields=("invoice_id", "created_at"), name="credit_note_by_invoice"),
            # All that the sums of a customer's account need.
            PartialIndex(
                fields=("customer_id", "currency", "total", "applied", "paid_out", "number"),
                name="credit_note_of_account",
                where="status IN ('APPLIED', 'ISSUED')",
            ),
        )
        constraints: ClassVar = (
            *document_constraints("credit_note"),
            CheckConstraint(
                "status IN ('DRAFT', 'ISSUED', 'APPLIED', 'VOID')", "credit_note_status"
            ),
            CheckConstraint(
                "total > 0 AND applied >= 0 AND paid_out >= 0 AND applied + paid_out <= total",
                "credit_note_used",
            ),
            CheckConstraint("(status = 'APPLIED') = (applied > 0)", "credit_note_applied_status"),
            CheckConstraint(
                "status NOT IN ('DRAFT', 'VOID') OR paid_out = 0", "credit_note_paid_out_status"
            ),
            CheckConstraint("(status = 'DRAFT') = (issued_at IS NULL)", "credit_note_issued_at"),
            CheckConstraint("(status = 'VOID') = (voided_at IS NOT NULL)", "credit_note_voided_at"),
            CheckConstraint("status <> 'DRAFT' OR share_token IS NULL", "credit_note_draft"),
        )

    @property
    def remaining(self) -> int:
        """The credit that is left, in minor units; 0 if voided."""
        if self.status is CreditNoteStatus.VOID:
            return 0
        remaining: int = self.total - self.applied - self.paid_out
        return remaining


class CreditNoteLine(DocumentLine):
    """A line of a credit note. Amounts are in minor units of the credit note's currency."""

    credit_note: fields.ForeignKeyRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="lines"
    )
    credit_note_id: UUID

    class Meta:
        table = "credit_note_line"
        constraints: ClassVar = line_constraints("credit_note_line", "credit_note_id")


class CreditApplication(Model):
    """Credit applied to an invoice or, if negative, taken off it again. Rows are never edited."""

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
    reverses: fields.ForeignKeyNullableRelation["CreditApplication"] = fields.ForeignKeyField(
        "models.CreditApplication", related_name="reversed_by", null=True, on_delete=fields.RESTRICT
    )
    reverses_id: UUID | None
    """The application that this one takes back."""
    actor = fields.CharField(200, null=True)
    """The name of the user or API key that did it; null if nobody of the company did."""
    reason = fields.TextField(null=True)
    applied_at = fields.DatetimeField(auto_now_add=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""

    class Meta:
        table = "credit_application"
        append_only = True
        indexes: ClassVar = (
            Index(fields=("invoice_id", "applied_at"), name="credit_application_by_invoice"),
            Index(fields=("credit_note_id", "applied_at"), name="credit_application_by_note"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "credit_application_idempotency"),
            UniqueConstraint(("reverses_id",), "credit_application_reversed_once"),
            CheckConstraint(
                "amount <> 0 AND (amount < 0) = (reverses_id IS NOT NULL)",
                "credit_application_amount",
            ),
        )


class CreditPayout(Model):
    """Credit paid out to the customer or, if negative, not paid out after all.

    Rows are added, never edited.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="credit_payouts"
    )
    company_id: UUID
    credit_note: fields.ForeignKeyRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="payouts", on_delete=fields.RESTRICT
    )
    credit_note_id: UUID
    amount = fields.BigIntField()
    method = fields.CharField(50)
    reference = fields.CharField(200, null=True)
    reverses: fields.ForeignKeyNullableRelation["CreditPayout"] = fields.ForeignKeyField(
        "models.CreditPayout", related_name="reversed_by", null=True, on_delete=fields.RESTRICT
    )
    reverses_id: UUID | None
    """The payout that this one takes back."""
    actor = fields.CharField(200)
    """The name of the user or API key that did it."""
    reason = fields.TextField(null=True)
    paid_at = fields.DatetimeField(auto_now_add=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""

    class Meta:
        table = "credit_payout"
        append_only = True
        indexes: ClassVar = (
            Index(fields=("credit_note_id", "paid_at"), name="credit_payout_by_note"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "credit_payout_idempotency"),
            UniqueConstraint(("reverses_id",), "credit_payout_reversed_once"),
            CheckConstraint(
                "amount <> 0 AND (amount < 0) = (reverses_id IS NOT NULL)", "credit_payout_amount"
            ),
        )
