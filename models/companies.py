"""A business that shares its invoices: the tenant that everything belongs to."""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

DEFAULT_REMINDER_DAYS: Final = "-3 1 7 14"
DEFAULT_ACCENT: Final = "#1d4ed8"


class Plan(StrEnum):
    """What the business has booked; online payment needs PRO."""

    FREE = "FREE"
    PRO = "PRO"


def dump_reminder_stages(stages: Iterable[int]) -> str:
    """Return `stages` as the column has them: in order, each once."""
    return " ".join(map(str, sorted(set(stages))))


class Company(Model):
    """A tenant. Nothing of one company is ever visible to another."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    name = fields.CharField(200)
    plan = fields.CharEnumField(Plan, max_length=8, default=Plan.FREE)
    currency = fields.CharField(3, default="EUR")
    language = fields.CharField(16, default="en")
    address = fields.TextField(null=True)
    email = fields.CharField(254, null=True)
    phone = fields.CharField(50, null=True)
    website = fields.CharField(500, null=True)
    tax_id = fields.CharField(50, null=True)
    logo_digest = fields.CharField(64, null=True)
    """That of its row of `Logo`, which names it in URLs; null: none."""
    accent_color = fields.CharField(7, null=True)
    """The brand's colour, as `#rrggbb` in lower case."""
    reminder_days = fields.CharField(
        100, default=DEFAULT_REMINDER_DAYS, db_default=DEFAULT_REMINDER_DAYS
    )
    """Days after the due date on which reminders go out; negative ones before it."""
    stripe_account = fields.CharField(255, null=True)
    """The connected account; null: none is."""
    charges_enabled = fields.BooleanField(default=False, db_default=False)
    """Whether Stripe lets that account take payments."""
    charges_reported_at = fields.DatetimeField(null=True)
    """When Stripe has last said so, by its own clock: what is older changes nothing."""
    stripe_connections = fields.IntField(default=0, db_default=0)
    """How often an account was disconnected: part of the key with which the next is asked for."""
    invoice_sequence = fields.IntField(default=0)
    """The last number handed out to an invoice that came without one."""
    quote_sequence = fields.IntField(default=0, db_default=0)
    """The last number handed out to a quote that came without one."""
    credit_note_sequence = fields.IntField(default=0, db_default=0)
    """The last number handed out to a credit note."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "company"
        indexes: ClassVar = (Index(fields=("stripe_account",), name="company_by_stripe_account"),)
        constraints: ClassVar = (
            CheckConstraint("plan IN ('FREE', 'PRO')", "company_plan"),
            CheckConstraint("length(currency) = 3", "company_currency"),
            CheckConstraint("invoice_sequence >= 0", "company_invoice_sequence"),
        )

    @property
    def takes_payments(self) -> bool:
        """Whether its clients can pay online, as far as it is up to the company."""
        return (
            self.plan is Plan.PRO and self.stripe_account is not None and bool(self.charges_enabled)
        )

    @property
    def accent(self) -> str:
        """The colour of what is sent in its name, as `#rrggbb`."""
        return self.accent_color or DEFAULT_ACCENT

    @property
    def reminder_stages(self) -> list[int]:
        """The days after the due date on which reminders go out, in order; negative before it."""
        return [int(day) for day in self.reminder_days.split()]


class ViewFeed(Model):
    """The counters that order a company's views, and the updates of its invoices.

    The row is locked while one is written, until its transaction commits. So sequences are
    committed in their own order, with no gap: whoever has read up to n has missed nothing.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.OneToOneRelation[Company] = fields.OneToOneField(
        "models.Company", related_name="view_feed"
    )
    company_id: UUID
    sequence = fields.BigIntField(default=0)
    viewed_at = fields.DatetimeField(auto_now_add=True)
    """When the last view happened; the clock of a later one is never set back behind it."""
    update_sequence = fields.BigIntField(default=0, db_default=0)
    last_update_at = fields.DatetimeField(null=True)
    """When the last update happened; the same holds for its clock."""

    class Meta:
        table = "view_feed"
