"""E-mails to clients: preferences, announcements, and deliveries."""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from core.telemetry.tracing import traceparent
from db.indexes import PartialIndex, of_known, unique_known
from db.shown_rows import SHOWN_EMAILS
from models.checkouts import CheckoutShare, Reversal
from models.companies import Company
from models.credit_notes import CreditNote
from models.customers import Customer
from models.invoices import Invoice, Payment
from models.questions import Answer
from models.quotes import Quote


class MailCategory(StrEnum):
    """A category of e-mails that clients can turn off."""

    DOCUMENT = "DOCUMENT"
    REMINDER = "REMINDER"
    MARKETING = "MARKETING"


class MailKind(StrEnum):
    """What an e-mail is about."""

    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"
    REMINDER = "REMINDER"
    ANNOUNCEMENT = "ANNOUNCEMENT"
    RECEIPT = "RECEIPT"
    REFUND = "REFUND"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    """A payment failed days after the client made it."""
    ANSWER = "ANSWER"
    """An answer to a client's question."""
    NOTICE = "NOTICE"
    """A notice to the company's own staff."""
    INVITATION = "INVITATION"
    """An invitation to join the company's staff."""

    @property
    def category(self) -> MailCategory | None:
        """The category that turns these e-mails off; None if they can't be turned off."""
        match self:
            case MailKind.INVOICE | MailKind.QUOTE | MailKind.CREDIT_NOTE | MailKind.ANSWER:
                return MailCategory.DOCUMENT
            case MailKind.RECEIPT | MailKind.REFUND | MailKind.PAYMENT_FAILED:
                return MailCategory.DOCUMENT
            case MailKind.REMINDER:
                return MailCategory.REMINDER
            case MailKind.ANNOUNCEMENT:
                return MailCategory.MARKETING
            case MailKind.NOTICE | MailKind.INVITATION:
                return None


TO_STAFF: Final = frozenset({MailKind.NOTICE, MailKind.INVITATION})
"""What goes to the company's own staff rather than to its customers."""
ABOUT_PAYMENTS: Final = frozenset({MailKind.RECEIPT, MailKind.REFUND, MailKind.PAYMENT_FAILED})
"""What is sent because something has happened to a payment."""


class DeliveryState(StrEnum):
    """The status of a delivery. SENDING: handed to the mail server, no response recorded yet."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    CANCELLED = "CANCELLED"


class OptOutOrigin(StrEnum):
    """How e-mails were turned off."""

    LINK = "LINK"
    """By the client, with the link in their e-mails."""
    ONE_CLICK = "ONE_CLICK"
    """By the client's mail program (RFC 8058)."""
    STAFF = "STAFF"


class EmailPreference(Model):
    """An address's preferences at a company. Anyone with the token can change them."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="email_preferences"
    )
    company_id: UUID
    address = fields.CharField(254)
    """In lower case, so that an address has one row however it is written."""
    token = fields.UUIDField(unique=True, default=uuid4)
    language = fields.CharField(16, null=True)
    """The language of the last e-mail, used on the page; null for the company's."""
    document_emails = fields.BooleanField(default=True)
    reminder_emails = fields.BooleanField(default=True)
    marketing_emails = fields.BooleanField(default=True)
    document_off_at = fields.DatetimeField(null=True)
    """When they were turned off; null while they are on."""
    document_off_by = fields.CharEnumField(OptOutOrigin, max_length=16, null=True)
    """Null while they are on, and if that was before it was recorded."""
    reminder_off_at = fields.DatetimeField(null=True)
    reminder_off_by = fields.CharEnumField(OptOutOrigin, max_length=16, null=True)
    marketing_off_at = fields.DatetimeField(null=True)
    marketing_off_by = fields.CharEnumField(OptOutOrigin, max_length=16, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "email_preference"
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "address"), "email_preference_address"),
            CheckConstraint("address = lower(address)", "email_preference_address_lower"),
            *(
                CheckConstraint(
                    f"{category}_emails <> ({category}_off_at IS NOT NULL)"
                    f" AND ({category}_off_by IS NULL OR {category}_off_at IS NOT NULL)"
                    f" AND ({category}_off_by IS NULL"
                    f" OR {category}_off_by IN ('LINK', 'ONE_CLICK', 'STAFF'))",
                    f"email_preference_{category}_off",
                )
                for category in ("document", "reminder", "marketing")
            ),
        )

    def allows(self, category: MailCategory | None) -> bool:
        """Whether an e-mail of this category may be sent; None is one that can't be turned off."""
        match category:
            case None:
                return True
            case MailCategory.DOCUMENT:
                return self.document_emails
            case MailCategory.REMINDER:
                return self.reminder_emails
            case MailCategory.MARKETING:
                return self.marketing_emails


