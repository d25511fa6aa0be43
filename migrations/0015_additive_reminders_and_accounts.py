"""Indexes of what a run of reminders looks at, and of the credit in a customer's account."""

from tortoise import migrations

from db.indexes import PartialIndex
from db.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    dependencies = [("models", "0014_next_reminders")]

    initial = False
    atomic = False

    operations = [
        AddIndexConcurrently(
            model_name="Invoice",
            index=PartialIndex(
                fields=["company_id", "next_reminder_on", "id"],
                name="invoice_to_remind_of",
                where="next_reminder_on IS NOT NULL AND (status IN ('ISSUED', 'PARTIALLY_PAID'))",
            ),
        ),
        AddIndexConcurrently(
            model_name="CreditNote",
            index=PartialIndex(
                fields=["customer_id", "currency", "total", "applied", "paid_out", "number"],
                name="credit_note_of_account",
                where="status IN ('APPLIED', 'ISSUED')",
            ),
        ),
    ]
