"""Quotes: priced offers to customers, which can become invoices."""

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from db.indexes import by_link
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


class QuoteStatus(StrEnum):
    """The status of a quote. Only drafts can be edited, and only drafts are hidden from clients."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


class Quote(PricedDocument):
    """A company's offer to a customer. Amounts are in minor units of its currency."""

    noun: ClassVar = "quote"

    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="quotes"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="quotes", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    seller_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot] = fields.ForeignKeyField(
        "models.PartySnapshot", related_name="quote_sellers", null=True, on_delete=fields.RESTRICT
    )
    buyer_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot] = fields.ForeignKeyField(
        "models.PartySnapshot", related_name="quote_buyers", null=True, on_delete=fields.RESTRICT
    )
    status = fields.CharEnumField(QuoteStatus, max_length=8, default=QuoteStatus.DRAFT)
    valid_until = fields.DateField(null=True)
    """The last day on which it can be accepted; null for no limit."""
    sent_at = fields.DatetimeField(null=True)
    decided_at = fields.DatetimeField(null=True)
    invoice: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="quotes", null=True, on_delete=fields.SET_NULL
    )
    invoice_id: UUID | None
    """The invoice created from an accepted quote; null again if its draft is deleted."""

    answered_by = fields.CharField(200, null=True)
    """The name that the client gave with the answer; null if staff recorded it."""
    answer_note: str | None = fields.TextField(null=True)
    """What the client wrote with the answer."""
    answer_purchase_order = fields.CharField(100, null=True)
    """The number of the client's order, for the invoice."""
    answer_ip = fields.CharField(45, null=True)
    """The client's address, where it is known."""

    class Meta:
        table = "quote"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="quote_listing"),
            Index(fields=("customer_id", "created_at", "id", "status"), name="quote_of_customer"),
            Index(fields=("company_id", "valid_until", "id"), name="quote_by_valid_until"),
            Index(fields=("company_id", "total", "id"), name="quote_by_total"),
            Index(fields=("company_id", "issue_date", "id"), name="quote_by_issue_date"),
            *by_link("quote", "share_token"),
            Index(
                fields=("company_id", "currency", "created_at", "id"),
                name="quote_by_currency",
            ),
            Index(fields=("company_id", "status", "created_at", "id"), name="quote_by_status"),
        )
        constraints: ClassVar = (
            *document_constraints("quote"),
            UniqueConstraint(("invoice_id",), "quote_invoice_once"),
            CheckConstraint("status IN ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED')", "quote_status"),
            CheckConstraint("(status = 'DRAFT') = (sent_at IS NULL)", "quote_sent_at"),
            CheckConstraint(
                "(status IN ('ACCEPTED', 'DECLINED')) = (decided_at IS NOT NULL)",
                "quote_decided_at",
            ),
            CheckConstraint("decided_at IS NOT NULL OR answered_by IS NULL", "quote_answered"),
            CheckConstraint(
                "CASE WHEN answered_by IS NULL THEN answer_note IS NULL AND answer_ip IS NULL"
                " AND answer_purchase_order IS NULL ELSE length(answered_by) > 0 END",
                "quote_answered_by",
            ),
            CheckConstraint(
                "status = 'ACCEPTED' OR answer_purchase_order IS NULL",
                "quote_answer_purchase_order",
            ),
            CheckConstraint("status = 'ACCEPTED' OR invoice_id IS NULL", "quote_invoice"),
            CheckConstraint("status <> 'DRAFT' OR share_token IS NULL", "quote_draft"),
            CheckConstraint("valid_until >= issue_date", "quote_valid_after_issue"),
        )

    @property
    def decided_on(self) -> date | None:
        """The day at the company, which comes with it, on which it was accepted or declined."""
        at = self.decided_at
        return at.astimezone(ZoneInfo(self.company.time_zone)).date() if at else None

    def is_expired(self, today: date) -> bool:
        """Whether it is undecided and its last valid day has passed. `today` is the company's."""
        return (
            self.status is QuoteStatus.SENT
            and self.valid_until is not None
            and self.valid_until < today
        )


class QuoteLine(DocumentLine):
    """A line of a quote. Amounts are in minor units of the quote's currency."""

    quote: fields.ForeignKeyRelation[Quote] = fields.ForeignKeyField(
        "models.Quote", related_name="lines"
    )
    quote_id: UUID

    class Meta:
        table = "quote_line"
        constraints: ClassVar = line_constraints("quote_line", "quote_id")
