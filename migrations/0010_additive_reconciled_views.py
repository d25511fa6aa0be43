"""Up to which view of a company its invoices agree with their views."""

from tortoise import fields, migrations

from db.operations import AddColumn


class Migration(migrations.Migration):
    dependencies = [("models", "0009_view_tallies")]

    initial = False

    operations = [
        AddColumn(
            model_name="CompanyUpkeep",
            name="reconciled_views",
            field=fields.BigIntField(default=0, db_default=0),
        ),
    ]
