"""Views of shared invoices, and the IP addresses that they came from."""

from enum import StrEnum
from typing import ClassVar
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
    sequence = fields.BigIntField()
    viewed_at = fields.DatetimeField()
    source = fields.CharEnumField(ViewSource, max_length=8)
    ip = fields.CharField(45, null=True)
    user_agent = fields.CharField(512, null=True)
    automated = fields.BooleanField(default=False)

    class Meta:
        table = "invoice_view"
        indexes: ClassVar = (Index(fields=("invoice_id", "sequence"), name="invoice_view_log"),)
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "sequence"), "invoice_view_sequence"),
            CheckConstraint("source IN ('LINK', 'EMAIL', 'PORTAL', 'API')", "invoice_view_source"),
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
