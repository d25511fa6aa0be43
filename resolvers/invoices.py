"""Writing customers and invoices, and noting payments."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from resolvers.links import WhichInvoice
from schema.customers import CreateCustomerInput, CustomerPayload, UpdateCustomerInput
from schema.invoice_inputs import CreateInvoiceInput, UpdateInvoiceInput
from schema.invoices import InvoicePayload
from schema.payments import RecordPaymentInput
from schema.permissions import Requires
from services.billing import customers, invoices, manual_payments


@strawberry.type
class InvoicingMutations:
    """Customers, invoices and payments."""

    @strawberry.mutation(
        description="Creates a customer.", extensions=[Requires(Permission.MANAGE_INVOICES)]
    )
    async def create_customer(
        self,
        info: Info,
        input: Annotated[
            CreateCustomerInput, strawberry.argument(description="The customer's details.")
        ],
    ) -> CustomerPayload:
        """See the description."""
        row = await customers.create_customer(
            info.context.staff,
            input.details(),
            idempotency_key=input.idempotency_key,
        )
        return CustomerPayload.of(row, info.context.urls)

    @strawberry.mutation(
        description="Replaces a customer's details.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_customer(
        self,
        info: Info,
        input: Annotated[UpdateCustomerInput, strawberry.argument(description="The new details.")],
    ) -> CustomerPayload:
        """See the description."""
        row = await customers.update_customer(
            info.context.staff,
            input.customer_id,
            input.details(),
        )
        return CustomerPayload.of(row, info.context.urls)

    @strawberry.mutation(
        description="Creates a draft invoice.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def create_invoice(
        self,
        info: Info,
        input: Annotated[CreateInvoiceInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        """See the description."""
        row = await invoices.create_invoice(
            info.context.staff, input.draft(), idempotency_key=input.idempotency_key
        )
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Replaces everything in a draft. Fails with CONFLICT once it has been issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def update_invoice(
        self,
        info: Info,
        input: Annotated[UpdateInvoiceInput, strawberry.argument(description="The invoice.")],
    ) -> InvoicePayload:
        """See the description."""
        row = await invoices.update_invoice(info.context.staff, input.invoice_id, input.draft())
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Deletes a draft. Fails with CONFLICT once it has been issued.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def delete_invoice(self, info: Info, input: WhichInvoice) -> bool:
        """See the description."""
        await invoices.delete_invoice(info.context.staff, input.invoice_id)
        return True

    @strawberry.mutation(
        description="Issues a draft. From then on it can be shared, and no longer edited.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def issue_invoice(self, info: Info, input: WhichInvoice) -> InvoicePayload:
        """See the description."""
        row = await invoices.issue_invoice(info.context.staff, input.invoice_id)
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Cancels an issued invoice that has no payments. Its page says that it is "
        "cancelled.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def cancel_invoice(self, info: Info, input: WhichInvoice) -> InvoicePayload:
        """See the description."""
        row = await invoices.cancel_invoice(info.context.staff, input.invoice_id)
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Records a payment received outside Stripe.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def record_payment(
        self,
        info: Info,
        input: Annotated[RecordPaymentInput, strawberry.argument(description="The payment.")],
    ) -> InvoicePayload:
        """See the description."""
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
