"""Webhooks: where a company's events are sent, and their deliveries."""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from models.users import User


class WebhookEvent(StrEnum):
    """An event that a webhook can get."""

    INVOICE_ISSUED = "INVOICE_ISSUED"
    INVOICE_CANCELLED = "INVOICE_CANCELLED"
    INVOICE_VIEWED = "INVOICE_VIEWED"
    INVOICE_READ = "INVOICE_READ"
    INVOICE_PAID = "INVOICE_PAID"
    PAYMENT_RECEIVED = "PAYMENT_RECEIVED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    PAYMENT_FAILED = "PAYMENT_FAILED"
    PAYMENT_REFUNDED = "PAYMENT_REFUNDED"
    PAYMENT_DISPUTED = "PAYMENT_DISPUTED"
    LINK_SHARED = "LINK_SHARED"
    LINK_REVOKED = "LINK_REVOKED"
    QUOTE_ACCEPTED = "QUOTE_ACCEPTED"
    QUOTE_DECLINED = "QUOTE_DECLINED"
    QUESTION_ASKED = "QUESTION_ASKED"
    EMAIL_FAILED = "EMAIL_FAILED"

    @property
    def type(self) -> str:
        """The event's name in payloads: `invoice.paid`."""
        return self.lower().replace("_", ".", 1)


class WebhookKind(StrEnum):
    """Who is told, and how."""

    EVENTS = "EVENTS"
    """A program: each event as JSON, signed."""
    CHAT = "CHAT"
    """The company's chat: a message for each event, as Slack's incoming webhooks take it."""
    EMAIL = "EMAIL"
    """A user, with one e-mail for what happens within a while."""


class Webhook(Model):
    """An address that is told of events, one after the other.

    A user has at most one of e-mails, and a company at most one chat, which has the company's id.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="webhooks"
    )
    company_id: UUID
    kind = fields.CharEnumField(WebhookKind, max_length=6, default=WebhookKind.EVENTS)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="webhooks", null=True
    )
    user_id: UUID | None
    """The user who gets e-mails; null for the other kinds."""
    url = fields.CharField(2000, default="")
    """Empty for e-mails."""
    event_names = fields.CharField(500)
    """Names of events separated by spaces. None of them contains another."""
    description = fields.CharField(200, null=True)
    secret = fields.CharField(64, default="")
    """What events are signed with (https://www.standardwebhooks.com); empty for other kinds."""
    previous_secrets: str = fields.TextField(default="")
    """Earlier secrets that still sign, each on a line with the time until which it does."""
    enabled = fields.BooleanField(default=True)
    disabled_reason = fields.CharField(500, null=True)
    """Why the portal has disabled it; null if it hasn't."""
    failing_since = fields.DatetimeField(null=True)
    """When the first attempt failed since the last that succeeded; null if the last one did."""
    is_slow = fields.BooleanField(default=False)
    """Whether its last attempt failed or took long, so that it must not delay others."""
    next_attempt_at = fields.DatetimeField(null=True)
    """When a process may deliver to it; null for any time. It is the end of a lease, too."""
    lease = fields.BigIntField(default=0)
    """Counts leases, which tells their holders apart. Ending a lease early counts, too."""
    created_at = fields.DatetimeField(auto_now_add=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)

    class Meta:
        table = "webhook"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="webhook_listing"),
        )
        constraints: ClassVar = (
            CheckConstraint("kind IN ('EVENTS', 'CHAT', 'EMAIL')", "webhook_kind"),
            CheckConstraint(
                "CASE kind WHEN 'EMAIL' THEN url = ''"
                " ELSE url LIKE 'https://%' OR url LIKE 'http://%' END",
                "webhook_url",
            ),
            CheckConstraint(
                "(kind = 'EMAIL') = (user_id IS NOT NULL) AND (kind <> 'CHAT' OR id = company_id)",
                "webhook_recipient",
            ),
            UniqueConstraint(("user_id",), "webhook_user"),
            UniqueConstraint(("company_id", "idempotency_key"), "webhook_idempotency"),
            CheckConstraint("length(event_names) > 0", "webhook_event_names"),
            CheckConstraint("(kind = 'EVENTS') = (secret LIKE 'whsec_%')", "webhook_secret"),
            CheckConstraint("disabled_reason IS NULL OR NOT enabled", "webhook_disabled_reason"),
        )

    @property
    def events(self) -> list[WebhookEvent]:
        """The events that it gets, in the order of their declaration."""
        return list(map(WebhookEvent, self.event_names.split()))


