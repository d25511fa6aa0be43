"""Links: what sharing answers with."""

import strawberry

from schema.customers import Customer
from schema.invoices import Invoice


@strawberry.type(description="A shared invoice and its link.")
class ShareInvoicePayload:
    token: str = strawberry.field(description="The link's only credential.")
    url: str = strawberry.field(description="The link to pass on.")
    invoice: Invoice = strawberry.field(description="The invoice as it is now.")


@strawberry.type(description="A shared portal and its link.")
class SharePortalPayload:
    token: str = strawberry.field(description="The link's only credential.")
    url: str = strawberry.field(description="The link to pass on.")
    customer: Customer = strawberry.field(description="The customer as it is now.")


@strawberry.type(description="A customer whose links are all dead.")
class RevokeCustomerSharesPayload:
    customer: Customer = strawberry.field(description="The customer as it is now.")
    revoked: int = strawberry.field(
        description="How many links died: the portal's, quotes' and invoices'."
    )
