"""The accounts of customers: what has changed what they owe, and the sums of it by month."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.customers import Customer


class MovementKind(StrEnum):
    """What changed the balance.

    Undoing a write-off, a payout or the use of credit is another entry of the same kind, with the
    opposite sign.
    """

    INVOICE = "INVOICE"
    CANCELLATION = "CANCELLATION"
    CREDIT_NOTE = "CREDIT_NOTE"
    VOID = "VOID"
    """A credit note was voided."""
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    DISPUTE = "DISPUTE"
    REVERSAL = "REVERSAL"
    """Staff had recorded a payment by mistake."""
    WRITE_OFF = "WRITE_OFF"
    CREDIT_KEPT = "CREDIT_KEPT"
    """What an invoice didn't need became credit, which changes no balance."""
    CREDIT_USED = "CREDIT_USED"
    """Credit was applied to an invoice, which changes no balance."""
    PAYOUT = "PAYOUT"
    """Credit was paid out."""


class AccountEntry(Model):
    """Something that happened to a customer's account, in minor units.

    Triggers write it together with the document or the row of the ledger that it is about
    (`db/triggers/account_entries.py`). So it never differs from them, and nothing else writes it.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="account_entries"
    )
    customer_id: UUID
    kind = fields.CharEnumField(MovementKind, max_length=12)
    source_id = fields.UUIDField()
    """The document, payment, reversal or the like that it is about."""
    # Not foreign keys, which would need an index each, to look for entries of deleted drafts.
    invoice_id = fields.UUIDField(null=True)
    credit_note_id = fields.UUIDField(null=True)
    currency = fields.CharField(3)
    amount = fields.BigIntField()
    """What it adds to what the customer owes."""
    moved = fields.BigIntField()
    """What it moves between an invoice and a credit note, which changes no balance."""
    dated_on = fields.DateField(null=True)
    """The date of a document that was issued."""
    at = fields.DatetimeField()
    booked_on = fields.DateField()
    """The day of `at` in UTC, or `dated_on` if that is earlier.

    Where the company is, it counts on that day, the day before or the day after.
    """

    class Meta:
        table = "account_entry"
        indexes: ClassVar = (
            # All that a sum needs.
            Index(
                fields=("customer_id", "booked_on", "at", "dated_on", "currency", "amount"),
                name="account_entry_by_day",
            ),
        )
        constraints: ClassVar = (
            UniqueConstraint(("source_id", "kind"), "account_entry_source"),
            CheckConstraint("length(currency) = 3", "account_entry_currency"),
        )


class AccountMonth(Model):
    """The sum of a customer's entries that are booked in a month, in one currency.

    It is in two parts, billions of minor units and the rest, because it may exceed 64 bits.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="account_months"
    )
    customer_id: UUID
    currency = fields.CharField(3)
    month = fields.DateField()
    """Its first day."""
    amount_high = fields.BigIntField()
    amount_low = fields.BigIntField()

    class Meta:
        table = "account_month"
        constraints: ClassVar = (
            UniqueConstraint(("customer_id", "month", "currency"), "account_month_once"),
            CheckConstraint("length(currency) = 3", "account_month_currency"),
        )
