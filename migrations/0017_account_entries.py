"""The entries of customers' accounts, which triggers write, and their sums by month."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from db.triggers import account_entries
from db.operations import CreateTables
from models.accounts import MovementKind


async def _enter(_: Any, editor: Any) -> None:
    await account_entries.enter_changes(editor)


async def _stop(_: Any, editor: Any) -> None:
    await account_entries.stop_entering(editor)


class Migration(migrations.Migration):
    dependencies = [("models", "0016_smaller_indexes_of_emails")]

    initial = False

    operations = [
        CreateTables(
        ops.CreateModel(
            name='AccountEntry',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('customer', fields.ForeignKeyField('models.Customer', source_field='customer_id', db_constraint=True, to_field='id', related_name='account_entries', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharEnumField(description='INVOICE: INVOICE\nCANCELLATION: CANCELLATION\nCREDIT_NOTE: CREDIT_NOTE\nVOID: VOID\nPAYMENT: PAYMENT\nREFUND: REFUND\nDISPUTE: DISPUTE\nREVERSAL: REVERSAL\nWRITE_OFF: WRITE_OFF\nCREDIT_KEPT: CREDIT_KEPT\nCREDIT_USED: CREDIT_USED\nPAYOUT: PAYOUT', enum_type=MovementKind, max_length=12)),
                ('source_id', fields.UUIDField()),
                ('invoice_id', fields.UUIDField(null=True)),
                ('credit_note_id', fields.UUIDField(null=True)),
                ('currency', fields.CharField(max_length=3)),
                ('amount', fields.BigIntField()),
                ('moved', fields.BigIntField()),
                ('dated_on', fields.DateField(null=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('booked_on', fields.DateField()),
            ],
            options={'table': 'account_entry', 'app': 'models', 'constraints': [UniqueConstraint(fields=('source_id', 'kind'), name='account_entry_source'), CheckConstraint(check='length(currency) = 3', name='account_entry_currency')], 'indexes': [Index(fields=['customer_id', 'booked_on', 'at', 'dated_on', 'currency', 'amount'], name='account_entry_by_day')], 'pk_attr': 'id', 'table_description': "Something that happened to a customer's account, in minor units."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AccountMonth',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('customer', fields.ForeignKeyField('models.Customer', source_field='customer_id', db_constraint=True, to_field='id', related_name='account_months', on_delete=OnDelete.CASCADE)),
                ('currency', fields.CharField(max_length=3)),
                ('month', fields.DateField()),
                ('amount_high', fields.BigIntField()),
                ('amount_low', fields.BigIntField()),
            ],
            options={'table': 'account_month', 'app': 'models', 'constraints': [UniqueConstraint(fields=('customer_id', 'month', 'currency'), name='account_month_once'), CheckConstraint(check='length(currency) = 3', name='account_month_currency')], 'pk_attr': 'id', 'table_description': "The sum of a customer's entries that are booked in a month, in one currency."},
            bases=['Model'],
        ),
        ),
        ops.RunPython(_enter, reverse_code=_stop),
    ]
