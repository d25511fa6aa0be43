"""Payments received outside Stripe."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.invoices import InvoicePayload
from schema.payments import RecordPaymentInput, ReversePaymentInput
from schema.permissions import Requires
from services.billing import manual_payments


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
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Takes back a payment that staff recorded by mistake. Credit that its surplus "
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
