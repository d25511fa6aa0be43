from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class DropColumn(ops.RemoveField):
    """Removes a field that no index and no constraint speaks of, and leaves its table in place.

    RemoveField makes the table anew on SQLite. To drop the old one of a table that others refer to
    would delete their rows, too.
    """

    async def database_forward(self, app_label, old_state, new_state, state_editor=None):
        if state_editor:
            table = old_state.apps.get_model(f"{app_label}.{self.model_name}")._meta.db_table
            await state_editor._run_sql(f'ALTER TABLE "{table}" DROP COLUMN "{self.name}"')


class Migration(migrations.Migration):
    dependencies = [("models", "0002_documents_credit_and_mail")]
    initial = False
    operations = [
        ops.CreateModel(
            name="Logo",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "company",
                    fields.ForeignKeyField(
                        "models.Company",
                        source_field="company_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="logos",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("digest", fields.CharField(max_length=64)),
                ("content", fields.BinaryField()),
                ("width", fields.IntField()),
                ("height", fields.IntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "logo",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The one logo of a company: a PNG, with its sides in pixels.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Logo", CheckConstraint(check="length(digest) = 64", name="logo_digest")
        ),
        ops.AddConstraint(
            "Logo", CheckConstraint(check="width > 0 AND height > 0", name="logo_size")
        ),
        ops.AddConstraint("Logo", UniqueConstraint(fields=("company_id",), name="logo_company")),
        ops.AddIndex("Logo", Index(fields=["digest"], name="logo_by_digest")),
        ops.AddField(
            model_name="Company",
            name="logo_digest",
            field=fields.CharField(null=True, max_length=64),
        ),
        # It led to images elsewhere, which are not loaded any more.
        DropColumn(model_name="Company", name="logo_url"),
    ]
