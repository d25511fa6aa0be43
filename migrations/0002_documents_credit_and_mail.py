from tortoise import migrations
from tortoise.migrations import operations as ops
from models.audit_log import (AuditAction)
from models.credit_notes import (CreditNoteStatus)
from models.emails import (DeliveryState, MailKind)
from models.quotes import (QuoteStatus)
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

LEDGER = ("payment", "credit_application")
"""Tables whose rows are added, and never edited or deleted.

On SQLite, whatever makes one of them anew later (as adding a CHECK does) has to call `keep_ledger` again.
"""


async def keep_ledger(apps, editor):
    """Have the database refuse to edit or delete a row of the ledger."""
    if editor.DIALECT == "sqlite":
        for table in LEDGER:
            for deed in ("UPDATE", "DELETE"):
                # Not RunSQL, which would take the statement apart at its semicolon.
                await editor.client.execute_query(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
                )
        return
    await editor.client.execute_script(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in LEDGER:
        await editor.client.execute_script(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


async def release_ledger(apps, editor):
    """Take `keep_ledger` back."""
    for table in LEDGER:
        if editor.DIALECT == "sqlite":
            for deed in ("update", "delete"):
                await editor.client.execute_query(f"DROP TRIGGER {table}_no_{deed}")
        else:
            await editor.client.execute_script(f"DROP TRIGGER {table}_only_added ON {table}")
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script("DROP FUNCTION refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Announcement",
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
                        related_name="announcements",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("subject", fields.CharField(max_length=200)),
                ("body", fields.TextField(unique=False)),
                ("idempotency_key", fields.CharField(null=True, max_length=64)),
                ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "announcement",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A marketing e-mail to many customers at once.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Announcement",
            UniqueConstraint(
                fields=("company_id", "idempotency_key"), name="announcement_idempotency"
            ),
        ),
        ops.CreateModel(
            name="CreditNote",
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
                        related_name="credit_notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="credit_notes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.CharField(max_length=64)),
                (
                    "status",
                    fields.CharEnumField(
                        default=CreditNoteStatus.DRAFT,
                        description="DRAFT: DRAFT\nISSUED: ISSUED\nAPPLIED: APPLIED\nVOID: VOID",
                        enum_type=CreditNoteStatus,
                        max_length=8,
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("total", fields.BigIntField()),
                ("applied", fields.BigIntField(default=0)),
                ("reason", fields.TextField(null=True, unique=False)),
                ("issued_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("voided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("idempotency_key", fields.CharField(null=True, max_length=64)),
                ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "credit_note",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Money that a customer has good with a company, in minor units of its currency.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "CreditNote",
            CheckConstraint(
                check="status IN ('DRAFT', 'ISSUED', 'APPLIED', 'VOID')", name="credit_note_status"
            ),
        ),
        ops.AddConstraint(
            "CreditNote", CheckConstraint(check="length(currency) = 3", name="credit_note_currency")
        ),
        ops.AddConstraint(
            "CreditNote",
            CheckConstraint(
                check="total > 0 AND applied >= 0 AND applied <= total", name="credit_note_amounts"
            ),
        ),
        ops.AddConstraint(
            "CreditNote",
            CheckConstraint(
                check="(status = 'APPLIED') = (applied > 0)", name="credit_note_applied_status"
            ),
        ),
        ops.AddConstraint(
            "CreditNote",
            CheckConstraint(
                check="status NOT IN ('ISSUED', 'APPLIED') OR issued_at IS NOT NULL",
                name="credit_note_issued_at",
            ),
        ),
        ops.AddConstraint(
            "CreditNote",
            CheckConstraint(
                check="(status = 'VOID') = (voided_at IS NOT NULL)", name="credit_note_voided_at"
            ),
        ),
        ops.AddConstraint(
            "CreditNote",
            UniqueConstraint(fields=("company_id", "number"), name="credit_note_number"),
        ),
        ops.AddConstraint(
            "CreditNote",
            UniqueConstraint(
                fields=("company_id", "idempotency_key"), name="credit_note_idempotency"
            ),
        ),
        ops.AddIndex(
            "CreditNote",
            Index(fields=["company_id", "created_at", "id"], name="credit_note_listing"),
        ),
        ops.AddIndex(
            "CreditNote",
            Index(fields=["customer_id", "created_at", "id"], name="credit_note_by_customer"),
        ),
        ops.AddIndex(
            "CreditNote",
            Index(fields=["company_id", "status", "created_at", "id"], name="credit_note_by_status"),
        ),
        ops.CreateModel(
            name="CreditApplication",
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
                        related_name="credit_applications",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "credit_note",
                    fields.ForeignKeyField(
                        "models.CreditNote",
                        source_field="credit_note_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="credit_applications",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("amount", fields.BigIntField()),
                ("applied_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("idempotency_key", fields.CharField(null=True, max_length=64)),
                ("idempotency_digest", fields.CharField(null=True, max_length=64)),
            ],
            options={
                "table": "credit_application",
                "app": "models",
                "pk_attr": "id",
                "table_description": "Credit that was applied to an invoice. Rows are added, never edited.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "CreditApplication",
            CheckConstraint(check="amount > 0", name="credit_application_amount"),
        ),
        ops.AddConstraint(
            "CreditApplication",
            UniqueConstraint(
                fields=("company_id", "idempotency_key"), name="credit_application_idempotency"
            ),
        ),
        ops.AddIndex(
            "CreditApplication",
            Index(fields=["invoice_id", "applied_at"], name="credit_application_by_invoice"),
        ),
        ops.AddIndex(
            "CreditApplication",
            Index(fields=["credit_note_id", "applied_at"], name="credit_application_by_note"),
        ),
        ops.CreateModel(
            name="EmailPreference",
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
                        related_name="email_preferences",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("address", fields.CharField(max_length=254)),
                ("token", fields.UUIDField(default=uuid4, unique=True)),
                ("language", fields.CharField(null=True, max_length=16)),
                ("document_emails", fields.BooleanField(default=True)),
                ("reminder_emails", fields.BooleanField(default=True)),
                ("marketing_emails", fields.BooleanField(default=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={
                "table": "email_preference",
                "app": "models",
                "pk_attr": "id",
                "table_description": "What one address wants from one company. The token is all the authority to change it.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "EmailPreference",
            CheckConstraint(
                check="address = lower(address)", name="email_preference_address_lower"
            ),
        ),
        ops.AddConstraint(
            "EmailPreference",
            UniqueConstraint(fields=("company_id", "address"), name="email_preference_address"),
        ),
        ops.CreateModel(
            name="Quote",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                ("number", fields.CharField(max_length=64)),
                ("currency", fields.CharField(max_length=3)),
                ("issue_date", fields.DateField(null=True)),
                ("subtotal", fields.BigIntField(default=0)),
                ("discount", fields.BigIntField(default=0)),
                ("tax", fields.BigIntField(default=0)),
                ("total", fields.BigIntField(default=0)),
                ("notes", fields.TextField(null=True, unique=False)),
                ("share_token", fields.UUIDField(null=True, unique=True)),
                ("shared_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("idempotency_key", fields.CharField(null=True, max_length=64)),
                ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="quotes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="quotes",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        default=QuoteStatus.DRAFT,
                        description="DRAFT: DRAFT\nSENT: SENT\nACCEPTED: ACCEPTED\nDECLINED: DECLINED",
                        enum_type=QuoteStatus,
                        max_length=8,
                    ),
                ),
                ("valid_until", fields.DateField(null=True)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="quotes",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "quote",
                "app": "models",
                "pk_attr": "id",
                "table_description": "An offer of a company to a customer. Amounts are minor units of its currency.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(
                check="status IN ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED')", name="quote_status"
            ),
        ),
        ops.AddConstraint(
            "Quote", CheckConstraint(check="length(currency) = 3", name="quote_currency")
        ),
        ops.AddConstraint(
            "Quote", CheckConstraint(check="total = subtotal - discount + tax", name="quote_total")
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(
                check="discount >= 0 AND discount <= subtotal AND tax >= 0", name="quote_amounts"
            ),
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(check="(status = 'DRAFT') = (sent_at IS NULL)", name="quote_sent_at"),
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(
                check="(status IN ('ACCEPTED', 'DECLINED')) = (decided_at IS NOT NULL)",
                name="quote_decided_at",
            ),
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(
                check="status = 'ACCEPTED' OR invoice_id IS NULL", name="quote_invoice"
            ),
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(check="status <> 'DRAFT' OR share_token IS NULL", name="quote_draft"),
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(
                check="(share_token IS NULL) = (shared_at IS NULL)", name="quote_shared_at"
            ),
        ),
        ops.AddConstraint(
            "Quote",
            CheckConstraint(check="valid_until >= issue_date", name="quote_valid_after_issue"),
        ),
        ops.AddConstraint(
            "Quote", UniqueConstraint(fields=("company_id", "number"), name="quote_number")
        ),
        ops.AddConstraint(
            "Quote",
            UniqueConstraint(fields=("company_id", "idempotency_key"), name="quote_idempotency"),
        ),
        ops.AddConstraint(
            "Quote", UniqueConstraint(fields=("invoice_id",), name="quote_invoice_once")
        ),
        ops.AddIndex(
            "Quote", Index(fields=["company_id", "created_at", "id"], name="quote_listing")
        ),
        ops.AddIndex(
            "Quote", Index(fields=["customer_id", "created_at", "id"], name="quote_by_customer")
        ),
        ops.AddIndex(
            "Quote",
            Index(fields=["company_id", "status", "created_at", "id"], name="quote_by_status"),
        ),
        ops.CreateModel(
            name="EmailDelivery",
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
                        related_name="email_deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="email_deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="email_deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "quote",
                    fields.ForeignKeyField(
                        "models.Quote",
                        source_field="quote_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="email_deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "announcement",
                    fields.ForeignKeyField(
                        "models.Announcement",
                        source_field="announcement_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="email_deliveries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="INVOICE: INVOICE\nQUOTE: QUOTE\nREMINDER: REMINDER\nANNOUNCEMENT: ANNOUNCEMENT",
                        enum_type=MailKind,
                        max_length=16,
                    ),
                ),
                ("stage", fields.IntField(null=True)),
                ("recipient", fields.CharField(max_length=254)),
                ("message", fields.TextField(null=True, unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        default=DeliveryState.QUEUED,
                        description="QUEUED: QUEUED\nSENDING: SENDING\nSENT: SENT\nFAILED: FAILED\nSKIPPED: SKIPPED",
                        enum_type=DeliveryState,
                        max_length=8,
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                (
                    "next_attempt_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("detail", fields.CharField(null=True, max_length=1000)),
                ("idempotency_key", fields.CharField(null=True, max_length=64)),
                ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("sent_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "email_delivery",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One e-mail to one address, and what became of it.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "EmailDelivery",
            CheckConstraint(
                check="kind IN ('INVOICE', 'QUOTE', 'REMINDER', 'ANNOUNCEMENT')",
                name="email_delivery_kind",
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            CheckConstraint(
                check="(kind IN ('INVOICE', 'REMINDER')) = (invoice_id IS NOT NULL) AND (kind = 'QUOTE') = (quote_id IS NOT NULL) AND (kind = 'ANNOUNCEMENT') = (announcement_id IS NOT NULL)",
                name="email_delivery_subject",
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            CheckConstraint(
                check="kind = 'REMINDER' OR stage IS NULL", name="email_delivery_stage_kind"
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            CheckConstraint(
                check="status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED', 'SKIPPED')",
                name="email_delivery_status",
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            CheckConstraint(
                check="(status IN ('QUEUED', 'SENDING')) = (next_attempt_at IS NOT NULL)",
                name="email_delivery_next_attempt",
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            CheckConstraint(
                check="(status = 'SENT') = (sent_at IS NOT NULL)", name="email_delivery_sent_at"
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery", CheckConstraint(check="attempts >= 0", name="email_delivery_attempts")
        ),
        ops.AddConstraint(
            "EmailDelivery",
            UniqueConstraint(fields=("invoice_id", "stage"), name="email_delivery_stage"),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            UniqueConstraint(
                fields=("announcement_id", "recipient"), name="email_delivery_announcement"
            ),
        ),
        ops.AddConstraint(
            "EmailDelivery",
            UniqueConstraint(
                fields=("company_id", "idempotency_key"), name="email_delivery_idempotency"
            ),
        ),
        ops.AddIndex(
            "EmailDelivery",
            Index(fields=["company_id", "created_at", "id"], name="email_delivery_log"),
        ),
        ops.AddIndex(
            "EmailDelivery",
            Index(fields=["invoice_id", "created_at"], name="email_delivery_by_invoice"),
        ),
        ops.AddIndex(
            "EmailDelivery",
            Index(fields=["quote_id", "created_at"], name="email_delivery_by_quote"),
        ),
        ops.AddIndex(
            "EmailDelivery", Index(fields=["kind", "next_attempt_at"], name="email_delivery_queue")
        ),
        ops.AddIndex(
            "EmailDelivery",
            Index(fields=["company_id", "status", "created_at", "id"], name="email_delivery_by_status"),
        ),
        ops.CreateModel(
            name="QuoteLine",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("position", fields.IntField()),
                ("description", fields.TextField(unique=False)),
                ("quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                ("unit_price", fields.BigIntField()),
                ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                ("amount", fields.BigIntField()),
                ("discount", fields.BigIntField()),
                ("tax", fields.BigIntField()),
                (
                    "quote",
                    fields.ForeignKeyField(
                        "models.Quote",
                        source_field="quote_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
            ],
            options={
                "table": "quote_line",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One line of a quote, amounts in minor units of the quote's currency.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "QuoteLine",
            CheckConstraint(
                check="unit_price >= 0 AND discount >= 0 AND discount <= amount AND tax >= 0",
                name="quote_line_amounts",
            ),
        ),
        ops.AddConstraint(
            "QuoteLine",
            UniqueConstraint(fields=("quote_id", "position"), name="quote_line_position"),
        ),
        ops.AlterField(
            model_name="AuditEntry",
            name="action",
            field=fields.CharEnumField(
                description="INVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED\nCOMPANY_UPDATED: COMPANY_UPDATED\nCREDIT_NOTE_ISSUED: CREDIT_NOTE_ISSUED\nCREDIT_NOTE_APPLIED: CREDIT_NOTE_APPLIED\nCREDIT_NOTE_VOIDED: CREDIT_NOTE_VOIDED\nQUOTE_SHARED: QUOTE_SHARED\nQUOTE_SHARE_REVOKED: QUOTE_SHARE_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nANNOUNCEMENT_SENT: ANNOUNCEMENT_SENT",
                enum_type=AuditAction,
                max_length=32,
            ),
        ),
        ops.AddField(
            model_name="Company",
            name="accent_color",
            field=fields.CharField(null=True, max_length=7),
        ),
        ops.AddField(
            model_name="Company",
            name="credit_note_sequence",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Company",
            name="quote_sequence",
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Company",
            name="reminder_days",
            field=fields.CharField(default="-3 1 7 14", db_default="-3 1 7 14", max_length=100),
        ),
        ops.AddField(
            model_name="Customer", name="language", field=fields.CharField(null=True, max_length=16)
        ),
        ops.RemoveConstraint(model_name="Payment", name="payment_refunded", fields=None),
        ops.RemoveField(model_name="Payment", name="refunded"),
        # On SQLite the tables above were made anew, without their indexes.
        ops.RunSQL(
            'CREATE INDEX IF NOT EXISTS "audit_entry_log" ON "audit_entry" ("company_id", "at", "id")'
        ),
        ops.RunSQL(
            'CREATE INDEX IF NOT EXISTS "payment_by_invoice" ON "payment" ("invoice_id", "received_at")'
        ),
        ops.RunSQL(
            'CREATE UNIQUE INDEX IF NOT EXISTS "payment_idempotency" ON "payment" ("company_id", "idempotency_key")'
        ),
        ops.RunPython(keep_ledger, reverse_code=release_ledger),
    ]
