"""Credentials: the secrets of signed-in users and of tools, and invitations to set a password."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
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
    """The session's user, or the person who made the key or the key that made it; null if it was
    created on the command line."""
    parent: fields.ForeignKeyNullableRelation["Credential"] = fields.ForeignKeyField(
        "models.Credential", related_name="children", null=True
    )
    parent_id: UUID | None
    """The API key that made this one. Revoking it revokes this one, too."""
    kind = fields.CharEnumField(CredentialKind, max_length=8)
    name = fields.CharField(200)
    secret_hash = fields.CharField(64, unique=True)
    permissions = fields.CharField(255, default="")
    """What an API key may do as long as its user may. A session has its user's permissions."""
    created_at = fields.DatetimeField(auto_now_add=True)
    expires_at = fields.DatetimeField(null=True)
    last_used_at = fields.DatetimeField(null=True)
    revoked_at = fields.DatetimeField(null=True)
    confirmed_at = fields.DatetimeField(null=True)
    """When the session's user last gave the password."""
    ip = fields.CharField(45, null=True)
    """Where the session signed in."""
    user_agent = fields.CharField(512, null=True)
    """The browser or program that signed in."""
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)

    class Meta:
        table = "credential"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="credential_listing"),
            Index(fields=("user_id", "created_at"), name="credential_by_user"),
            Index(fields=("parent_id",), name="credential_by_parent"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "credential_idempotency"),
            CheckConstraint("kind IN ('SESSION', 'API_KEY')", "credential_kind"),
            CheckConstraint("length(secret_hash) = 64", "credential_secret_hash"),
            CheckConstraint(
                "kind = 'API_KEY' OR (user_id IS NOT NULL AND expires_at IS NOT NULL)",
                "credential_session_has_user_and_end",
            ),
            CheckConstraint("kind = 'API_KEY' OR parent_id IS NULL", "credential_parent_kind"),
            CheckConstraint(
                "kind = 'SESSION' OR (confirmed_at IS NULL AND ip IS NULL AND user_agent IS NULL)",
                "credential_signed_in_kind",
            ),
        )


class InvitationKind(StrEnum):
    """Who asked for the link."""

    INVITATION = "INVITATION"
    """Somebody who invites the user, and gets the link."""
    EMAILED = "EMAILED"
    """The same, for the link in the e-mail to the user. Its secret is made when that is sent."""
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105  # it is none
    """The user, who has forgotten the password."""


class Invitation(Model):
    """A link through which a user sets a password, once."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="invitations"
    )
    company_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="invitations"
    )
    user_id: UUID
    kind = fields.CharEnumField(InvitationKind, max_length=16)
    inviter: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="sent_invitations", null=True
    )
    inviter_id: UUID | None
    """The user who invites, whose removal ends the invitation."""
    inviter_key: fields.ForeignKeyNullableRelation[Credential] = fields.ForeignKeyField(
        "models.Credential", related_name="sent_invitations", null=True
    )
    inviter_key_id: UUID | None
    """The API key that invites, if it isn't a user."""
    secret_hash = fields.CharField(64, unique=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "invitation"
        constraints: ClassVar = (
            UniqueConstraint(("kind", "user_id"), "invitation_user"),
            CheckConstraint(
                "kind IN ('INVITATION', 'EMAILED', 'PASSWORD_RESET')", "invitation_kind"
            ),
            CheckConstraint(
                "CASE kind WHEN 'PASSWORD_RESET'"
                " THEN inviter_id IS NULL AND inviter_key_id IS NULL"
                " ELSE (inviter_id IS NULL) <> (inviter_key_id IS NULL) END",
                "invitation_inviter",
            ),
            CheckConstraint("length(secret_hash) = 64", "invitation_secret_hash"),
        )
