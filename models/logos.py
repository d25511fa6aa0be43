"""Companies' logos, redrawn as the portal serves them."""

from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company


class Logo(Model):
    """A company's only logo: a PNG, with its size in pixels."""

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

    class Meta:
        table = "logo"
        constraints: ClassVar = (
            CheckConstraint("length(digest) = 64", "logo_digest"),
            CheckConstraint("width > 0 AND height > 0", "logo_size"),
            UniqueConstraint(("company_id",), "logo_company"),
        )
        indexes: ClassVar = (Index(fields=("digest",), name="logo_by_digest"),)
