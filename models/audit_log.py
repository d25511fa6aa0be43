"""The audit log: who did what, to what, and when. Written in the transaction that does it."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from db.indexes import PartialIndex
from db.shown_rows import SHOWN_ENTRIES
from models.companies import Company


class AuditAction(StrEnum):
    """What was done."""

    CUSTOMER_CREATED = "CUSTOMER_CREATED"
    CUSTOMER_UPDATED = "CUSTOMER_UPDATED"
    INVOICE_CREATED = "INVOICE_CREATED"
    INVOICE_ISSUED = "INVOICE_ISSUED"
    INVOICE_CANCELLED = "INVOICE_CANCELLED"
    QUOTE_CREATED = "QUOTE_CREATED"
    CREDIT_NOTE_CREATED = "CREDIT_NOTE_CREATED"
    DRAFT_DELETED = "DRAFT_DELETED"
    EMAIL_SENT = "EMAIL_SENT"
    INVOICE_SHARED = "INVOICE_SHARED"
    INVOICE_SHARE_REVOKED = "INVOICE_SHARE_REVOKED"
    PORTAL_SHARED = "PORTAL_SHARED"
    PORTAL_SHARE_REVOKED = "PORTAL_SHARE_REVOKED"
    API_KEY_CREATED = "API_KEY_CREATED"
    API_KEY_REVOKED = "API_KEY_REVOKED"
    USER_INVITED = "USER_INVITED"
    USER_UPDATED = "USER_UPDATED"
    USER_REMOVED = "USER_REMOVED"
    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGNED_OUT = "SIGNED_OUT"
    SESSION_ENDED = "SESSION_ENDED"
    PASSWORD_CHOSEN = "PASSWORD_CHOSEN"  # noqa: S105  # it is none
    PASSWORD_CONFIRMED = "PASSWORD_CONFIRMED"  # noqa: S105  # it is none
    PASSWORD_RESET_REQUESTED = "PASSWORD_RESET_REQUESTED"  # noqa: S105  # it is none
    SECOND_FACTOR_ENABLED = "SECOND_FACTOR_ENABLED"
    SECOND_FACTOR_DISABLED = "SECOND_FACTOR_DISABLED"
    SECOND_FACTOR_RESET = "SECOND_FACTOR_RESET"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    SECOND_FACTOR_NOT_REQUIRED = "SECOND_FACTOR_NOT_REQUIRED"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    RECOVERY_CODES_REPLACED = "RECOVERY_CODES_REPLACED"
    COMPANY_UPDATED = "COMPANY_UPDATED"
    BANK_DETAILS_CHANGED = "BANK_DETAILS_CHANGED"
    NUMBERING_CHANGED = "NUMBERING_CHANGED"
    CREDIT_NOTE_ISSUED = "CREDIT_NOTE_ISSUED"
    CREDIT_NOTE_APPLIED = "CREDIT_NOTE_APPLIED"
    CREDIT_NOTE_VOIDED = "CREDIT_NOTE_VOIDED"
    CREDIT_APPLICATION_REVERSED = "CREDIT_APPLICATION_REVERSED"
    CREDIT_PAID_OUT = "CREDIT_PAID_OUT"
    CREDIT_PAYOUT_REVERSED = "CREDIT_PAYOUT_REVERSED"
    CREDIT_NOTE_SHARED = "CREDIT_NOTE_SHARED"
    CREDIT_NOTE_SHARE_REVOKED = "CREDIT_NOTE_SHARE_REVOKED"
    PAYMENT_RECORDED = "PAYMENT_RECORDED"
    PAYMENT_REVERSED = "PAYMENT_REVERSED"
    PAYMENT_REFUNDED = "PAYMENT_REFUNDED"
    INVOICE_WRITTEN_OFF = "INVOICE_WRITTEN_OFF"
    WRITE_OFF_REVERSED = "WRITE_OFF_REVERSED"
    QUOTE_SHARED = "QUOTE_SHARED"
    QUOTE_SHARE_REVOKED = "QUOTE_SHARE_REVOKED"
    QUOTE_ACCEPTED = "QUOTE_ACCEPTED"
    QUOTE_DECLINED = "QUOTE_DECLINED"
    QUESTION_DELETED = "QUESTION_DELETED"
    ANNOUNCEMENT_SENT = "ANNOUNCEMENT_SENT"
    EMAILS_TURNED_OFF = "EMAILS_TURNED_OFF"
    EMAIL_TEXT_CHANGED = "EMAIL_TEXT_CHANGED"
    EMAIL_CANCELLED = "EMAIL_CANCELLED"
    STRIPE_CONNECTED = "STRIPE_CONNECTED"
    STRIPE_DISCONNECTED = "STRIPE_DISCONNECTED"
    STRIPE_EVENT_REPLAYED = "STRIPE_EVENT_REPLAYED"
    WEBHOOK_CREATED = "WEBHOOK_CREATED"
    WEBHOOK_UPDATED = "WEBHOOK_UPDATED"
    WEBHOOK_DELETED = "WEBHOOK_DELETED"
    WEBHOOK_SECRET_ROTATED = "WEBHOOK_SECRET_ROTATED"  # noqa: S105  # it is none
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"
    COMPANY_DISABLED = "COMPANY_DISABLED"
    COMPANY_ENABLED = "COMPANY_ENABLED"
    CUSTOMER_EXPORTED = "CUSTOMER_EXPORTED"
    CUSTOMER_ERASED = "CUSTOMER_ERASED"


class AuditEntry(Model):
    """An entry in the audit log. Names are copied, so that it outlives what it is about."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    """Random, since a sequential number would reveal how much other companies do."""
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="audit_entries"
    )
    company_id: UUID
    at = fields.DatetimeField(auto_now_add=True)
    action = fields.CharEnumField(AuditAction, max_length=32)
    actor = fields.CharField(200)
    """The name of the user or of the API key."""
    credential_id = fields.UUIDField()
    subject_id = fields.UUIDField()
    subject = fields.CharField(200)
    """What people call the object: a document's number, or the name of a customer or key."""
    customer_id: UUID | None = fields.UUIDField(null=True)
    """The customer, if it was done to one or to one of their documents. No reference, so that the
    entry outlives the customer."""
    detail: str | None = fields.TextField(null=True)
    """Why it was done, or what was changed from what to what."""

    class Meta:
        table = "audit_entry"
        indexes: ClassVar = (
            Index(fields=("company_id", "at", "id"), name="audit_entry_log"),
            *(
                PartialIndex(
                    fields=(f"{owner}_id", "at", "id"),
                    name=f"audit_entry_of_{owner}",
                    where=SHOWN_ENTRIES,
                )
                for owner in ("company", "customer", "subject")
            ),
            Index(fields=("company_id", "action", "at", "id"), name="audit_entry_by_action"),
            Index(fields=("company_id", "actor", "at", "id"), name="audit_entry_by_actor"),
        )
