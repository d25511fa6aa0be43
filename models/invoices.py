"""Invoices, their lines and payments, and the rules that belong to one row."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from db.indexes import ComputedIndex, PartialIndex, by_link
from models.companies import Company
from models.customers import Customer
from models.documents import (
    DocumentLine,
    PricedDocument,
    document_constraints,
    line_constraints,
)
from models.party_snapshots import PartySnapshot
from values.payments import PaymentHistory

AMOUNT_DUE: Final = (
    "(CASE WHEN {of}status = 'CANCELLED' THEN 0"
    " ELSE {of}total - {of}amount_paid - {of}written_off END)"
)
"""SQL for `Invoice.amount_due`; `of` is empty, or the table's name with a dot behind it."""
IS_OPEN: Final = "({of}status IN ('ISSUED', 'PARTIALLY_PAID'))"
"""SQL for `Invoice.is_open`; `of` as in AMOUNT_DUE."""
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


_FILTERED: Final = (
    *("status", "issue_date", "due_date", "first_viewed_at", IS_OPEN.format(of="")),
    *("(share_token IS NULL)", "(share_token IS NOT NULL)"),
)
"""What lists are narrowed by. The index of each order ends with it, so that rows that aren't wanted
are skipped within the index. Before version 17, PostgreSQL doesn't do that for `status IN (…)`, but
for `(status IN (…)) IS TRUE`. Whether there is a link takes no space in it, and PostgreSQL doesn't
find one in the other."""


def _ordered_by(*columns: str) -> tuple[str, ...]:
    """Return the fields of an index for a list that is sorted by columns."""
    return ("company_id", *columns, "id", *(each for each in _FILTERED if each not in columns))


