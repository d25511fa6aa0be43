"""A company's users, and what each has: recovery codes, a sample invoice, and unsaved forms."""

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
    email = fields.CharField(254)
    """In lower case. Each company has an address at most once, but several can have it."""
    name = fields.CharField(200)
    language = fields.CharField(16, null=True)
    """How amounts and dates are written for them; null for as in the company's language."""
    password_hash = fields.CharField(255, default="")
    """Empty until the user sets a password. Nobody can sign in with an empty one."""
    permissions = fields.CharField(255)
    """Names of permissions separated by spaces, like OAuth scopes (RFC 6749 3.3)."""
    totp_secret = fields.CharField(255, null=True)
    """The secret of the second factor (RFC 6238); null without one."""
    totp_confirmed_at = fields.DatetimeField(null=True)
    """When a first code was right. Until then, signing in needs no code."""
    totp_last_step = fields.BigIntField(null=True)
    """The time step of the last code that was used, since each is valid once (RFC 6238 5.2)."""
    hides_first_steps = fields.BooleanField(default=False, db_default=False)
    """Whether the user has hidden the first steps on the home page."""
    desktop_event_names = fields.CharField(500, default="", db_default="")
    """Names of the events that their browser notifies them about, separated by spaces."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "staff_user"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="staff_user_listing"),
            Index(fields=("email",), name="staff_user_by_email"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "email"), "staff_user_email"),
            CheckConstraint("email = lower(email)", "staff_user_email_lower"),
            CheckConstraint(
                "totp_secret IS NOT NULL OR (totp_confirmed_at IS NULL AND totp_last_step IS NULL)",
                "staff_user_second_factor",
            ),
        )


class RecoveryCode(Model):
    """A code that a user can sign in with once, instead of one of the second factor."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="recovery_codes"
    )
    company_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="recovery_codes"
    )
    user_id: UUID
    code_hash = fields.CharField(64)

    class Meta:
        table = "recovery_code"
        constraints: ClassVar = (
            UniqueConstraint(("user_id", "code_hash"), "recovery_code_user"),
            CheckConstraint("length(code_hash) = 64", "recovery_code_hash"),
        )


class SampleInvoice(Model):
    """The sample of an invoice that a user e-mails to themselves, to see what clients get.

    It is no document: it has no customer, takes no number, and isn't counted anywhere.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="sample_invoices"
    )
    company_id: UUID
    user: fields.OneToOneRelation[User] = fields.OneToOneField(
        "models.User", related_name="sample_invoice"
    )
    user_id: UUID
    token = fields.UUIDField(unique=True, default=uuid4)
    """The token in its link."""
    sent_at = fields.DatetimeField(null=True)
    """When it was last sent; null while the mail server hasn't accepted it."""
    open_count = fields.IntField(default=0)
    """How often it was opened since."""
    last_opened_at = fields.DatetimeField(null=True)
    last_user_agent = fields.CharField(512, null=True)

    class Meta:
        table = "sample_invoice"
        constraints: ClassVar = (
            CheckConstraint(
                "open_count >= 0 AND (open_count = 0) = (last_opened_at IS NULL)",
                "sample_invoice_opens",
            ),
        )


class UnsavedForm(Model):
    """What a user submitted after the session had ended, until the form shows it again."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="unsaved_forms"
    )
    company_id: UUID
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="unsaved_forms"
    )
    user_id: UUID
    path = fields.CharField(200)
    """The page that shows the form."""
    entries: str = fields.TextField()
    """Pairs of names and values, as JSON."""
    submitted_at = fields.DatetimeField()

    class Meta:
        table = "unsaved_form"
        indexes: ClassVar = (
            Index(fields=("user_id", "submitted_at"), name="unsaved_form_by_user"),
            Index(fields=("submitted_at",), name="unsaved_form_by_time"),
        )
