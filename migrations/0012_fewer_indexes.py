"""No index of opened and unpaid invoices: those of all opened ones and of each order do as well."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("models", "0011_additive_old_questions")]

    initial = False

    operations = [ops.RemoveIndex(model_name="Invoice", name="invoice_opened_unpaid")]
