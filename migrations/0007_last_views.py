"""The hour of each invoice's last view, and the customer of each view."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from db.operations import AddColumn

_HOUR = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00+00:00', last_viewed_at)",
    "postgres": "date_trunc('hour', last_viewed_at, 'UTC')",
}


async def _fill(_: Any, editor: Any) -> None:
    hour = _HOUR["sqlite" if editor.DIALECT == "sqlite" else "postgres"]
    await editor.client.execute_script(
        f"UPDATE invoice SET last_viewed_hour = {hour} WHERE last_viewed_at IS NOT NULL"
    )
    await editor.client.execute_script(
        "UPDATE invoice_view SET customer_id = invoice.customer_id FROM invoice"
        " WHERE invoice.id = invoice_id"
    )


async def _leave(_: Any, __: Any) -> None:
    """The columns go with what is in them."""


class Migration(migrations.Migration):
    dependencies = [("models", "0006_unsaved_forms")]

    initial = False

    operations = [
        AddColumn(
            model_name="Invoice",
            name="last_viewed_hour",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        AddColumn(
            model_name="InvoiceView",
            name="customer_id",
            field=fields.UUIDField(null=True),
        ),
        ops.RunPython(_fill, reverse_code=_leave),
        ops.AddIndex(
            model_name="Invoice",
            index=Index(
                fields=[
                    "company_id",
                    "last_viewed_hour",
                    "created_at",
                    "id",
                    "status",
                    "issue_date",
                    "due_date",
                    "first_viewed_at",
                    "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                    "(share_token IS NULL)",
                    "(share_token IS NOT NULL)",
                ],
                name="invoice_by_last_view",
            ),
        ),
        ops.AddIndex(
            model_name="InvoiceView",
            index=Index(fields=["customer_id", "sequence"], name="invoice_view_of_customer"),
        ),
    ]
