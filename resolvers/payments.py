"""Recording payments received outside Stripe."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.invoices import InvoicePayload
from schema.payments import RecordPaymentInput
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
            idempotency_key=input.idempotency_key,
        )
        return InvoicePayload.of(row, info.context.viewer)
