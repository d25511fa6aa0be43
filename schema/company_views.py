"""Views of all of a company's invoices."""

from typing import Self

import strawberry

import models
from context import Info
from schema.invoices import Invoice
from schema.views import InvoiceView, view_fields


@strawberry.type(description="A view of one of the company's invoices.")
class CompanyView(InvoiceView):
    row: strawberry.Private[models.InvoiceView]

    @strawberry.field(description="The invoice.")
    async def invoice(self, info: Info) -> Invoice:
        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        assert row is not None
        return Invoice.of(row, info.context.viewer)

    @classmethod
    def of(cls, view: models.InvoiceView) -> Self:
        return cls(**view_fields(view), row=view)
