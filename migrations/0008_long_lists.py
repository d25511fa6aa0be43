"""Indexes for the lists of customers and companies with very many documents and e-mails."""

from typing import Any

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from db.indexes import PartialIndex, create_statistics, drop_statistics
from db.operations import AddIndexConcurrently


async def _create_statistics(_: Any, editor: Any) -> None:
    await create_statistics(editor)


async def _drop_statistics(_: Any, editor: Any) -> None:
    await drop_statistics(editor)


class Migration(migrations.Migration):
    dependencies = [("models", "0007_last_views")]

    initial = False
    atomic = False

    operations = [
        *(
            AddIndexConcurrently(
                model_name=model,
                index=Index(fields=["customer_id", "created_at", "id", last], name=name),
            )
            for model, last, name in (
                ("Invoice", "company_id", "invoice_of_customer"),
                ("Quote", "status", "quote_of_customer"),
                ("CreditNote", "status", "credit_note_of_customer"),
            )
        ),
        AddIndexConcurrently(
            model_name="EmailDelivery",
            index=Index(
                fields=["company_id", "created_at", "id", "kind"], name="email_delivery_listing"
            ),
        ),
        AddIndexConcurrently(
            model_name="EmailDelivery",
            index=PartialIndex(
                fields=["kind", "next_attempt_at"],
                name="email_delivery_waiting",
                where="next_attempt_at IS NOT NULL",
            ),
        ),
        AddIndexConcurrently(
            model_name="StripeEvent",
            index=Index(
                fields=["company_id", "received_at", "id", "status"], name="stripe_event_log"
            ),
        ),
        ops.RunPython(_create_statistics, reverse_code=_drop_statistics),
    ]
