"""Quotes: priced offers to customers, which can become invoices."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.companies import Company
from models.customers import Customer
from models.documents import DocumentLine, PricedDocument
from models.invoices import Invoice


class QuoteStatus(StrEnum):
    """The status of a quote. Only drafts can be edited, and only drafts are hidden from clients."""

    DRAFT = "DRAFT"
    SENT = "SENT"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"


class Quote(PricedDocument):
    """A company's offer to a customer. Amounts are in minor units of its currency."""

    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="quotes"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="quotes", on_delete=fields.RESTRICT
    )
    customer_id: UUID
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

    class Meta:
        table = "quote"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="quote_listing"),
            Index(fields=("customer_id", "created_at", "id"), name="quote_by_customer"),
            Index(fields=("company_id", "status", "created_at", "id"), name="quote_by_status"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "number"), "quote_number"),
            UniqueConstraint(("company_id", "idempotency_key"), "quote_idempotency"),
            UniqueConstraint(("invoice_id",), "quote_invoice_once"),
            CheckConstraint("status IN ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED')", "quote_status"),
            CheckConstraint("length(currency) = 3", "quote_currency"),
            CheckConstraint("total = subtotal - discount + tax", "quote_total"),
            CheckConstraint("discount >= 0 AND discount <= subtotal AND tax >= 0", "quote_amounts"),
            CheckConstraint("(status = 'DRAFT') = (sent_at IS NULL)", "quote_sent_at"),
            CheckConstraint(
                "(status IN ('ACCEPTED', 'DECLINED')) = (decided_at IS NOT NULL)",
                "quote_decided_at",
            ),
            CheckConstraint("status = 'ACCEPTED' OR invoice_id IS NULL", "quote_invoice"),
            CheckConstraint("status <> 'DRAFT' OR share_token IS NULL", "quote_draft"),
            CheckConstraint("(share_token IS NULL) = (shared_at IS NULL)", "quote_shared_at"),
            CheckConstraint("valid_until >= issue_date", "quote_valid_after_issue"),
        )

    def is_expired(self, today: date | None = None) -> bool:
        """Whether it is undecided and its last valid day (in UTC) has passed."""
        return (
            self.status is QuoteStatus.SENT
            and self.valid_until is not None
            and self.valid_until < (today or datetime.now(UTC).date())
        )


class QuoteLine(DocumentLine):
    """A line of a quote. Amounts are in minor units of the quote's currency."""

    quote: fields.ForeignKeyRelation[Quote] = fields.ForeignKeyField(
        "models.Quote", related_name="lines"
    )
    quote_id: UUID

    class Meta:
        table = "quote_line"
        constraints: ClassVar = (
            UniqueConstraint(("quote_id", "position"), "quote_line_position"),
            CheckConstraint(
                "unit_price >= 0 AND discount >= 0 AND discount <= amount AND tax >= 0",
                "quote_line_amounts",
            ),
        )