class EmailTextKind(StrEnum):
    """The e-mails whose texts a company can write itself."""

    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"
    REMINDER = "REMINDER"
    """A reminder of an invoice that isn't overdue."""
    OVERDUE_REMINDER = "OVERDUE_REMINDER"
    RECEIPT = "RECEIPT"
    REFUND = "REFUND"
    PAYMENT_FAILED = "PAYMENT_FAILED"


class EmailText(Model):
    """A company's own words for one kind of e-mail in one language."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="email_texts"
    )
    company_id: UUID
    kind = fields.CharEnumField(EmailTextKind, max_length=32)
    language = fields.CharField(16)
    """One of the languages with texts, without a territory."""
    subject = fields.CharField(200, null=True)
    """Null for the standard one."""
    message = fields.TextField(null=True)
    """Null for the standard one."""
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "email_text"
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "kind", "language"), "email_text_language"),
            CheckConstraint(
                "kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'OVERDUE_REMINDER',"
                " 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')",
                "email_text_kind",
            ),
            CheckConstraint("subject IS NOT NULL OR message IS NOT NULL", "email_text_content"),
        )


class Announcement(Model):
    """A marketing e-mail to many customers."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="announcements"
    )
    company_id: UUID
    subject = fields.CharField(200)
    body = fields.TextField()
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "announcement"
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "announcement_idempotency"),
        )


