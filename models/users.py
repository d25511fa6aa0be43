"""A company's users, and the invitations through which they choose a password."""

from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company


class User(Model):
    """A member of a company's staff, who signs in with e-mail and password."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="users"
    )
    company_id: UUID
    email = fields.CharField(254, unique=True)
    """In lower case, so that an address is only used once."""
    name = fields.CharField(200)
    password_hash = fields.CharField(255, default="")
    """Empty until the user sets a password. Nobody can sign in with an empty one."""
    permissions = fields.CharField(255)
    """Names of permissions separated by spaces, like OAuth scopes (RFC 6749 3.3)."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "staff_user"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="staff_user_listing"),
        )
        constraints: ClassVar = (CheckConstraint("email = lower(email)", "staff_user_email_lower"),)


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
    secret_hash = fields.CharField(64, unique=True)
    expires_at = fields.DatetimeField()

    class Meta:
        table = "invitation"
        constraints: ClassVar = (
            UniqueConstraint(("user_id",), "invitation_user"),
            CheckConstraint("length(secret_hash) = 64", "invitation_secret_hash"),
        )
