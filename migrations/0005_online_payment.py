from tortoise import migrations
from tortoise.migrations import operations as ops
from db import append_only
from models.audit_log import (AuditAction)
from models.checkouts import (CheckoutStatus, TakebackKind, TakebackStatus)
from models.stripe_events import (EventStatus)
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

LEDGER = ("reversal", "surplus")
"""Tables whose rows are added, and never edited or deleted."""
AUDIT_LOG_INDEX = (
    'CREATE INDEX IF NOT EXISTS "audit_entry_log" ON "audit_entry" ("company_id", "at", "id")'
)


async def keep_ledger(apps, editor):
    """Have the database refuse to edit or delete a row of the ledger."""
    await append_only.keep(editor, *LEDGER)


async def release_ledger(apps, editor):
    """Take `keep_ledger` back."""
    await append_only.release(editor, *LEDGER)


class Migration(migrations.Migration):
    dependencies = [("models", "0004_invoice_updates")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Checkout",
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
                        related_name="checkouts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="checkouts",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("account", fields.CharField(max_length=255)),
                ("amount", fields.BigIntField()),
                ("currency", fields.CharField(max_length=3)),
                (
                    "status",
                    fields.CharEnumField(
                        default=CheckoutStatus.OPENING,
                        description="OPENING: OPENING\nOPEN: OPEN\nEXPIRING: EXPIRING\nEXPIRED: EXPIRED\nPENDING: PENDING\nFAILED: FAILED\nPAID: PAID",
                        enum_type=CheckoutStatus,
                        max_length=8,
                    ),
                ),
                ("payable_for", fields.UUIDField(null=True, unique=True)),
                ("request", fields.TextField(unique=False)),
                ("session_id", fields.CharField(null=True, unique=True, max_length=255)),
                ("url", fields.TextField(null=True, unique=False)),
                ("payment_intent", fields.CharField(null=True, unique=True, max_length=255)),
                ("charge_refunded", fields.BigIntField(default=0)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("next_look_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "checkout",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One attempt to pay an invoice online: a Checkout session at Stripe, or the wish for one.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Checkout",
            CheckConstraint(
                check="status IN ('OPENING', 'OPEN', 'EXPIRING', 'EXPIRED', 'PENDING', 'FAILED', 'PAID')",
                name="checkout_status",
            ),
        ),
        ops.AddConstraint(
            "Checkout",
            CheckConstraint(check="amount > 0 AND charge_refunded >= 0", name="checkout_amount"),
        ),
        ops.AddConstraint(
            "Checkout", CheckConstraint(check="length(currency) = 3", name="checkout_currency")
        ),
        ops.AddConstraint(
            "Checkout",
            CheckConstraint(
                check="(status IN ('OPENING', 'OPEN', 'EXPIRING')) = (payable_for IS NOT NULL)",
                name="checkout_payable",
            ),
        ),
        ops.AddConstraint(
            "Checkout",
            CheckConstraint(check="payable_for = invoice_id", name="checkout_payable_for"),
        ),
        ops.AddConstraint(
            "Checkout",
            CheckConstraint(
                check="status IN ('OPENING', 'EXPIRING', 'EXPIRED') OR session_id IS NOT NULL",
                name="checkout_session",
            ),
        ),
        ops.AddConstraint(
            "Checkout",
            CheckConstraint(check="status <> 'OPEN' OR url IS NOT NULL", name="checkout_url"),
        ),
        ops.AddIndex(
            "Checkout", Index(fields=["invoice_id", "created_at"], name="checkout_by_invoice")
        ),
        ops.AddIndex(
            "Checkout", Index(fields=["status", "next_look_at"], name="checkout_unfinished")
        ),
        ops.AddIndex("Checkout", Index(fields=["account"], name="checkout_by_account")),
        ops.CreateModel(
            name="Reversal",
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
                        related_name="reversals",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reversals",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "payment",
                    fields.ForeignKeyField(
                        "models.Payment",
                        source_field="payment_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="reversals",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="REFUND: REFUND\nDISPUTE: DISPUTE",
                        enum_type=TakebackKind,
                        max_length=8,
                    ),
                ),
                ("amount", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "reversal",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What was taken back of a payment, or, if negative, came back. Rows are added, never edited.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Reversal", CheckConstraint(check="kind IN ('REFUND', 'DISPUTE')", name="reversal_kind")
        ),
        ops.AddConstraint("Reversal", CheckConstraint(check="amount <> 0", name="reversal_amount")),
        ops.AddIndex("Reversal", Index(fields=["invoice_id", "at"], name="reversal_by_invoice")),
        ops.AddIndex("Reversal", Index(fields=["payment_id", "at"], name="reversal_by_payment")),
        ops.CreateModel(
            name="StripeEvent",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="stripe_events",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("type", fields.CharField(max_length=100)),
                ("account", fields.CharField(null=True, max_length=255)),
                ("payment_intent", fields.CharField(null=True, max_length=255)),
                (
                    "status",
                    fields.CharEnumField(
                        description="APPLIED: APPLIED\nIGNORED: IGNORED\nWAITING: WAITING\nPARKED: PARKED",
                        enum_type=EventStatus,
                        max_length=8,
                    ),
                ),
                ("detail", fields.TextField(null=True, unique=False)),
                ("payload", fields.TextField(null=True, unique=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "stripe_event",
                "app": "models",
                "pk_attr": "id",
                "table_description": "An event, whose effects are in the same transaction as this row.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "StripeEvent",
            CheckConstraint(
                check="status IN ('APPLIED', 'IGNORED', 'WAITING', 'PARKED')",
                name="stripe_event_status",
            ),
        ),
        ops.AddConstraint(
            "StripeEvent",
            CheckConstraint(
                check="(status IN ('WAITING', 'PARKED')) = (payload IS NOT NULL)",
                name="stripe_event_payload",
            ),
        ),
        ops.AddConstraint(
            "StripeEvent",
            CheckConstraint(
                check="status <> 'WAITING' OR payment_intent IS NOT NULL",
                name="stripe_event_waits_for",
            ),
        ),
        ops.AddIndex(
            "StripeEvent",
            Index(fields=["company_id", "status", "received_at", "id"], name="stripe_event_list"),
        ),
        ops.AddIndex(
            "StripeEvent", Index(fields=["payment_intent", "account"], name="stripe_event_waiting")
        ),
        ops.CreateModel(
            name="Surplus",
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
                        related_name="surpluses",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="surpluses",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "credit_note",
                    fields.ForeignKeyField(
                        "models.CreditNote",
                        source_field="credit_note_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="surpluses",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "surplus",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Money that came for an invoice which did not need it, and became a credit note.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint("Surplus", CheckConstraint(check="amount > 0", name="surplus_amount")),
        ops.AddConstraint(
            "Surplus", UniqueConstraint(fields=("credit_note_id",), name="surplus_credit_note")
        ),
        ops.AddIndex("Surplus", Index(fields=["invoice_id", "at"], name="surplus_by_invoice")),
        ops.CreateModel(
            name="Takeback",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="takebacks",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "checkout",
                    fields.ForeignKeyField(
                        "models.Checkout",
                        source_field="checkout_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="takebacks",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="REFUND: REFUND\nDISPUTE: DISPUTE",
                        enum_type=TakebackKind,
                        max_length=8,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="NOTICE: NOTICE\nTAKEN: TAKEN\nRETURNED: RETURNED",
                        enum_type=TakebackStatus,
                        max_length=8,
                    ),
                ),
                ("amount", fields.BigIntField()),
            ],
            options={
                "table": "takeback",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A refund or a dispute at Stripe, of a payment that came of a checkout.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Takeback", CheckConstraint(check="kind IN ('REFUND', 'DISPUTE')", name="takeback_kind")
        ),
        ops.AddConstraint(
            "Takeback",
            CheckConstraint(
                check="status IN ('NOTICE', 'TAKEN', 'RETURNED')", name="takeback_status"
            ),
        ),
        ops.AddConstraint("Takeback", CheckConstraint(check="amount > 0", name="takeback_amount")),
        ops.AddIndex("Takeback", Index(fields=["checkout_id"], name="takeback_by_checkout")),
        # On SQLite the table is made anew by this, either way, without its index.
        ops.RunSQL(ops.RunSQL.noop, reverse_sql=AUDIT_LOG_INDEX),
        ops.AlterField(
            model_name="AuditEntry",
            name="action",
            field=fields.CharEnumField(
                description="INVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED\nCOMPANY_UPDATED: COMPANY_UPDATED\nCREDIT_NOTE_ISSUED: CREDIT_NOTE_ISSUED\nCREDIT_NOTE_APPLIED: CREDIT_NOTE_APPLIED\nCREDIT_NOTE_VOIDED: CREDIT_NOTE_VOIDED\nQUOTE_SHARED: QUOTE_SHARED\nQUOTE_SHARE_REVOKED: QUOTE_SHARE_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nANNOUNCEMENT_SENT: ANNOUNCEMENT_SENT\nSTRIPE_CONNECTED: STRIPE_CONNECTED\nSTRIPE_DISCONNECTED: STRIPE_DISCONNECTED\nSTRIPE_EVENT_REPLAYED: STRIPE_EVENT_REPLAYED",
                enum_type=AuditAction,
                max_length=32,
            ),
        ),
        ops.AddField(
            model_name="Company",
            name="charges_enabled",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Company",
            name="charges_reported_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Company",
            name="stripe_connections",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            "Company", Index(fields=["stripe_account"], name="company_by_stripe_account")
        ),
        ops.RunSQL(AUDIT_LOG_INDEX, reverse_sql=ops.RunSQL.noop),
        # Who had set an account by hand could have taken payments.
        ops.RunSQL(
            "UPDATE company SET charges_enabled = stripe_account IS NOT NULL",
            reverse_sql="UPDATE company SET charges_enabled = FALSE",
        ),
        ops.RunPython(keep_ledger, reverse_code=release_ledger),
    ]
