"""From which day on each invoice is looked at for a reminder, so that a run reads only those due."""

from tortoise import fields, migrations

from db.operations import AddColumn


class Migration(migrations.Migration):
    dependencies = [("models", "0013_paper_size")]

    initial = False

    operations = [
        AddColumn(
            model_name="Invoice",
            name="next_reminder_on",
            field=fields.DateField(null=True),
        ),
        AddColumn(
            model_name="CompanyUpkeep",
            name="planned_reminder_days",
            field=fields.CharField(max_length=100, null=True),
        ),
    ]
