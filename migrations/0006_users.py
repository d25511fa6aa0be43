from uuid import uuid4

from models.audit_log import (AuditAction)
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

AUDIT_LOG_INDEX = (
    'CREATE INDEX IF NOT EXISTS "audit_entry_log" ON "audit_entry" ("company_id", "at", "id")'
)

class Migration(migrations.Migration):
    dependencies = [("models", "0005_online_payment")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("secret_hash", fields.CharField(unique=True, max_length=64)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invitation",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A link by which a user chooses a password, the first one or another, once.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Invitation",
            CheckConstraint(check="length(secret_hash) = 64", name="invitation_secret_hash"),
        ),
        ops.AddConstraint(
            "Invitation", UniqueConstraint(fields=("user_id",), name="invitation_user")
        ),
        # On SQLite the table is made anew by this, either way, without its index.
        ops.RunSQL(ops.RunSQL.noop, reverse_sql=AUDIT_LOG_INDEX),
        ops.AlterField(
            model_name="AuditEntry",
            name="action",
            field=fields.CharEnumField(
                description="INVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED\nUSER_INVITED: USER_INVITED\nUSER_UPDATED: USER_UPDATED\nUSER_REMOVED: USER_REMOVED\nPASSWORD_CHOSEN: PASSWORD_CHOSEN\nCOMPANY_UPDATED: COMPANY_UPDATED\nCREDIT_NOTE_ISSUED: CREDIT_NOTE_ISSUED\nCREDIT_NOTE_APPLIED: CREDIT_NOTE_APPLIED\nCREDIT_NOTE_VOIDED: CREDIT_NOTE_VOIDED\nQUOTE_SHARED: QUOTE_SHARED\nQUOTE_SHARE_REVOKED: QUOTE_SHARE_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nANNOUNCEMENT_SENT: ANNOUNCEMENT_SENT\nSTRIPE_CONNECTED: STRIPE_CONNECTED\nSTRIPE_DISCONNECTED: STRIPE_DISCONNECTED\nSTRIPE_EVENT_REPLAYED: STRIPE_EVENT_REPLAYED",
                enum_type=AuditAction,
                max_length=32,
            ),
        ),
        ops.RunSQL(AUDIT_LOG_INDEX, reverse_sql=ops.RunSQL.noop),
        ops.AddIndex(
            "User", Index(fields=["company_id", "created_at", "id"], name="staff_user_listing")
        ),
    ]
