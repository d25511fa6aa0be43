"""Using credit: applying it to invoices, paying it out, and reversing either."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.credit_applications import ApplyCreditNoteInput, ReverseCreditApplicationInput
from schema.credit_notes import CreditNotePayload
from schema.credit_payouts import PayOutCreditInput, ReverseCreditPayoutInput
from schema.permissions import Requires
from services.billing import credit_applications, credit_payouts


@strawberry.type
class CreditApplicationMutations:
    @strawberry.mutation(
        description="Applies credit to an invoice. This lowers the amount due and may pay the "
        "invoice in full.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def apply_credit_note(
        self,
        info: Info,
        input: Annotated[
            ApplyCreditNoteInput,
            strawberry.argument(description="The credit note and the invoice."),
        ],
    ) -> CreditNotePayload:
        row = await credit_applications.apply_credit_note(
            info.context.staff,
            input.credit_note_id,
            input.invoice_id,
            input.amount,
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Takes applied credit off its invoice, so that the customer has it again. "
        "Fails with CONFLICT if it makes up for a payment that was reversed, or if a surplus "
        "that it caused is in use.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def reverse_credit_application(
        self,
        info: Info,
        input: Annotated[
            ReverseCreditApplicationInput, strawberry.argument(description="The application.")
        ],
    ) -> CreditNotePayload:
        row = await credit_applications.reverse_credit_application(
            info.context.staff,
            input.application_id,
            input.reason,
            idempotency_key=input.idempotency_key,
        )
        return CreditNotePayload.of(row, info.context.viewer)


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
        description="Reverses a payout that was recorded by mistake or whose money came back, so "
        "that the customer has the credit again.",
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
