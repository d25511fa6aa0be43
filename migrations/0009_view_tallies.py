"""How many views of an invoice counted at some times, and no more of the replaced indexes."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

_EACH = 100
"""Views after which their number is noted."""


async def _fill(_: Any, editor: Any) -> None:
    await editor.client.execute_script(
        "INSERT INTO view_tally (invoice_id, viewed_at, sequence, view_count)"
        " SELECT invoice_id, viewed_at, sequence, number FROM ("
        " SELECT invoice_id, viewed_at, sequence,"
        " row_number() OVER (PARTITION BY invoice_id ORDER BY sequence) AS number"
        " FROM invoice_view WHERE NOT automated"
        f" AND invoice_id IN (SELECT id FROM invoice WHERE view_count >= {_EACH})"
        f") AS numbered WHERE number % {_EACH} = 0"
    )


async def _leave(_: Any, __: Any) -> None:
    """The rows go with the table."""


class Migration(migrations.Migration):
    dependencies = [("models", "0008_long_lists")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ViewTally",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                (
                    "invoice",
                    fields.ForeignKeyField(
                        "models.Invoice",
                        source_field="invoice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="view_tallies",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("viewed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sequence", fields.BigIntField()),
                ("view_count", fields.BigIntField()),
            ],
            options={
                "table": "view_tally",
                "app": "models",
                "indexes": [
                    Index(
                        fields=["invoice_id", "viewed_at", "sequence", "view_count"],
                        name="view_tally_by_time",
                    )
                ],
                "pk_attr": "id",
                "table_description": "How many views of an invoice counted after a group of them,"
                " noted every VIEWS_PER_TALLY.",
            },
            bases=["Model"],
        ),
        ops.RunPython(_fill, reverse_code=_leave),
        *(
            ops.RemoveIndex(model_name=model, name=name)
            for model, name in (
                ("Invoice", "invoice_by_customer"),
                ("Quote", "quote_by_customer"),
                ("CreditNote", "credit_note_by_customer"),
                ("EmailDelivery", "email_delivery_log"),
                ("EmailDelivery", "email_delivery_queue"),
            )
        ),
    ]
