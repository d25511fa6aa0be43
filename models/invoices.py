"""Invoices, their lines and payments, and the rules that belong to one row."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from models.customers import Customer
from models.documents import DocumentLine, PricedDocument

LIVE_TTL: Final = timedelta(minutes=5)
"""How long after a view an invoice is marked live."""


class InvoiceStatus(StrEnum):
    """The status of an invoice. Only drafts can be edited, and only they are hidden."""

    DRAFT = "DRAFT"
    ISSUED = "ISSUED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


OPEN_STATUSES: Final = frozenset({InvoiceStatus.ISSUED, InvoiceStatus.PARTIALLY_PAID})
"""Issued and not fully paid. Only these can be overdue."""


class Invoice(PricedDocument):
    """A company's invoice to a customer. Amounts are in minor units of its currency."""

    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="invoices"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="invoices", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    status = fields.CharEnumField(InvoiceStatus, max_length=16, default=InvoiceStatus.DRAFT)
    due_date = fields.DateField(null=True)
    amount_paid = fields.BigIntField(default=0)
    """Payments and applied credit: always the sum of their rows."""
    amount_pending = fields.BigIntField(default=0)
    """Payments started at Stripe that haven't settled yet."""
    allow_partial_payment = fields.BooleanField(default=False)
    minimum_payment = fields.BigIntField(null=True)
    view_count = fields.BigIntField(default=0)
    unique_ips = fields.BigIntField(default=0)
    first_viewed_at = fields.DatetimeField(null=True)
    last_viewed_at = fields.DatetimeField(null=True)
    issued_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)

    class Meta:
        table = "invoice"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="invoice_listing"),
            Index(fields=("company_id", "status", "created_at", "id"), name="invoice_by_status"),
            Index(fields=("customer_id", "created_at", "id"), name="invoice_by_customer"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "number"), "invoice_number"),
            UniqueConstraint(("company_id", "idempotency_key"), "invoice_idempotency"),
            CheckConstraint(
                "status IN ('DRAFT', 'ISSUED', 'PARTIALLY_PAID', 'PAID', 'CANCELLED')",
                "invoice_status",
            ),
            CheckConstraint("length(currency) = 3", "invoice_currency"),
            CheckConstraint("total = subtotal - discount + tax", "invoice_total"),
            CheckConstraint(
                "discount >= 0 AND discount <= subtotal AND tax >= 0", "invoice_amounts"
            ),
            CheckConstraint(
                "amount_paid >= 0 AND amount_paid <= total AND amount_pending >= 0", "invoice_paid"
            ),
            CheckConstraint(
                "(status = 'PAID') = (status NOT IN ('DRAFT', 'CANCELLED')"
                " AND amount_paid = total)",
                "invoice_paid_status",
            ),
            CheckConstraint(
                "(status = 'PARTIALLY_PAID') = (status NOT IN ('DRAFT', 'CANCELLED')"
                " AND amount_paid > 0 AND amount_paid < total)",
                "invoice_partially_paid_status",
            ),
            CheckConstraint(
                "status <> 'DRAFT' OR (share_token IS NULL AND amount_paid = 0)", "invoice_draft"
            ),
            CheckConstraint("(status = 'DRAFT') = (issued_at IS NULL)", "invoice_issued_at"),
            CheckConstraint(
                "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", "invoice_cancelled_at"
            ),
            CheckConstraint("(share_token IS NULL) = (shared_at IS NULL)", "invoice_shared_at"),
            CheckConstraint("due_date >= issue_date", "invoice_due_after_issue"),
            CheckConstraint("minimum_payment > 0", "invoice_minimum_payment"),
            CheckConstraint(
                "view_count >= 0 AND unique_ips >= 0 AND unique_ips <= view_count"
                " AND (view_count = 0) = (first_viewed_at IS NULL)"
                " AND (view_count = 0) = (last_viewed_at IS NULL)",
                "invoice_view_counters",
            ),
        )

    @property
    def is_open(self) -> bool:
        """Whether it is issued and not fully paid."""
        return self.status in OPEN_STATUSES

    @property
    def amount_due(self) -> int:
        """The amount left to pay, in minor units; 0 if cancelled."""
        return 0 if self.status is InvoiceStatus.CANCELLED else self.total - self.amount_paid

    def is_overdue(self, today: date | None = None) -> bool:
        """Whether an amount is due and the due date (in UTC) has passed."""
        return (
            self.is_open
            and self.due_date is not None
            and self.due_date < (today or datetime.now(UTC).date())
        )

    def is_live(self, now: datetime | None = None) -> bool:
        """Whether the invoice was opened within the last five minutes."""
        return (
            self.last_viewed_at is not None
            and (now or datetime.now(UTC)) - self.last_viewed_at < LIVE_TTL
        )

    def status_when_paid(self, amount_paid: int) -> InvoiceStatus:
        """Return the status of an issued invoice with `amount_paid` minor units paid."""
        if amount_paid >= self.total:
            return InvoiceStatus.PAID
        return InvoiceStatus.PARTIALLY_PAID if amount_paid else InvoiceStatus.ISSUED


class InvoiceLine(DocumentLine):
    """A line of an invoice. Amounts are in minor units of the invoice's currency."""

    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="lines"
    )
    invoice_id: UUID

    class Meta:
        table = "invoice_line"
        constraints: ClassVar = (
            UniqueConstraint(("invoice_id", "position"), "invoice_line_position"),
            CheckConstraint(
                "unit_price >= 0 AND discount >= 0 AND discount <= amount AND tax >= 0",
                "invoice_line_amounts",
            ),
        )


class Payment(Model):
    """Money received for an invoice. Rows are added, never edited."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="payments"
    )
    company_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="payments", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    amount = fields.BigIntField()
    method = fields.CharField(50)
    reference = fields.CharField(200, null=True)
    received_at = fields.DatetimeField()
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "payment"
        indexes: ClassVar = (
            Index(fields=("invoice_id", "received_at"), name="payment_by_invoice"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "payment_idempotency"),
            CheckConstraint("amount > 0", "payment_amount"),
        )