def dump_events(events: Iterable[WebhookEvent]) -> str:
    """Return the stored form of `events`: each once, in the order of their declaration."""
    wanted = set(events)
    return " ".join(event for event in WebhookEvent if event in wanted)


class SubjectType(StrEnum):
    """The kind of row that an event is about."""

    INVOICE = "INVOICE"
    INVOICE_VIEW = "INVOICE_VIEW"
    INVOICE_UPDATE = "INVOICE_UPDATE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"
    CUSTOMER = "CUSTOMER"
    QUESTION = "QUESTION"
    EMAIL_DELIVERY = "EMAIL_DELIVERY"
    WEBHOOK = "WEBHOOK"
    """The webhook itself, which somebody tests."""


class WebhookDeliveryState(StrEnum):
    """The status of a delivery."""

    QUEUED = "QUEUED"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class WebhookDelivery(Model):
    """An event for a webhook. Its id is the `webhook-id` by which receivers recognize it."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="webhook_deliveries"
    )
    company_id: UUID
    webhook: fields.ForeignKeyRelation[Webhook] = fields.ForeignKeyField(
        "models.Webhook", related_name="deliveries"
    )
    webhook_id: UUID
    event = fields.CharEnumField(WebhookEvent, max_length=20)
    """What it is about. For a test, it is one of the webhook's events."""
    subject_type = fields.CharEnumField(SubjectType, max_length=16)
    subject_id = fields.CharField(36)
    occurred_at = fields.DatetimeField()
    """When it happened, by the database's clock."""
    sequence = fields.BigIntField()
    """A webhook's deliveries are sent in this order, the order of the commits."""
    queued_at = fields.DatetimeField()
    """When it happened, or when somebody last wanted it to be sent again."""
    state = fields.CharEnumField(
        WebhookDeliveryState, max_length=9, default=WebhookDeliveryState.QUEUED
    )
    attempts = fields.IntField(default=0)
    """The number of attempts since it was queued."""
    payload: str | None = fields.TextField(null=True)
    """What is sent, the same at each attempt; null before the first one."""
    response_status = fields.IntField(null=True)
    """The HTTP status of the last response; null if there was none."""
    response_body: str | None = fields.TextField(null=True)
    """How the last response began."""
    detail = fields.CharField(500, null=True)
    """Why the last attempt failed."""
    delivered_at = fields.DatetimeField(null=True)
    trace_parent = fields.CharField(55, null=True)
    """The span in which it happened, whose trace delivering it continues; null without one."""

    class Meta:
        table = "webhook_delivery"
        indexes: ClassVar = (
            Index(fields=("state", "webhook_id", "sequence"), name="webhook_delivery_queue"),
            Index(fields=("queued_at",), name="webhook_delivery_age"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("webhook_id", "sequence"), "webhook_delivery_sequence"),
            CheckConstraint("state IN ('QUEUED', 'DELIVERED', 'FAILED')", "webhook_delivery_state"),
            CheckConstraint("attempts >= 0", "webhook_delivery_attempts"),
            CheckConstraint(
                "(state = 'DELIVERED') = (delivered_at IS NOT NULL)"
                " AND (delivered_at IS NULL OR payload IS NOT NULL)",
                "webhook_delivery_delivered",
            ),
        )
