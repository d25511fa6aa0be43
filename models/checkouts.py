"""Paying online: checkouts, the refunds and disputes of their payments, and both in the ledger.

Stripe's reports only move a row forward in the order of its statuses. So the same reports, in any
order and any number of times, always lead to the same rows.
"""

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from models.companies import Company
from models.credit_notes import CreditNote
from models.invoices import Invoice, Payment
from values.money import Minor, Money
from values.payments import PaidWith


class CheckoutStatus(StrEnum):
    """The status of a checkout. Later statuses overrule earlier ones.

    The first three can still be paid. Clients are no longer sent to an EXPIRING one, which Stripe
    has yet to expire. Money that arrives overrules everything.
    """

    OPENING = "OPENING"
    OPEN = "OPEN"
    EXPIRING = "EXPIRING"
    EXPIRED = "EXPIRED"
    PENDING = "PENDING"
    FAILED = "FAILED"
    PAID = "PAID"

    @property
    def rank(self) -> int:
        """The position in the order of statuses."""
        return list(CheckoutStatus).index(self)


PAYABLE: Final = frozenset({CheckoutStatus.OPENING, CheckoutStatus.OPEN, CheckoutStatus.EXPIRING})
"""Statuses in which a client could still pay. An invoice has a share in at most one of them."""
UNSETTLED: Final = PAYABLE | {CheckoutStatus.PENDING}
"""Statuses in which Stripe will report more about the checkout."""


class Checkout(Model):
    """An attempt to pay invoices online: a Stripe Checkout session, or the request for one.

    Its id is the idempotency key for creating the session. Amounts are in minor units.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="checkouts"
    )
    company_id: UUID
    account = fields.CharField(255)
    """The connected Stripe account that it is made on."""
    amount = fields.BigIntField()
    """Always the sum of its shares."""
    currency = fields.CharField(3)
    status = fields.CharEnumField(CheckoutStatus, max_length=8, default=CheckoutStatus.OPENING)
    request = fields.TextField()
    """The request to Stripe, as JSON. It is the same at each attempt, which makes retries safe."""
    session_id = fields.CharField(255, null=True, unique=True)
    url: str | None = fields.TextField(null=True)
    return_path: str | None = fields.TextField(null=True)
    """The path of our own page that its client returns to.

    Null if Stripe sends the client elsewhere, or if it was given to clients of several pages.
    """
    opened_at = fields.DatetimeField(null=True)
    """When its client got to know its URL."""
    payment_intent = fields.CharField(255, null=True, unique=True)
    method_type = fields.CharField(40, null=True)
    """What the client paid with: one of Stripe's types, such as card or sepa_debit.

    Null while that isn't known, and if Stripe didn't answer when it was asked.
    """
    method_brand = fields.CharField(40, null=True)
    """A card's brand, such as visa."""
    method_last4 = fields.CharField(4, null=True)
    """The end of the card's or account's number."""
    started_at = fields.DatetimeField(null=True)
    """When Stripe reported that the client had paid with a method that takes days."""
    failed_at = fields.DatetimeField(null=True)
    """When Stripe reported that such a payment had failed."""
    failure_code = fields.CharField(100, null=True)
    """Stripe's reason, if it gave one."""
    charge_refunded = fields.BigIntField(default=0)
    """The highest refunded amount of its charge that Stripe has ever reported."""
    expires_at = fields.DatetimeField()
    next_look_at = fields.DatetimeField()
    """When the expiry worker looks at it next."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "checkout"
        indexes: ClassVar = (
            Index(fields=("status", "next_look_at"), name="checkout_unfinished"),
            Index(fields=("account",), name="checkout_by_account"),
        )
        constraints: ClassVar = (
            CheckConstraint(
                "status IN ('OPENING', 'OPEN', 'EXPIRING', 'EXPIRED', 'PENDING', 'FAILED', 'PAID')",
                "checkout_status",
            ),
            CheckConstraint("amount > 0 AND charge_refunded >= 0", "checkout_amount"),
            CheckConstraint("length(currency) = 3", "checkout_currency"),
            CheckConstraint(
                "status IN ('OPENING', 'EXPIRING', 'EXPIRED') OR session_id IS NOT NULL",
                "checkout_session",
            ),
            CheckConstraint("status <> 'OPEN' OR url IS NOT NULL", "checkout_url"),
            CheckConstraint(
                "method_type IS NOT NULL OR (method_brand IS NULL AND method_last4 IS NULL)",
                "checkout_method",
            ),
            CheckConstraint("failure_code IS NULL OR failed_at IS NOT NULL", "checkout_failure"),
        )

    @property
    def can_be_paid(self) -> bool:
        """Whether a client could still pay."""
        return self.status in PAYABLE

    @property
    def paid_with(self) -> PaidWith | None:
        """What the client paid with, if that is known."""
        return PaidWith.of(self.method_type, self.method_brand, self.method_last4)

    def move_to(self, status: CheckoutStatus) -> bool:
        """Take on `status` if it overrules the present one; return whether it does."""
        if status.rank <= self.status.rank:
            return False
        self.status = status
        return True

    def money(self, minor: int) -> Money:
        """Return `minor` units in its currency."""
        return Money(Minor(minor), self.currency)


class CheckoutShare(Model):
    """The part of a checkout's amount that pays one of its invoices, in minor units.

    Its id becomes the id of its payment.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    checkout: fields.ForeignKeyRelation[Checkout] = fields.ForeignKeyField(
        "models.Checkout", related_name="shares"
    )
    checkout_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="checkout_shares", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    position = fields.IntField()
    """From 1, in the order in which the checkout's invoices are paid."""
    amount = fields.BigIntField()
    payable_for = fields.UUIDField(null=True, unique=True)
    """The invoice while the checkout can be paid. Unique, so there is at most one."""

    class Meta:
        table = "checkout_share"
        indexes: ClassVar = (Index(fields=("invoice_id",), name="checkout_share_by_invoice"),)
        constraints: ClassVar = (
            UniqueConstraint(("checkout_id", "position"), "checkout_share_position"),
            CheckConstraint("position > 0 AND amount > 0", "checkout_share_amount"),
            CheckConstraint("payable_for = invoice_id", "checkout_share_payable_for"),
        )


