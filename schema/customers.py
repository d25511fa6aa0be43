"""Customers as staff see them."""

from datetime import datetime
from functools import partial
from typing import Self

import strawberry

import models
from auth.permissions import Permission
from context import Info, Viewer
from schema.balances import Balance
from schema.connections import After, Connection, First, Paged, connection_of_each
from schema.enums import EInvoicePreference
from schema.invoices import CreditNote, Invoice
from schema.nodes import Node
from schema.party_details import PartyDetails, party_details
from schema.permissions import Requires
from schema.preferences import AddressPreferences
from schema.quotes import Quote
from schema.timelines import TIMELINE_PAGE, Timeline, timeline_of
from services.activity.scopes import Scope
from services.billing import customer_documents
from services.common.listings import Window
from services.email.opt_outs import addresses_of
from services.sharing.accounts import AccountSummary


@strawberry.type(description="A client of the company, as staff see them.")
class Customer(PartyDetails, Node):
    id: strawberry.ID = strawberry.field(description="The customer's ID.")
    email: str | None = strawberry.field(
        description="The e-mail address that documents are sent to."
    )
    cc_emails: list[str] = strawberry.field(
        description="The e-mail addresses that get a copy of each document that is sent."
    )
    e_invoice: EInvoicePreference = strawberry.field(
        description="The form in which the customer wants its invoices."
    )
    buyer_reference: str | None = strawberry.field(
        description="What the customer wants on invoices, for example a Leitweg-ID."
    )
    language: str | None = strawberry.field(
        description="The customer's language (BCP 47). Null uses the company's."
    )
    portal_url: str | None = strawberry.field(
        description="The link to the customer's portal; null if not shared."
    )
    portal_shared_at: datetime | None = strawberry.field(description="When that link was created.")
    created_at: datetime = strawberry.field(description="When the customer was created.")
    row: strawberry.Private[models.Customer]

    @strawberry.field(
        description="One balance per currency with invoices or credit, sorted by code. "
        "Currencies are never added up."
    )
    async def balances(self, info: Info) -> list[Balance]:
        account = await self._account(info)
        return [Balance.of(balance, info.context.viewer.language) for balance in account.balances]

    @strawberry.field(
        description="What happened to the customer and their documents, newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def timeline(
        self, info: Info, *, first: First = TIMELINE_PAGE, after: After = None
    ) -> Timeline:
        return await timeline_of(info, Scope.of_customer(self.row), first, after)

    @strawberry.field(description="Whether any invoice is overdue.")
    async def is_overdue(self, info: Info) -> bool:
        return (await self._account(info)).is_overdue

    @strawberry.field(
        description="The customer's invoices, newest first.",
        extensions=[Paged(), Requires(Permission.VIEW_INVOICES)],
    )
    async def invoices(self, info: Info, window: Window) -> Connection[Invoice]:
        make = partial(Invoice.of, viewer=info.context.viewer)
        return await connection_of_each(
            info, customer_documents.INVOICES, self.row.id, window, make
        )

    @strawberry.field(
        description="The customer's quotes, newest first.",
        extensions=[Paged(), Requires(Permission.VIEW_INVOICES)],
    )
    async def quotes(self, info: Info, window: Window) -> Connection[Quote]:
        make = partial(Quote.of, viewer=info.context.viewer)
        return await connection_of_each(info, customer_documents.QUOTES, self.row.id, window, make)

    @strawberry.field(
        description="The customer's credit notes, newest first.",
        extensions=[Paged(), Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_notes(self, info: Info, window: Window) -> Connection[CreditNote]:
        make = partial(CreditNote.of, viewer=info.context.viewer)
        return await connection_of_each(
            info, customer_documents.CREDIT_NOTES, self.row.id, window, make
        )

    @strawberry.field(
        description="What each of the customer's addresses has turned off.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def email_preferences(self, info: Info) -> list[AddressPreferences]:
        addresses = addresses_of(self.row)
        loader, company_id = info.context.loaders.email_preferences, self.row.company_id
        rows = await loader.load_many([(company_id, address) for address in addresses])
        urls = info.context.urls
        return [
            AddressPreferences.of(address, row, urls)
            for address, row in zip(addresses, rows, strict=True)
        ]

    async def _account(self, info: Info) -> AccountSummary:
        return await info.context.loaders.accounts.load((self.row.id, info.context.viewer.today))

    @classmethod
    def of(cls, customer: models.Customer, viewer: Viewer) -> Self:
        token = customer.portal_token
        return cls(
            **party_details(customer, viewer.language),
            row=customer,
            id=strawberry.ID(str(customer.id)),
            email=customer.email,
            cc_emails=customer.copy_addresses,
            e_invoice=customer.e_invoice,
            buyer_reference=customer.buyer_reference,
            language=customer.language,
            portal_url=viewer.urls.portal(token) if token else None,
            portal_shared_at=customer.portal_shared_at,
            created_at=customer.created_at,
        )


@strawberry.type(description="The updated customer.")
class CustomerPayload:
    customer: Customer = strawberry.field(description="The updated customer.")

    @classmethod
    def of(cls, customer: models.Customer, viewer: Viewer) -> Self:
        return cls(customer=Customer.of(customer, viewer))


@strawberry.input(description="A customer of the company.")
class CustomerRef:
    customer_id: strawberry.ID = strawberry.field(description="The customer's ID.")
