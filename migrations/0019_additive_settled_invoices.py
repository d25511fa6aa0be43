"""An index from which the settled invoices of a customer are counted."""

from tortoise import migrations

from db.indexes import PartialIndex
from db.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    dependencies = [("models", "0018_earlier_account_entries")]

    initial = False
    atomic = False

    operations = [
        AddIndexConcurrently(
            model_name="Invoice",
            index=PartialIndex(
                fields=["customer_id", "status", "currency", "issue_date"],
                name="invoice_settled",
                where="status IN ('CANCELLED', 'PAID')",
            ),
        ),
    ]