class PaymentReversalKind(StrEnum):
    """How money is taken back."""

    REFUND = "REFUND"
    """The business refunds it through Stripe."""
    DISPUTE = "DISPUTE"
    """The client's bank takes it back."""
    REVERSAL = "REVERSAL"
    """Staff had recorded a payment by mistake. Stripe has no part in it."""


class PaymentReversalStatus(StrEnum):
    """The status of a payment reversal. Later statuses overrule earlier ones."""

    NOTICE = "NOTICE"
    """A warning; no money is taken yet."""
    TAKEN = "TAKEN"
    RETURNED = "RETURNED"
    """The refund failed, or the dispute was won."""

    @property
    def rank(self) -> int:
        """The position in the order of statuses."""
        return list(PaymentReversalStatus).index(self)


class PaymentReversal(Model):
    """A refund or dispute at Stripe of what was paid with a checkout."""

    id = fields.CharField(255, primary_key=True)
    """Stripe's ID: re_… or dp_…"""
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="payment_reversals"
    )
    company_id: UUID
    checkout: fields.ForeignKeyRelation[Checkout] = fields.ForeignKeyField(
        "models.Checkout", related_name="payment_reversals", on_delete=fields.RESTRICT
    )
    checkout_id: UUID
    kind = fields.CharEnumField(PaymentReversalKind, max_length=8)
    status = fields.CharEnumField(PaymentReversalStatus, max_length=8)
    amount = fields.BigIntField()

    class Meta:
        table = "payment_reversal"
        indexes: ClassVar = (Index(fields=("checkout_id",), name="payment_reversal_by_checkout"),)
        constraints: ClassVar = (
            CheckConstraint("kind IN ('REFUND', 'DISPUTE')", "payment_reversal_kind"),
            CheckConstraint("status IN ('NOTICE', 'TAKEN', 'RETURNED')", "payment_reversal_status"),
            CheckConstraint("amount > 0", "payment_reversal_amount"),
        )


class Reversal(Model):
    """Money taken back from a payment or, if negative, returned. Rows are added, never edited.

    The sum for a payment is what its refunds and disputes currently take back.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="reversals"
    )
    company_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="reversals", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    payment: fields.ForeignKeyRelation[Payment] = fields.ForeignKeyField(
        "models.Payment", related_name="reversals", on_delete=fields.RESTRICT
    )
    payment_id: UUID
    kind = fields.CharEnumField(PaymentReversalKind, max_length=8)
    amount = fields.BigIntField()
    reversed_payment_id = fields.UUIDField(null=True, unique=True)
    """The payment, if staff reversed it. Unique, so that it is reversed at most once."""
    actor = fields.CharField(200, null=True)
    """The name of the user or API key that did it; null if nobody of the company did."""
    reason: str | None = fields.TextField(null=True)
    at = fields.DatetimeField(auto_now_add=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""

    class Meta:
        table = "reversal"
        append_only = True
        indexes: ClassVar = (
            Index(fields=("invoice_id", "at"), name="reversal_by_invoice"),
            Index(fields=("payment_id", "at"), name="reversal_by_payment"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "reversal_idempotency"),
            CheckConstraint("kind IN ('REFUND', 'DISPUTE', 'REVERSAL')", "reversal_kind"),
            CheckConstraint("amount <> 0", "reversal_amount"),
            CheckConstraint(
                "(kind = 'REVERSAL') = (reversed_payment_id IS NOT NULL)"
                " AND (reversed_payment_id IS NULL OR reversed_payment_id = payment_id)",
                "reversal_reversed_payment",
            ),
        )


class Surplus(Model):
    """Money received beyond what an invoice needed, which became a credit note.

    Rows are added, never edited. The credit note's whole total is the surplus.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="surpluses"
    )
    company_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="surpluses", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    credit_note: fields.ForeignKeyRelation[CreditNote] = fields.ForeignKeyField(
        "models.CreditNote", related_name="surpluses", on_delete=fields.RESTRICT
    )
    credit_note_id: UUID
    amount = fields.BigIntField()
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "surplus"
        append_only = True
        indexes: ClassVar = (Index(fields=("invoice_id", "at"), name="surplus_by_invoice"),)
        constraints: ClassVar = (
            UniqueConstraint(("credit_note_id",), "surplus_credit_note"),
            CheckConstraint("amount > 0", "surplus_amount"),
        )
