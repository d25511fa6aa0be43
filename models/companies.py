"""Companies: the businesses that share invoices, and the tenants that own everything."""

import time
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.parties import PartyModel, party_checks
from values.parties import BankDetails, PaperSize, Seller
from values.taxes import TaxRounding

DEFAULT_REMINDER_DAYS: Final = "-3 1 7 14"
DEFAULT_ACCENT: Final = "#1d4ed8"


class Plan(StrEnum):
    """The company's plan. Paying online needs PRO."""

    FREE = "FREE"
    PRO = "PRO"


class VatScheme(StrEnum):
    """How a company is registered for VAT, which decides the category of lines without tax."""

    STANDARD = "STANDARD"
    SMALL_BUSINESS = "SMALL_BUSINESS"
    """Exempt as a small business, for example by § 19 UStG."""
    NOT_REGISTERED = "NOT_REGISTERED"


def parse_reminder_stages(days: str) -> list[int]:
    """Return the stages of the column's form, sorted."""
    return [int(day) for day in days.split()]


def dump_reminder_stages(stages: Iterable[int]) -> str:
    """Return `stages` in the column's form: sorted and without duplicates."""
    return " ".join(map(str, sorted(set(stages))))


class Company(PartyModel):
    """A tenant. Nothing of one company is ever visible to another."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    plan = fields.CharEnumField(Plan, max_length=8, default=Plan.FREE)
    currency = fields.CharField(3, default="EUR")
    language = fields.CharField(16, default="en")
    time_zone = fields.CharField(64, default="UTC", db_default="UTC")
    """An IANA name, for example Europe/Berlin."""
    tax_rounding = fields.CharEnumField(
        TaxRounding, max_length=8, default=TaxRounding.HALF_UP, db_default=TaxRounding.HALF_UP
    )
    email = fields.CharField(254, null=True)
    archive_email = fields.CharField(254, null=True)
    """Where blind copies of documents' e-mails go; null for nowhere."""
    phone = fields.CharField(50, null=True)
    website = fields.CharField(500, null=True)
    contact_name = fields.CharField(200, null=True)
    iban = fields.CharField(34, null=True)
    """Without spaces."""
    bic = fields.CharField(11, null=True)
    account_holder = fields.CharField(70, null=True)
    """Null if it is the company itself."""
    bank_account = fields.TextField(null=True)
    """What a payer needs to know where there is no IBAN, with line breaks."""
    vat_scheme = fields.CharEnumField(
        VatScheme, max_length=16, default=VatScheme.STANDARD, db_default=VatScheme.STANDARD
    )
    exemption_reason = fields.CharField(500, null=True)
    """Why it charges no tax, if it never does: for its e-invoices (EN 16931 BT-120)."""
    payment_terms = fields.TextField(null=True)
    footer = fields.TextField(null=True)
    """What is printed below its documents."""
    paper_size = fields.CharEnumField(PaperSize, max_length=8, null=True)
    """The paper of its PDFs; null for what is usual in its country."""
    logo_digest = fields.CharField(64, null=True)
    """The digest of its `Logo`, used in URLs; null if it has none."""
    accent_color = fields.CharField(7, null=True)
    """The brand colour, as `#rrggbb` in lower case."""
    reminder_days = fields.CharField(
        100, default=DEFAULT_REMINDER_DAYS, db_default=DEFAULT_REMINDER_DAYS
    )
    """The days after the due date on which reminders are sent; negative ones are before it."""
    minimum_reminder = fields.BigIntField(default=0, db_default=0)
    """The smallest amount that customers are reminded of, in minor units of its currency."""
    allow_partial_payment = fields.BooleanField(default=False, db_default=False)
    """Whether clients may pay invoices in parts that don't say so themselves."""
    minimum_payment = fields.BigIntField(null=True)
    """The smallest part of such an invoice, in minor units of its currency; null for none."""
    stripe_account = fields.CharField(255, null=True)
    """The connected Stripe account; null if there is none."""
    charges_enabled = fields.BooleanField(default=False, db_default=False)
    """Whether that account can take payments, according to Stripe."""
    charges_reported_at = fields.DatetimeField(null=True)
    """The time of Stripe's last report about this, by Stripe's clock. Older reports are ignored."""
    stripe_connections = fields.IntField(default=0, db_default=0)
    """The number of disconnected accounts: part of the idempotency key for the next one."""
    second_factor_required = fields.BooleanField(default=False, db_default=False)
    """Whether its users need a second factor for everything but setting one up."""
    sends_receipts = fields.BooleanField(default=True, db_default=True)
    """Whether customers get e-mails about payments that arrived and refunds."""
    invoices_accepted_quotes = fields.BooleanField(default=False, db_default=False)
    """Whether accepting a quote creates the draft of its invoice."""
    view_retention_days = fields.IntField(null=True)
    """The days after which views lose address and browser; null for the operator's default."""
    disabled_at = fields.DatetimeField(null=True)
    """When the operator disabled the company; null while it may be used."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "company"
        indexes: ClassVar = (Index(fields=("stripe_account",), name="company_by_stripe_account"),)
        constraints: ClassVar = (
            CheckConstraint("plan IN ('FREE', 'PRO')", "company_plan"),
            CheckConstraint("length(currency) = 3", "company_currency"),
            CheckConstraint("tax_rounding IN ('HALF_UP', 'DOWN')", "company_tax_rounding"),
            CheckConstraint("minimum_reminder >= 0", "company_minimum_reminder"),
            CheckConstraint("minimum_payment > 0", "company_minimum_payment"),
            CheckConstraint("view_retention_days > 0", "company_view_retention"),
            CheckConstraint(
                "vat_scheme IN ('STANDARD', 'SMALL_BUSINESS', 'NOT_REGISTERED')",
                "company_vat_scheme",
            ),
            CheckConstraint("paper_size IN ('A4', 'LETTER')", "company_paper_size"),
            *party_checks("company"),
        )

    @property
    def takes_payments(self) -> bool:
        """Whether the company lets clients pay online."""
        return (
            self.plan is Plan.PRO and self.stripe_account is not None and bool(self.charges_enabled)
        )

    @property
    def bank(self) -> BankDetails:
        """Where it receives bank transfers."""
        return BankDetails(
            iban=self.iban,
            bic=self.bic,
            account_holder=self.account_holder,
            account_lines=self.bank_account,
        )

    @property
    def seller(self) -> Seller:
        """The company as a document that is issued now names it."""
        return Seller(
            **self._party(),
            bank=self.bank,
            contact_name=self.contact_name,
            email=self.email,
            phone=self.phone,
            footer=self.footer,
            paper_size=self.paper,
        )

    @property
    def paper(self) -> PaperSize:
        """The paper of documents that are issued now."""
        return self.paper_size or PaperSize.usual_in(self.country)

    @property
    def accent(self) -> str:
        """The colour of its pages, e-mails and documents, as `#rrggbb`."""
        return self.accent_color or DEFAULT_ACCENT

    @property
    def reminder_stages(self) -> list[int]:
        """The days after the due date for reminders, sorted; negative is before it."""
        return parse_reminder_stages(self.reminder_days)


def today_of(company: Company) -> date:
    """Return the current date where the company is.

    Everything that depends on the day uses it: issue and due dates, expiry, reminders.
    """
    return today_in(company.time_zone)


def today_in(time_zone: str) -> date:
    """Return the current date in an IANA time zone."""
    return _date_at(int(time.time()) // 60, time_zone)


@lru_cache(1024)
def _date_at(minute: int, time_zone: str) -> date:
    """Return the date in a time zone, `minute` minutes after the epoch.

    Zones change their date and their clocks at full minutes.
    """
    return datetime.fromtimestamp(minute * 60, ZoneInfo(time_zone)).date()


class ViewFeed(Model):
    """The counters that order a company's views, invoice events and webhook deliveries.

    The row is locked while one is written, until its transaction commits. So sequences are
    committed in their own order, with no gap: a reader that has read up to n has missed nothing.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.OneToOneRelation[Company] = fields.OneToOneField(
        "models.Company", related_name="view_feed"
    )
    company_id: UUID
    sequence = fields.BigIntField(default=0)
    viewed_at = fields.DatetimeField(auto_now_add=True)
    """The time of the last view, by the database's clock."""
    update_sequence = fields.BigIntField(default=0, db_default=0)
    last_update_at = fields.DatetimeField(null=True)
    """The time of the last invoice event, by the database's clock."""
    delivery_sequence = fields.BigIntField(default=0, db_default=0)
    """At least the number of the last delivery of a webhook."""
    tells_views = fields.BooleanField(default=False, db_default=False)
    """Whether a webhook may want to be told of views. If not, they are written without asking."""
    credentials_changed = fields.BigIntField(default=0, db_default=0)
    """How often what a credential allows has changed. Triggers count it."""

    class Meta:
        table = "view_feed"


class Logo(Model):
    """A logo of a company, the present one or an earlier one: a PNG, with its size in pixels."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="logos"
    )
    company_id: UUID
    digest = fields.CharField(64)
    """The content's SHA-256. Two companies may have the same logo."""
    content = fields.BinaryField()
    width = fields.IntField()
    height = fields.IntField()
    created_at = fields.DatetimeField(auto_now_add=True)
    """When it was last chosen."""

    class Meta:
        table = "logo"
        constraints: ClassVar = (
            CheckConstraint("length(digest) = 64", "logo_digest"),
            CheckConstraint("width > 0 AND height > 0", "logo_size"),
            UniqueConstraint(("company_id", "digest"), "logo_company"),
        )
        indexes: ClassVar = (Index(fields=("digest",), name="logo_by_digest"),)
