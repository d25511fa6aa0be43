"""The traces that e-mails and webhooks continue."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from core.telemetry.tracing import traceparent


class Migration(migrations.Migration):
    dependencies = [('models', '0004_schedules')]

    initial = False

    operations = [
        ops.AddField(
            model_name='EmailDelivery',
            name='trace_parent',
            field=fields.CharField(null=True, default=traceparent, max_length=55),
        ),
        ops.AddField(
            model_name='WebhookDelivery',
            name='trace_parent',
            field=fields.CharField(null=True, max_length=55),
        ),
    ]
