"""Payments: recorded and reversed by staff, or refunded through Stripe. Write-offs."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.invoices import InvoicePayload
from schema.payments import RecordPaymentInput, ReversePaymentInput
from schema.permissions import Requires
from schema.refunds import RefundPaymentInput
from schema.write_offs import ReverseWriteOffInput, WriteOffInput
from services.billing import manual_payments, write_offs
from services.checkout.refunds import refund_payment


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
