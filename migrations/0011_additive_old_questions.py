"""An index of the questions whose sender's address is still known."""

from tortoise import migrations

from db.indexes import PartialIndex
from db.operations import AddIndexConcurrently


class Migration(migrations.Migration):
    dependencies = [("models", "0010_additive_reconciled_views")]

    initial = False
    atomic = False

    operations = [
        AddIndexConcurrently(
            model_name="Question",
            index=PartialIndex(
                fields=["company_id", "asked_at", "ip"],
                name="question_with_ip",
                where="ip IS NOT NULL",
            ),
        ),
    ]