class EmailDelivery(Model):
    """An e-mail to one address, and its status."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="email_deliveries"
    )
    company_id: UUID
    customer: fields.ForeignKeyNullableRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="email_deliveries", null=True
    )
    customer_id: UUID | None
    """Null for what goes to the company's staff."""
    invoice: fields.ForeignKeyNullableRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="email_deliveries", null=True
    )
    invoice_id: UUID | None
    quote: fields.ForeignKeyNullableRelation[Quote] = fields.ForeignKeyField(
        "models.Quote", related_name="email_deliveries", null=True
    )
    quote_id: UUID | None
    credit_note: fields.ForeignKeyNullableRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="email_deliveries", null=True
    )
    credit_note_id: UUID | None
    announcement: fields.ForeignKeyNullableRelation[Announcement] = fields.ForeignKeyField(
        "models.Announcement", related_name="email_deliveries", null=True
    )
    announcement_id: UUID | None
    answer: fields.ForeignKeyNullableRelation[Answer] = fields.ForeignKeyField(
        "models.Answer", related_name="email_deliveries", null=True
    )
    answer_id: UUID | None
    payment: fields.ForeignKeyNullableRelation[Payment] = fields.ForeignKeyField(
        "models.Payment", related_name="email_deliveries", null=True
    )
    payment_id: UUID | None
    """The payment of a receipt."""
    reversal: fields.ForeignKeyNullableRelation[Reversal] = fields.ForeignKeyField(
        "models.Reversal", related_name="email_deliveries", null=True
    )
    reversal_id: UUID | None
    """The refund that it is about."""
    checkout_share: fields.ForeignKeyNullableRelation[CheckoutShare] = fields.ForeignKeyField(
        "models.CheckoutShare", related_name="email_deliveries", null=True
    )
    checkout_share_id: UUID | None
    """The invoice's share of the payment that failed."""
    kind = fields.CharEnumField(MailKind, max_length=16)
    stage = fields.IntField(null=True)
    """For a scheduled reminder, the days after the due date; negative is before it."""
    sent_with: fields.ForeignKeyNullableRelation["EmailDelivery"] = fields.ForeignKeyField(
        "models.EmailDelivery", related_name="sent_together", null=True
    )
    sent_with_id: UUID | None
    """The one whose e-mail is also about this one's invoice; null if it has its own."""
    copy_of: fields.ForeignKeyNullableRelation["EmailDelivery"] = fields.ForeignKeyField(
        "models.EmailDelivery", related_name="copies", null=True
    )
    copy_of_id: UUID | None
    """The e-mail to the customer of which this is a copy to somebody else."""
    recipient = fields.CharField(254)
    """The address in the form by which its preferences are found."""
    written_recipient = fields.CharField(254, null=True)
    """The address as it was entered, if that differs: upper case may matter to its mail server
    (RFC 5321 2.4)."""
    is_blind_copy = fields.BooleanField(default=False, db_default=False)
    """Whether the other recipients don't see this one."""
    subject = fields.CharField(200, null=True)
    """The subject of what goes to staff; other e-mails have theirs from what they are about."""
    message = fields.TextField(null=True)
    """A personal message from staff, or the text of a notice or an invitation; null for a notice
    with a link to set a new password, whose text is made when it is sent."""
    actor = fields.CharField(200, null=True)
    """The name of the user or API key that sent it; null if nobody did."""
    status = fields.CharEnumField(DeliveryState, max_length=9, default=DeliveryState.QUEUED)
    attempts = fields.IntField(default=0)
    next_attempt_at = fields.DatetimeField(null=True)
    """When the next attempt is due, not before; during an attempt, when the worker's lease ends."""
    detail = fields.CharField(1000, null=True)
    """The mail server's last response, or why it wasn't sent."""
    trace_parent = fields.CharField(55, null=True, default=traceparent)  # of what queued it
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "email_delivery"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id", "kind"), name="email_delivery_listing"),
            *(
                PartialIndex(
                    fields=(f"{owner}_id", "created_at", "id"),
                    name=f"email_delivery_of_{owner}",
                    where=SHOWN_EMAILS,
                )
                for owner in ("company", "customer")
            ),
            Index(fields=("invoice_id", "created_at"), name="email_delivery_by_invoice"),
            of_known("email_delivery_by_quote", "quote_id", "created_at", known=0),
            of_known("email_delivery_by_credit_note", "credit_note_id", "created_at", known=0),
            of_known("email_delivery_sent_together", "sent_with_id"),
            of_known("email_delivery_copies", "copy_of_id"),
            of_known("email_delivery_waiting", "kind", "next_attempt_at"),
            Index(fields=("company_id", "sent_at"), name="email_delivery_by_sent"),
            Index(
                fields=("company_id", "status", "created_at", "id"), name="email_delivery_by_status"
            ),
        )
        constraints: ClassVar = (
            unique_known("email_delivery_stage", "invoice_id", "stage", known=-1),
            unique_known("email_delivery_announcement", "announcement_id", "recipient"),
            unique_known("email_delivery_answer", "answer_id"),
            unique_known("email_delivery_receipt", "payment_id", "recipient"),
            unique_known("email_delivery_refund", "reversal_id", "recipient"),
            unique_known("email_delivery_payment_failed", "checkout_share_id", "recipient"),
            unique_known("email_delivery_idempotency", "company_id", "idempotency_key", known=-1),
            CheckConstraint(
                "kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'ANNOUNCEMENT',"
                " 'RECEIPT', 'REFUND', 'PAYMENT_FAILED', 'ANSWER', 'NOTICE', 'INVITATION')",
                "email_delivery_kind",
            ),
            CheckConstraint(
                "(kind IN ('INVOICE', 'REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED'))"
                " = (invoice_id IS NOT NULL)"
                " AND (kind = 'QUOTE') = (quote_id IS NOT NULL)"
                " AND (kind = 'CREDIT_NOTE') = (credit_note_id IS NOT NULL)"
                " AND (kind = 'ANNOUNCEMENT') = (announcement_id IS NOT NULL)"
                " AND (kind = 'ANSWER') = (answer_id IS NOT NULL)"
                " AND (kind = 'RECEIPT') = (payment_id IS NOT NULL)"
                " AND (kind = 'REFUND') = (reversal_id IS NOT NULL)"
                " AND (kind = 'PAYMENT_FAILED') = (checkout_share_id IS NOT NULL)"
                " AND (kind IN ('NOTICE', 'INVITATION')) = (customer_id IS NULL)"
                " AND (kind IN ('NOTICE', 'INVITATION')) = (subject IS NOT NULL)",
                "email_delivery_subject",
            ),
            CheckConstraint("kind = 'REMINDER' OR stage IS NULL", "email_delivery_stage_kind"),
            CheckConstraint(
                "kind IN ('REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')"
                " OR sent_with_id IS NULL",
                "email_delivery_sent_with_kind",
            ),
            CheckConstraint(
                "copy_of_id IS NULL OR kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE',"
                " 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')",
                "email_delivery_copy_kind",
            ),
            CheckConstraint(
                "copy_of_id IS NOT NULL OR NOT is_blind_copy", "email_delivery_blind_copy"
            ),
            CheckConstraint(
                "status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED', 'SKIPPED', 'CANCELLED')",
                "email_delivery_status",
            ),
            CheckConstraint(
                "(next_attempt_at IS NOT NULL) = (status IN ('QUEUED', 'SENDING'))",
                "email_delivery_next_attempt",
            ),
            CheckConstraint("(status = 'SENT') = (sent_at IS NOT NULL)", "email_delivery_sent_at"),
            CheckConstraint("attempts >= 0", "email_delivery_attempts"),
        )

    @property
    def address(self) -> str:
        """Where it is sent."""
        return self.written_recipient or self.recipient

    @property
    def is_automatic(self) -> bool:
        """Whether no person has sent it to just this recipient."""
        if self.kind is MailKind.REMINDER:
            return self.stage is not None
        return self.is_about_payment or self.kind.category is not MailCategory.DOCUMENT

    @property
    def is_by_hand(self) -> bool:
        """Whether a person has sent a document or a reminder with it."""
        return self.kind is not MailKind.ANSWER and not self.is_automatic

    @property
    def is_about_payment(self) -> bool:
        """Whether it is sent because something has happened to a payment."""
        return self.kind in ABOUT_PAYMENTS
