"""An index of the open invoices that are looked at for reminders, by the day from which on."""

from tortoise import migrations

from db.indexes import PartialIndex
from db.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    dependencies = [("models", "0013_next_reminders")]

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
    ]
