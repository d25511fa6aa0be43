"""Views of all of a company's invoices."""

import strawberry

from context import Info
from schema.invoices import Invoice
from schema.views import InvoiceView


@strawberry.type(description="A view of one of the company's invoices.")
class CompanyView(InvoiceView):
    @strawberry.field(description="The invoice.")
    async def invoice(self, info: Info) -> Invoice:
        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        assert row is not None
        return Invoice.of(row, info.context.viewer)
