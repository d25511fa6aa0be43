"""Views of shared invoices, and the IP addresses that they came from."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from models.invoices import Invoice


class ViewSource(StrEnum):
    """Where the viewer came from."""

    LINK = "LINK"
    EMAIL = "EMAIL"
    PORTAL = "PORTAL"
    API = "API"


class ReaderAction(StrEnum):
    """What a person does with an open page, which it reports."""

    READ = "READ"
    PDF_DOWNLOADED = "PDF_DOWNLOADED"
    PAY_CLICKED = "PAY_CLICKED"

    @property
    def column(self) -> str:
        """The column of a view with the time at which it was first done."""
        return f"{self.lower()}_at"


def hour_of(at: datetime) -> datetime:
    """Return when the hour of a time began, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


VIEWS_PER_TALLY: Final = 100


class InvoiceView(Model):
    """A view. `sequence` numbers a company's views in the order of their commits, without gaps."""

    id = fields.BigIntField(primary_key=True, generated=True)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="views"
    )
    company_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="views"
    )
    invoice_id: UUID
    customer_id: UUID | None = fields.UUIDField(null=True)
    """The customer of the invoice, which never changes once there is a link.

    No reference: checking one would lock the customer for each view.
    """
    sequence = fields.BigIntField()
    viewed_at = fields.DatetimeField()
    source = fields.CharEnumField(ViewSource, max_length=8)
    ip = fields.CharField(45, null=True)
    user_agent = fields.CharField(512, null=True)
    automated = fields.BooleanField(default=False)
    """Whether a program opened it, or may have: such a view doesn't count."""
    suspected = fields.BooleanField(default=False, db_default=False)
    """Whether it only may have been a program, because it looks like a browser."""
    read_at = fields.DatetimeField(null=True)
    """When the page had been visible for some seconds, by the database's clock."""
    pdf_downloaded_at = fields.DatetimeField(null=True)
    pay_clicked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "invoice_view"
        indexes: ClassVar = (
            Index(fields=("invoice_id", "sequence"), name="invoice_view_log"),
            Index(fields=("customer_id", "sequence"), name="invoice_view_of_customer"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "sequence"), "invoice_view_sequence"),
            CheckConstraint("source IN ('LINK', 'EMAIL', 'PORTAL', 'API')", "invoice_view_source"),
            CheckConstraint("automated OR NOT suspected", "invoice_view_suspected"),
            CheckConstraint("read_at IS NULL OR NOT automated", "invoice_view_read"),
            CheckConstraint(
                "read_at IS NOT NULL OR pdf_downloaded_at IS NULL AND pay_clicked_at IS NULL",
                "invoice_view_acted_on",
            ),
        )


class ViewTally(Model):
    """How many views of an invoice counted after a group of them, noted every VIEWS_PER_TALLY.

    So the views between two times can be counted without reading all of them. One that is missing
    makes that slower, not wrong. Rows are added, never edited.
    """

    id = fields.BigIntField(primary_key=True, generated=True)
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="view_tallies"
    )
    invoice_id: UUID
    viewed_at = fields.DatetimeField()
    """The time of the views of the group."""
    sequence = fields.BigIntField()
    """The company's last view of the group."""
    view_count = fields.BigIntField()

    class Meta:
        table = "view_tally"
        indexes: ClassVar = (
            Index(
                fields=("invoice_id", "viewed_at", "sequence", "view_count"),
                name="view_tally_by_time",
            ),
        )


class InvoiceViewer(Model):
    """An IP address that opened an invoice: one row each, to count distinct addresses."""

    id = fields.BigIntField(primary_key=True, generated=True)
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="viewers"
    )
    invoice_id: UUID
    ip = fields.CharField(45)

    class Meta:
        table = "invoice_viewer"
        constraints: ClassVar = (UniqueConstraint(("invoice_id", "ip"), "invoice_viewer_ip"),)
