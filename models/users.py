"""Who may act for a company: its users, and the secrets that stand for a user or a tool."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company


class CredentialKind(StrEnum):
    """What a secret was made for; its prefix says the same."""

    SESSION = "SESSION"
    API_KEY = "API_KEY"


class User(Model):
    """A person on a company's staff, who signs in with e-mail and password."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="users"
    )
    company_id: UUID
    email = fields.CharField(254, unique=True)
    """In lower case: the same address never signs in twice."""
    name = fields.CharField(200)
    password_hash = fields.CharField(255, default="")
    """Empty until the user has chosen a password: nobody signs in with none."""
    permissions = fields.CharField(255)
    """Names of permissions, separated by spaces (as OAuth's scopes are, RFC 6749 3.3)."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "staff_user"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="staff_user_listing"),
        )
        constraints: ClassVar = (CheckConstraint("email = lower(email)", "staff_user_email_lower"),)


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
    """The person a session stands for, or who made the key; null: made on the command line."""
    kind = fields.CharEnumField(CredentialKind, max_length=8)
    name = fields.CharField(200)
    secret_hash = fields.CharField(64, unique=True)
    permissions = fields.CharField(255, default="")
    """An API key's own permissions; a session has its user's."""
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


class Invitation(Model):
    """A link by which a user chooses a password, the first one or another, once."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="invitations"
    )
    company_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="invitations"
    )
    user_id: UUID
    secret_hash = fields.CharField(64, unique=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "invitation"
        constraints: ClassVar = (
            UniqueConstraint(("user_id",), "invitation_user"),
            CheckConstraint("length(secret_hash) = 64", "invitation_secret_hash"),
        )
