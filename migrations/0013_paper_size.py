"""The paper of a company's documents."""

from tortoise import fields, migrations
from tortoise.migrations.constraints import CheckConstraint

from db.operations import AddColumn
from values.parties import PaperSize


class Migration(migrations.Migration):
    dependencies = [("models", "0012_fewer_indexes")]

    initial = False

    operations = [
        AddColumn(
            model_name="Company",
            name="paper_size",
            field=fields.CharEnumField(
                null=True,
                description="A4: A4\nLETTER: LETTER",
                enum_type=PaperSize,
                max_length=8,
            ),
            check=CheckConstraint(
                check="paper_size IN ('A4', 'LETTER')", name="company_paper_size"
            ),
        ),
    ]
