"""A client of a company: receives invoices, has no account, may hold a portal link."""

from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company


class Customer(Model):
    """Whom invoices are addressed to."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="customers"
    )
    company_id: UUID
    name = fields.CharField(200)
    email = fields.CharField(254, null=True)
    address = fields.TextField(null=True)
    tax_id = fields.CharField(50, null=True)
    language = fields.CharField(16, null=True)
    """BCP 47; null: the company's."""
    portal_token = fields.UUIDField(null=True, unique=True)
    """The link's only credential; null: no portal is shared."""
    portal_shared_at = fields.DatetimeField(null=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """Of what was asked for with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "customer"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="customer_listing"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "customer_idempotency"),
            CheckConstraint(
                "(portal_token IS NULL) = (portal_shared_at IS NULL)", "customer_portal_shared_at"
            ),
        )

    def language_with(self, company: Company) -> str:
        """Return the language in which `company`, whose customer it is, speaks to it."""
        return self.language or company.language
