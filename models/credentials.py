"""Credentials: the secrets of signed-in users and of tools."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from models.companies import Company
from models.users import User


class CredentialKind(StrEnum):
    """What a secret is for. Its prefix says the same."""

    SESSION = "SESSION"
    API_KEY = "API_KEY"


class Credential(Model):
    """A bearer secret: a signed-in session or an API key. Only the secret's SHA-256 is stored."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="credentials"
    )
    company_id: UUID
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="credentials", null=True
    )
    user_id: UUID | None
    """The session's user, or the key's creator; null if created on the command line."""
    kind = fields.CharEnumField(CredentialKind, max_length=8)
    name = fields.CharField(200)
    secret_hash = fields.CharField(64, unique=True)
    permissions = fields.CharField(255, default="")
    """An API key's permissions. A session has those of its user."""
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta:
        table = "credential"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="credential_listing"),
        )
        constraints: ClassVar = (
            CheckConstraint("kind IN ('SESSION', 'API_KEY')", "credential_kind"),
            CheckConstraint("length(secret_hash) = 64", "credential_secret_hash"),
            CheckConstraint(
                "kind = 'API_KEY' OR (user_id IS NOT NULL AND expires_at IS NOT NULL)",
                "credential_session_has_user_and_end",
            ),
        )