class Invoice(PricedDocument):
    """A company's invoice to a customer. Amounts are in minor units of its currency."""

    noun: ClassVar = "invoice"

    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="invoices"
    )
    company_id: UUID
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="invoices", on_delete=fields.RESTRICT
    )
    customer_id: UUID
    seller_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot] = fields.ForeignKeyField(
        "models.PartySnapshot", related_name="invoice_sellers", null=True, on_delete=fields.RESTRICT
    )
    buyer_snapshot: fields.ForeignKeyNullableRelation[PartySnapshot] = fields.ForeignKeyField(
        "models.PartySnapshot", related_name="invoice_buyers", null=True, on_delete=fields.RESTRICT
    )
    status = fields.CharEnumField(InvoiceStatus, max_length=16, default=InvoiceStatus.DRAFT)
    due_date = fields.DateField(null=True)
    amount_paid = fields.BigIntField(default=0)
    """Payments and applied credit: always the sum of their rows."""
    written_off = fields.BigIntField(default=0, db_default=0)
    """What the business has given up: always the sum of the write-offs."""
    amount_pending = fields.BigIntField(default=0)
    """Payments started at Stripe that haven't settled yet."""
    allow_partial_payment = fields.BooleanField(default=False)
    minimum_payment = fields.BigIntField(null=True)
    view_count = fields.BigIntField(default=0)
    unique_ips = fields.BigIntField(default=0)
    first_viewed_at = fields.DatetimeField(null=True)
    last_viewed_at = fields.DatetimeField(null=True)
    last_viewed_hour = fields.DatetimeField(null=True)
    """When the hour of the last view began, in UTC. Lists are sorted by it before the exact time,
    because an index of the exact time would let each view write to all indexes."""
    read_count = fields.BigIntField(default=0, db_default=0)
    """The views that were read."""
    first_read_at = fields.DatetimeField(null=True)
    issued_at = fields.DatetimeField(null=True)
    cancelled_at = fields.DatetimeField(null=True)
    next_reminder_on = fields.DateField(null=True)
    """From which day on to look whether an automatic reminder is due; null for never."""

    loaded_history: "PaymentHistory | None" = None
    """Its payments, credit and the like, if it was loaded with them."""

    class Meta:
        table = "invoice"
        indexes: ClassVar = (
            Index(fields=_ordered_by("created_at"), name="invoice_listing"),
            Index(fields=("company_id", "status", "created_at", "id"), name="invoice_by_status"),
            Index(
                fields=("customer_id", "created_at", "id", "company_id"), name="invoice_of_customer"
            ),
            Index(fields=_ordered_by("number_key"), name="invoice_by_number"),
            Index(fields=_ordered_by("due_date"), name="invoice_by_due_date"),
            Index(fields=_ordered_by("total"), name="invoice_by_total"),
            ComputedIndex(
                fields=("company_id", "id", *_FILTERED),
                computed=AMOUNT_DUE.format(of=""),
                name="invoice_by_amount_due",
            ),
            Index(fields=_ordered_by("issue_date"), name="invoice_by_issue_date"),
            Index(
                fields=_ordered_by("last_viewed_hour", "created_at"), name="invoice_by_last_view"
            ),
            Index(
                fields=("company_id", "currency", "created_at", "id"), name="invoice_by_currency"
            ),
            *by_link("invoice", "share_token"),
            # What views change isn't in them, except for the first view.
            PartialIndex(
                fields=("company_id", "created_at", "id"),
                name="invoice_unopened",
                where="share_token IS NOT NULL AND first_viewed_at IS NULL",
            ),
            PartialIndex(
                fields=("company_id", "created_at", "id"),
                name="invoice_opened",
                where="first_viewed_at IS NOT NULL",
            ),
            PartialIndex(
                fields=("company_id", "next_reminder_on", "id"),
                name="invoice_to_remind_of",
                where=f"next_reminder_on IS NOT NULL AND {IS_OPEN.format(of='')}",
            ),
            # All that the sums of open invoices need, and the order in which they are due.
            Index(
                fields=(
                    *("company_id", "status", "due_date", "currency"),
                    *("total", "amount_paid", "written_off"),
                ),
                name="invoice_open_sums",
            ),
            # All that the lists and sums of a customer's account need.
            Index(
                fields=(
                    *("customer_id", "status", "created_at", "id"),
                    *("issue_date", "currency", "due_date"),
                    *("total", "amount_paid", "written_off", "amount_pending"),
                ),
                name="invoice_of_account",
            ),
            # All that counting them needs, in a third of the space.
            PartialIndex(
                fields=("customer_id", "status", "currency", "issue_date"),
                name="invoice_settled",
                where="status IN ('CANCELLED', 'PAID')",
            ),
        )
        constraints: ClassVar = (
            *document_constraints("invoice"),
            CheckConstraint(
                "status IN ('DRAFT', 'ISSUED', 'PARTIALLY_PAID', 'PAID', 'CANCELLED')",
                "invoice_status",
            ),
            CheckConstraint(
                "amount_paid >= 0 AND written_off >= 0 AND amount_pending >= 0"
                " AND amount_paid + written_off <= total",
                "invoice_paid",
            ),
            CheckConstraint(
                "(status = 'PAID') = (status NOT IN ('DRAFT', 'CANCELLED')"
                " AND amount_paid + written_off = total)",
                "invoice_paid_status",
            ),
            CheckConstraint(
                "(status = 'PARTIALLY_PAID') = (status NOT IN ('DRAFT', 'CANCELLED')"
                " AND amount_paid > 0 AND amount_paid + written_off < total)",
                "invoice_partially_paid_status",
            ),
            CheckConstraint(
                "status <> 'DRAFT' OR (share_token IS NULL AND amount_paid = 0"
                " AND written_off = 0)",
                "invoice_draft",
            ),
            CheckConstraint("(status = 'DRAFT') = (issued_at IS NULL)", "invoice_issued_at"),
            CheckConstraint(
                "(status = 'CANCELLED') = (cancelled_at IS NOT NULL)", "invoice_cancelled_at"
            ),
            CheckConstraint("due_date >= issue_date", "invoice_due_after_issue"),
            CheckConstraint("minimum_payment > 0", "invoice_minimum_payment"),
            CheckConstraint(
                "view_count >= 0 AND unique_ips >= 0 AND unique_ips <= view_count"
                " AND (view_count = 0) = (first_viewed_at IS NULL)"
                " AND (view_count = 0) = (last_viewed_at IS NULL)"
                " AND read_count >= 0 AND read_count <= view_count"
                " AND (read_count = 0) = (first_read_at IS NULL)",
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
        if self.status is InvoiceStatus.CANCELLED:
            return 0
        due: int = self.total - self.amount_paid - self.written_off
        return due

    @property
    def remaining(self) -> int:
        """What is due and not on its way yet, in minor units. Negative if more is on its way."""
        remaining: int = self.amount_due - self.amount_pending
        return remaining

    def is_overdue(self, today: date) -> bool:
        """Whether an amount is due and the due date has passed. `today` is the company's."""
        return self.is_open and self.due_date is not None and self.due_date < today

    def is_live(self, now: datetime | None = None) -> bool:
        """Whether the invoice was opened within the last five minutes."""
        return (
            self.last_viewed_at is not None
            and abs((now or datetime.now(UTC)) - self.last_viewed_at) < LIVE_TTL
        )

    @property
    def status_when_issued(self) -> InvoiceStatus:
        """The status that follows from its amounts, if it is neither a draft nor cancelled."""
        if self.amount_paid + self.written_off >= self.total:
            return InvoiceStatus.PAID
        return InvoiceStatus.PARTIALLY_PAID if self.amount_paid else InvoiceStatus.ISSUED


class InvoiceLine(DocumentLine):
    """A line of an invoice. Amounts are in minor units of the invoice's currency."""

    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="lines"
    )
    invoice_id: UUID

    class Meta:
        table = "invoice_line"
        constraints: ClassVar = line_constraints("invoice_line", "invoice_id")


class Payment(Model):
    """Money received for an invoice. Rows are added, never edited.

    What is taken back is a row of its own, a `Reversal`.
    """

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
    currency = fields.CharField(3)
    """That of the invoice, so that payments can be summed up without their invoices."""
    method = fields.CharField(50)
    reference = fields.CharField(200, null=True)
    actor = fields.CharField(200, null=True)
    """The name of the user or API key that recorded it; null if Stripe reported it."""
    received_at = fields.DatetimeField()
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "payment"
        append_only = True
        indexes: ClassVar = (
            Index(fields=("invoice_id", "received_at"), name="payment_by_invoice"),
            # All that the sum of a month needs.
            Index(
                fields=("company_id", "received_at", "currency", "amount"), name="payment_by_time"
            ),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "payment_idempotency"),
            CheckConstraint("amount > 0", "payment_amount"),
            CheckConstraint("length(currency) = 3", "payment_currency"),
        )
