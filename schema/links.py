"""The results of sharing."""

import strawberry

from schema.customers import Customer
from schema.invoices import Invoice


@strawberry.type(description="A shared invoice and its link.")
class ShareInvoicePayload:
    token: str = strawberry.field(
        description="The token in the link. Anyone who has it can open the document."
    )
    url: str = strawberry.field(description="The link to share.")
    invoice: Invoice = strawberry.field(description="The updated invoice.")


@strawberry.type(description="A shared portal and its link.")
class SharePortalPayload:
    token: str = strawberry.field(
        description="The token in the link. Anyone who has it can open the document."
    )
    url: str = strawberry.field(description="The link to share.")
    customer: Customer = strawberry.field(description="The updated customer.")


@strawberry.type(description="A customer whose links have all been revoked.")
class RevokeCustomerSharesPayload:
    customer: Customer = strawberry.field(description="The updated customer.")
    revoked: int = strawberry.field(
        description="The number of revoked links: the portal's and those of documents."
    )
