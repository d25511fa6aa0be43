from tortoise import migrations
from tortoise.migrations import operations as ops
from db import append_only
from models.invoice_events import (InvoiceChange)
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

TABLE = "invoice_update"
"""Its rows are added, and never edited or deleted."""


async def keep_updates(apps, editor):
    """Have the database refuse to edit or delete an update."""
    await append_only.keep(editor, TABLE)


async def release_updates(apps, editor):
    """Take `keep_updates` back."""
    await append_only.release(editor, TABLE)


class Migration(migrations.Migration):
    dependencies = [("models", "0003_logos")]
    initial = False
    operations = [
        ops.CreateModel(
            name="InvoiceUpdate",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="updates",
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
                        related_name="updates",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("sequence", fields.BigIntField()),
                (
                    "change",
                    fields.CharEnumField(
                        description="ISSUED: ISSUED\nCANCELLED: CANCELLED\nPAYMENT_RECEIVED: PAYMENT_RECEIVED\nPAYMENT_PENDING: PAYMENT_PENDING\nPAYMENT_FAILED: PAYMENT_FAILED\nCREDIT_APPLIED: CREDIT_APPLIED\nREFUNDED: REFUNDED\nDISPUTED: DISPUTED\nREVERSAL_RETURNED: REVERSAL_RETURNED",
                        enum_type=InvoiceChange,
                        max_length=20,
                    ),
                ),
                ("amount", fields.BigIntField(null=True)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "invoice_update",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One change. `sequence` orders those of a company as they were committed, without gaps.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "InvoiceUpdate",
            CheckConstraint(
                check="change IN ('ISSUED', 'CANCELLED', 'PAYMENT_RECEIVED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'CREDIT_APPLIED', 'REFUNDED', 'DISPUTED', 'REVERSAL_RETURNED')",
                name="invoice_update_change",
            ),
        ),
        ops.AddConstraint(
            "InvoiceUpdate", CheckConstraint(check="amount > 0", name="invoice_update_amount")
        ),
        ops.AddConstraint(
            "InvoiceUpdate",
            UniqueConstraint(fields=("company_id", "sequence"), name="invoice_update_sequence"),
        ),
        ops.AddIndex("InvoiceUpdate", Index(fields=["invoice_id"], name="invoice_update_by_invoice")),
        ops.AlterModelOptions(
            name="ViewFeed",
            options={
                "table": "view_feed",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The counters that order a company's views, and the updates of its invoices.",
            },
        ),
        ops.AddField(
            model_name="ViewFeed",
            name="last_update_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="ViewFeed",
            name="update_sequence",
            field=fields.BigIntField(default=0, db_default=0),
        ),
        ops.RunPython(keep_updates, reverse_code=release_updates),
    ]
