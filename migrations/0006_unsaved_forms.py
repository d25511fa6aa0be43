"""Forms that staff submit after their session has ended."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0005_traces')]

    initial = False

    operations = [
        ops.CreateModel(
            name='UnsavedForm',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('company', fields.ForeignKeyField('models.Company', source_field='company_id', db_constraint=True, to_field='id', related_name='unsaved_forms', on_delete=OnDelete.CASCADE)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='unsaved_forms', on_delete=OnDelete.CASCADE)),
                ('path', fields.CharField(max_length=200)),
                ('entries', fields.TextField(unique=False)),
                ('submitted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'unsaved_form', 'app': 'models', 'indexes': [Index(fields=['user_id', 'submitted_at'], name='unsaved_form_by_user'), Index(fields=['submitted_at'], name='unsaved_form_by_time')], 'pk_attr': 'id', 'table_description': 'What a user submitted after the session had ended, until the form shows it again.'},
            bases=['Model'],
        ),
    ]
