"""A customer's portal: balances per currency, and invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

import models
from context import Info
from core.urls import Urls
from models.documents import DocumentLine
from schema.connections import DEFAULT_PAGE, After, Connection, First, page_size
from schema.money import Money
from schema.parties import BillTo, Business
from schema.public_invoices import PublicInvoice
from schema.selections import selects
from services.billing.loaders import lines_of
from services.common.pagination import Page
from services.sharing import portals
from settings import Settings


@strawberry.type(description="The balances in one currency.")
class Balance:
    outstanding: Money = strawberry.field(description="The sum due on all unpaid invoices.")
    overdue: Money = strawberry.field(description="The overdue part of it.")
    credit: Money = strawberry.field(description="The credit that hasn't been used.")

    @classmethod
    def of(cls, balance: portals.Balance, language: str) -> Self:
        """Return `balance` with amounts formatted in `language`."""
        return cls(
            outstanding=Money.of(balance.outstanding, language),
            overdue=Money.of(balance.overdue, language),
            credit=Money.of(balance.credit, language),
        )


@dataclass(frozen=True, slots=True)
class _Counted:
    """The customer's invoices, counted by the statement that sums up the balances."""

    accounts: DataLoader[UUID, portals.Account]
    customer_id: UUID

    async def count(self) -> int:
        return (await self.accounts.load(self.customer_id)).invoice_count


@strawberry.type(description="A customer's portal, as its link shows it.")
class Portal:
    business: Business = strawberry.field(description="The business.")
    customer: BillTo = strawberry.field(description="The customer.")
    row: strawberry.Private[models.Customer]

    @strawberry.field(
        description="One balance per currency with invoices or credit, sorted by code. "
        "Currencies are never added up."
    )
    async def balances(self, info: Info) -> list[Balance]:
        account = await info.context.loaders.accounts.load(self.row.id)
        language = self.row.language_with(self.row.company)
        return [Balance.of(balance, language) for balance in account.balances]

    @strawberry.field(description="Whether any invoice is overdue.")
    async def is_overdue(self, info: Info) -> bool:
        return (await info.context.loaders.accounts.load(self.row.id)).is_overdue

    @strawberry.field(description="The customer's invoices, newest first.")
    async def invoices(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[PublicInvoice]:
        page = await portals.invoice_page(self.row, page_size(first), after)
        lines = await _lines_of_page(page, info) if selects(info, "lines") else {}
        settings = info.context.settings
        return Connection.of(
            page,
            _Counted(info.context.loaders.accounts, self.row.id),
            lambda row: public_invoice(row, lines.get(row.id, []), settings),
        )

    @strawberry.field(
        description="An invoice by number. NOT_FOUND if the customer has none with this number."
    )
    async def invoice(
        self,
        info: Info,
        number: Annotated[str, strawberry.argument(description="The exact number.")],
    ) -> PublicInvoice | None:
        context = info.context
        row = await context.services.tokens.find_portal_invoice(
            str(self.row.portal_token), number, context.client_info
        )
        return public_invoice(row, await lines_of(row), context.settings)

    @classmethod
    def of(cls, customer: models.Customer, urls: Urls) -> Self:
        """Return the portal of `customer`, who was fetched with the company."""
        return cls(
            business=Business.of(customer.company, urls),
            customer=BillTo.of(customer),
            row=customer,
        )


def public_invoice(
    invoice: models.Invoice, lines: Sequence[DocumentLine], settings: Settings
) -> PublicInvoice:
    """Return `invoice` as the customer's portal shows it."""
    urls = Urls(settings.public_url)
    pdf_url = urls.portal_invoice_pdf(invoice.customer.portal_token, invoice.number)
    return PublicInvoice.of(invoice, lines, pdf_url, settings)


async def _lines_of_page(
    page: Page[models.Invoice], info: Info
) -> dict[UUID, list[models.InvoiceLine]]:
    ids = [row.id for row in page.rows]
    return dict(zip(ids, await info.context.loaders.invoice_lines.load_many(ids), strict=True))
