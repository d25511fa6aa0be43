"""What an action would do to an invoice, in figures."""

from typing import Self, TypeAlias

import strawberry

import models
from schema.credit_applications import ApplyCreditNoteInput, ReverseCreditApplicationInput
from schema.credit_notes import CreditInvoiceInput
from schema.invoices import InvoiceRef
from schema.money import Money
from schema.payments import RecordPaymentInput, ReversePaymentInput
from schema.refunds import RefundPaymentInput
from schema.write_offs import ReverseWriteOffInput, WriteOffInput
from services.checkout.effects import Effect, Figures

Action: TypeAlias = (
    RecordPaymentInput
    | ReversePaymentInput
    | RefundPaymentInput
    | CreditInvoiceInput
    | ApplyCreditNoteInput
    | ReverseCreditApplicationInput
    | WriteOffInput
    | ReverseWriteOffInput
    | InvoiceRef
)


@strawberry.input(
    one_of=True,
    description="An action, with the input of the mutation of the same name. Idempotency keys make "
    "no difference.",
)
class ActionInput:
    record_payment: RecordPaymentInput | None = strawberry.field(
        default=strawberry.UNSET, description="Record a payment."
    )
    reverse_payment: ReversePaymentInput | None = strawberry.field(
        default=strawberry.UNSET, description="Reverse a payment that staff recorded."
    )
    refund_payment: RefundPaymentInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Refund a payment. Whether Stripe will make the refund isn't known before.",
    )
    credit_invoice: CreditInvoiceInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="Credit an invoice, issue the credit note and apply it to what is due.",
    )
    apply_credit_note: ApplyCreditNoteInput | None = strawberry.field(
        default=strawberry.UNSET, description="Apply credit."
    )
    reverse_credit_application: ReverseCreditApplicationInput | None = strawberry.field(
        default=strawberry.UNSET, description="Take credit off an invoice."
    )
    write_off: WriteOffInput | None = strawberry.field(
        default=strawberry.UNSET, description="Write off what is due."
    )
    reverse_write_off: ReverseWriteOffInput | None = strawberry.field(
        default=strawberry.UNSET, description="Reverse a write-off."
    )
    cancel_invoice: InvoiceRef | None = strawberry.field(
        default=strawberry.UNSET, description="Cancel an invoice."
    )

    @property
    def given(self) -> Action:
        """The only one that is given."""
        [given] = [each for each in vars(self).values() if each is not strawberry.UNSET]
        action: Action = given
        return action


@strawberry.type(description="An invoice's figures, and its customer's credit, at one moment.")
class InvoiceFigures:
    status: models.InvoiceStatus = strawberry.field(description="The invoice's status.")
    amount_due: Money = strawberry.field(description="What is due.")
    amount_paid: Money = strawberry.field(description="What is paid, with applied credit.")
    amount_written_off: Money = strawberry.field(description="What is written off.")
    customer_credit: Money = strawberry.field(
        description="What the customer has left of all credit in the invoice's currency."
    )

    @classmethod
    def of(cls, figures: Figures, language: str) -> Self:
        invoice = figures.invoice
        return cls(
            status=invoice.status,
            amount_due=Money.of(figures.due, language),
            amount_paid=Money.of(figures.paid, language),
            amount_written_off=Money.of(invoice.money(invoice.written_off), language),
            customer_credit=Money.of(figures.credit, language),
        )


@strawberry.type(description="What an action would do to its invoice. Nothing is changed.")
class ActionPreview:
    before: InvoiceFigures = strawberry.field(description="The figures now.")
    after: InvoiceFigures = strawberry.field(description="The figures after the action.")

    @classmethod
    def of(cls, effect: Effect, language: str) -> Self:
        return cls(
            before=InvoiceFigures.of(effect.before, language),
            after=InvoiceFigures.of(effect.after, language),
        )
