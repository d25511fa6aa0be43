"""Payments, refunds through Stripe, write-offs, and previews of what an action would do."""

from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from auth.permissions import Permission
from auth.staff import Staff
from context import Info
from models import CreditApplication, Payment
from schema.action_previews import ActionInput, ActionPreview
from schema.credit_applications import ApplyCreditNoteInput, ReverseCreditApplicationInput
from schema.credit_notes import CreditInvoiceInput
from schema.invoices import InvoicePayload, InvoiceRef
from schema.payments import RecordPaymentInput, ReversePaymentInput
from schema.permissions import Requires
from schema.refunds import RefundPaymentInput
from schema.write_offs import ReverseWriteOffInput, WriteOffInput
from services.billing import credit_applications, invoices, manual_payments, write_offs
from services.checkout.effects import Action, preview
from services.checkout.refunds import book_as_refunded, refund_payment
from services.common.lookups import get_owned, parse_id


@strawberry.type
class PaymentMutations:
    @strawberry.mutation(
        description="Records a payment received outside Stripe.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def record_payment(
        self,
        info: Info,
        input: Annotated[RecordPaymentInput, strawberry.argument(description="The payment.")],
    ) -> InvoicePayload:
        row = await manual_payments.record_payment(
            info.context.staff,
            input.invoice_id,
            input.amount,
            input.method,
            received_at=input.received_at,
            reference=input.reference,
            surplus_as_credit=bool(input.surplus_as_credit),
            send_receipt=input.send_receipt is not False,
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Reverses a payment that staff recorded by mistake. Credit that its surplus "
        "became is used up. Fails with CONFLICT if that credit is in use elsewhere, and for a "
        "payment through Stripe, which you refund instead.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def reverse_payment(
        self,
        info: Info,
        input: Annotated[ReversePaymentInput, strawberry.argument(description="The payment.")],
    ) -> InvoicePayload:
        row = await manual_payments.reverse_payment(
            info.context.staff,
            input.payment_id,
            input.reason,
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Refunds a payment that was made through Stripe, in full or in part. Fails "
        "with CONFLICT if Stripe refuses it. If Stripe doesn't answer, the refund stays REQUESTED, "
        "and Stripe is asked again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def refund_payment(
        self,
        info: Info,
        input: Annotated[RefundPaymentInput, strawberry.argument(description="The refund.")],
    ) -> InvoicePayload:
        row = await refund_payment(
            info.context.staff,
            info.context.services.stripe,
            input.request(),
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)


@strawberry.type
class WriteOffMutations:
    @strawberry.mutation(
        description="Writes off what is due on an invoice, in full or in part. Money that arrives "
        "later reverses the write-off.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def write_off(
        self,
        info: Info,
        input: Annotated[WriteOffInput, strawberry.argument(description="The amount.")],
    ) -> InvoicePayload:
        row = await write_offs.write_off(
            info.context.staff,
            input.invoice_id,
            input.reason,
            input.amount,
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Makes due again all that is written off on an invoice.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def reverse_write_off(
        self,
        info: Info,
        input: Annotated[ReverseWriteOffInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        row = await write_offs.reverse_write_off(
            info.context.staff,
            input.invoice_id,
            input.reason,
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)


@strawberry.type
class ActionPreviewQueries:
    @strawberry.field(
        description="What an action would do to its invoice, in figures: it is done and rolled "
        "back. Fails as the mutation of the same name would.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def action_preview(
        self,
        info: Info,
        input: Annotated[ActionInput, strawberry.argument(description="The action.")],
    ) -> ActionPreview:
        staff = info.context.staff
        invoice_id, action = await _action_of(staff, input)
        return ActionPreview.of(await preview(staff, invoice_id, action), staff.language)


async def _action_of(  # noqa: PLR0911  # one for each action
    staff: Staff, input: ActionInput
) -> tuple[UUID, Action]:
    """Return the invoice that the action is about, and the verb with its arguments."""
    match input.given:
        case RecordPaymentInput() as paid:
            action: Action = partial(
                manual_payments.record_payment,
                staff,
                paid.invoice_id,
                paid.amount,
                paid.method,
                received_at=paid.received_at,
                surplus_as_credit=bool(paid.surplus_as_credit),
            )
            return parse_id(paid.invoice_id), action
        case ReversePaymentInput(payment_id=id_, reason=reason):
            payment = await get_owned(Payment, staff, id_)
            action = partial(manual_payments.reverse_payment, staff, id_, reason)
            return payment.invoice_id, action
        case RefundPaymentInput() as refund:
            payment = await get_owned(Payment, staff, refund.payment_id)
            return payment.invoice_id, partial(book_as_refunded, staff, refund.request())
        case CreditInvoiceInput() as credit:
            action = partial(
                credit_applications.credit_at_once,
                staff,
                credit.invoice_id,
                credit.reason,
                credit.part(),
            )
            return parse_id(credit.invoice_id), action
        case ApplyCreditNoteInput(credit_note_id=note_id, invoice_id=id_, amount=amount):
            action = partial(credit_applications.apply_credit_note, staff, note_id, id_, amount)
            return parse_id(id_), action
        case ReverseCreditApplicationInput(application_id=id_, reason=reason):
            application = await get_owned(CreditApplication, staff, id_)
            verb = credit_applications.reverse_credit_application
            return application.invoice_id, partial(verb, staff, id_, reason)
        case WriteOffInput(invoice_id=id_, reason=reason, amount=amount):
            return parse_id(id_), partial(write_offs.write_off, staff, id_, reason, amount)
        case ReverseWriteOffInput(invoice_id=id_, reason=reason):
            return parse_id(id_), partial(write_offs.reverse_write_off, staff, id_, reason)
        case InvoiceRef(invoice_id=id_):
            return parse_id(id_), partial(invoices.cancel_invoice, staff, id_)
