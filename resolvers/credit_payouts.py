"""Recording that credit was paid out."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.credit_notes import CreditNotePayload
from schema.credit_payouts import PayOutCreditInput, ReverseCreditPayoutInput
from schema.permissions import Requires
from services.billing import credit_payouts


@strawberry.type
class CreditPayoutMutations:
    @strawberry.mutation(
        description="Records that credit was paid out to the customer. No money moves by this.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def pay_out_credit(
        self,
        info: Info,
        input: Annotated[PayOutCreditInput, strawberry.argument(description="The payout.")],
    ) -> CreditNotePayload:
        row = await credit_payouts.pay_out_credit(
            info.context.staff,
            input.credit_note_id,
            input.amount,
            input.method,
            reference=input.reference,
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Takes back a payout that was recorded by mistake or came back, so that the "
        "customer has the credit again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def reverse_credit_payout(
        self,
        info: Info,
        input: Annotated[ReverseCreditPayoutInput, strawberry.argument(description="The payout.")],
    ) -> CreditNotePayload:
        row = await credit_payouts.reverse_credit_payout(
            info.context.staff,
            input.payout_id,
            input.reason,
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)
