"""Sharing and revoking links."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.customers import Customer, CustomerPayload, CustomerRef
from schema.invoices import Invoice, InvoicePayload, InvoiceRef
from schema.links import RevokeCustomerSharesPayload, ShareInvoicePayload, SharePortalPayload
from schema.permissions import Requires
from services.sharing import links

InvoiceArgument = Annotated[InvoiceRef, strawberry.argument(description="The invoice.")]
CustomerArgument = Annotated[CustomerRef, strawberry.argument(description="The customer.")]


@strawberry.type
class LinkMutations:
    @strawberry.mutation(
        description="Creates the invoice's share link, or returns the existing one.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def share_invoice(self, info: Info, input: InvoiceArgument) -> ShareInvoicePayload:
        urls = info.context.urls
        row = await links.share_invoice(info.context.staff, input.invoice_id)
        return ShareInvoicePayload(
            token=str(row.share_token),
            url=urls.invoice(row.share_token),
            invoice=Invoice.of(row, info.context.viewer),
        )

    @strawberry.mutation(
        description="Revokes the invoice's link. It stops working at once and never works again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def revoke_invoice_share(self, info: Info, input: InvoiceArgument) -> InvoicePayload:
        row = await links.revoke_invoice_share(info.context.staff, input.invoice_id)
        return InvoicePayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Creates the link to a customer's portal, or returns the existing one.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def share_portal(self, info: Info, input: CustomerArgument) -> SharePortalPayload:
        urls = info.context.urls
        row = await links.share_portal(info.context.staff, input.customer_id)
        return SharePortalPayload(
            token=str(row.portal_token),
            url=urls.portal(row.portal_token),
            customer=Customer.of(row, info.context.viewer),
        )

    @strawberry.mutation(
        description="Revokes the portal's link. It stops working at once and never works again.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def revoke_portal_share(self, info: Info, input: CustomerArgument) -> CustomerPayload:
        row = await links.revoke_portal_share(info.context.staff, input.customer_id)
        return CustomerPayload.of(row, info.context.viewer)

    @strawberry.mutation(
        description="Revokes a customer's portal link and the links of all their quotes, invoices "
        "and credit notes.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def revoke_customer_shares(
        self, info: Info, input: CustomerArgument
    ) -> RevokeCustomerSharesPayload:
        row, revoked = await links.revoke_customer_shares(info.context.staff, input.customer_id)
        return RevokeCustomerSharesPayload(
            customer=Customer.of(row, info.context.viewer), revoked=revoked
        )
