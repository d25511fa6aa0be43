"""Paying online: the attempts, what Stripe takes back of them, and the ledger of both.

What Stripe reports only ever moves a row forward in its order of states, so that any order and any
repetition of the same reports ends in the same rows.
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
from models.money import Minor, Money


class CheckoutStatus(StrEnum):
    """How far an attempt to pay has come; later ones overrule earlier ones.

    The first three can still be paid, though nobody is led there who is EXPIRING: Stripe is to be
    told. Money that arrives overrules everything.
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
        """Its place in the order."""
        return list(CheckoutStatus).index(self)


PAYABLE: Final = frozenset({CheckoutStatus.OPENING, CheckoutStatus.OPEN, CheckoutStatus.EXPIRING})
"""In these a client could still pay; an invoice has one such attempt at most."""
UNSETTLED: Final = PAYABLE | {CheckoutStatus.PENDING}
"""In these Stripe has more to say about an attempt."""


class Checkout(Model):
    """One attempt to pay an invoice online: a Checkout session at Stripe, or the wish for one.

    Its id is the idempotency key with which Stripe is asked for the session, and the id of the
    payment that comes of it. Amounts are minor units.
    """

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="checkouts"
    )
    company_id: UUID
    invoice: fields.ForeignKeyRelation[Invoice] = fields.ForeignKeyField(
        "models.Invoice", related_name="checkouts", on_delete=fields.RESTRICT
    )
    invoice_id: UUID
    account = fields.CharField(255)
    """The connected account at Stripe on which it is made."""
    amount = fields.BigIntField()
    currency = fields.CharField(3)
    status = fields.CharEnumField(CheckoutStatus, max_length=8, default=CheckoutStatus.OPENING)
    payable_for = fields.UUIDField(null=True, unique=True)
    """The invoice, while it can be paid with this attempt: unique, so there is one at most."""
    request = fields.TextField()
    """What Stripe is asked for, as JSON: the same at each try, so that trying again is safe."""
    session_id = fields.CharField(255, null=True, unique=True)
    url: str | None = fields.TextField(null=True)
    payment_intent = fields.CharField(255, null=True, unique=True)
    charge_refunded = fields.BigIntField(default=0)
    """The most that Stripe has ever said to be refunded of its charge."""
    expires_at = fields.DatetimeField()
    next_look_at = fields.DatetimeField()
    """When whoever looks after unfinished attempts looks at it next."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "checkout"
        indexes: ClassVar = (
            Index(fields=("invoice_id", "created_at"), name="checkout_by_invoice"),
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
                "(status IN ('OPENING', 'OPEN', 'EXPIRING')) = (payable_for IS NOT NULL)",
                "checkout_payable",
            ),
            CheckConstraint("payable_for = invoice_id", "checkout_payable_for"),
            CheckConstraint(
                "status IN ('OPENING', 'EXPIRING', 'EXPIRED') OR session_id IS NOT NULL",
                "checkout_session",
            ),
            CheckConstraint("status <> 'OPEN' OR url IS NOT NULL", "checkout_url"),
        )

    @property
    def can_be_paid(self) -> bool:
        """Whether a client could still pay with it."""
        return self.status in PAYABLE

    def move_to(self, status: CheckoutStatus) -> bool:
        """Take `status` on if it overrules the present one; returns whether it does."""
        if status.rank <= self.status.rank:
            return False
        self.status = status
        self.payable_for = self.invoice_id if self.can_be_paid else None
        return True

    def money(self, minor: int) -> Money:
        """Return `minor` units in its currency."""
        return Money(Minor(minor), self.currency)


class PaymentReversalKind(StrEnum):
    """By whom money is taken back: the business gives it, or the client's bank takes it."""

    REFUND = "REFUND"
    DISPUTE = "DISPUTE"


class PaymentReversalStatus(StrEnum):
    """What became of it; later ones overrule earlier ones."""

    NOTICE = "NOTICE"
    """A warning: nothing is taken."""
    TAKEN = "TAKEN"
    RETURNED = "RETURNED"
    """The refund failed, or the dispute was won."""

    @property
    def rank(self) -> int:
        """Its place in the order."""
        return list(PaymentReversalStatus).index(self)


class PaymentReversal(Model):
    """A refund or a dispute at Stripe, of a payment that came of a checkout."""

    id = fields.CharField(255, primary_key=True)
    """Stripe's: re_… or dp_…"""
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
    """What was taken back of a payment, or, if negative, came back. Rows are added, never edited.

    Their sum for a payment is what its refunds and disputes take back of it now.
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
    at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "reversal"
        indexes: ClassVar = (
            Index(fields=("invoice_id", "at"), name="reversal_by_invoice"),
            Index(fields=("payment_id", "at"), name="reversal_by_payment"),
        )
        constraints: ClassVar = (
            CheckConstraint("kind IN ('REFUND', 'DISPUTE')", "reversal_kind"),
            CheckConstraint("amount <> 0", "reversal_amount"),
        )


class Surplus(Model):
    """Money that came for an invoice which did not need it, and became a credit note.

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
        indexes: ClassVar = (Index(fields=("invoice_id", "at"), name="surplus_by_invoice"),)
        constraints: ClassVar = (
            UniqueConstraint(("credit_note_id",), "surplus_credit_note"),
            CheckConstraint("amount > 0", "surplus_amount"),
        )
