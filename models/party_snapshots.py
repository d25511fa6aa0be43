"""Parties as they were when documents were issued."""

from hashlib import sha256
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from values.parties import Buyer, Seller


class PartySnapshot(Model):
    """A seller or a buyer as documents name it. Documents with the same party share a row.

    Rows are added, never edited.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="party_snapshots"
    )
    company_id: UUID
    digest = fields.CharField(64)
    content: str = fields.TextField()
    """A `Seller` or `Buyer` as JSON."""

    class Meta:
        table = "party_snapshot"
        append_only = True
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "digest"), "party_snapshot_digest"),
            CheckConstraint("length(digest) = 64", "party_snapshot_digest_length"),
        )


def digest_of(party: Seller | Buyer) -> str:
    """Return the digest under which `party` is stored: SHA-256 of its JSON, in hexadecimal."""
    return sha256(party.to_json()).hexdigest()
