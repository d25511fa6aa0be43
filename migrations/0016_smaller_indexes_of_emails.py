"""Indexes and unique keys of e-mails without the rows that have nothing for them."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from db.indexes import of_known, unique_known
from db.operations import ReplaceConcurrently

_INDEXES = {
    "email_delivery_by_quote": ("quote_id", "created_at"),
    "email_delivery_by_credit_note": ("credit_note_id", "created_at"),
    "email_delivery_sent_together": ("sent_with_id",),
    "email_delivery_copies": ("copy_of_id",),
}
_KEYS = {
    "email_delivery_announcement": ("announcement_id", "recipient"),
    "email_delivery_answer": ("answer_id",),
    "email_delivery_receipt": ("payment_id", "recipient"),
    "email_delivery_refund": ("reversal_id", "recipient"),
    "email_delivery_payment_failed": ("checkout_share_id", "recipient"),
    "email_delivery_stage": ("invoice_id", "stage"),
    "email_delivery_idempotency": ("company_id", "idempotency_key"),
}
_LAST_IS_KNOWN = ("email_delivery_stage", "email_delivery_idempotency")


class Migration(migrations.Migration):
    dependencies = [("models", "0015_additive_reminders_and_accounts")]

    initial = False
    atomic = False

    operations = [
        ReplaceConcurrently(
            "EmailDelivery",
            *(
                (Index(fields=columns, name=name), of_known(name, *columns, known=0))
                for name, columns in _INDEXES.items()
            ),
            *(
                (
                    UniqueConstraint(columns, name),
                    unique_known(name, *columns, known=-1 if name in _LAST_IS_KNOWN else 0),
                )
                for name, columns in _KEYS.items()
            ),
        ),
    ]
