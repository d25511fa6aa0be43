"""The traces that e-mails and webhooks continue."""

from tortoise import fields, migrations

from core.telemetry.tracing import traceparent
from db.operations import AddColumn


class Migration(migrations.Migration):
    dependencies = [('models', '0004_schedules')]

    initial = False

    operations = [
        AddColumn(
            model_name='EmailDelivery',
            name='trace_parent',
            field=fields.CharField(null=True, default=traceparent, max_length=55),
        ),
        AddColumn(
            model_name='WebhookDelivery',
            name='trace_parent',
            field=fields.CharField(null=True, max_length=55),
        ),
    ]
