"""The caller's company, and everything that is listed below it."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

import models
from auth.permissions import Permission
from context import Info
from schema.connections import DEFAULT_PAGE, After, Connection, First, page_size
from schema.credit_notes import CreditNote
from schema.customers import Customer
from schema.emails import EmailDelivery
from schema.enums import (
    AuditAction,
    CreditNoteStatus,
    DeliveryState,
    EventStatus,
    InvoiceStatus,
    Plan,
    QuoteStatus,
)
from schema.invoices import Invoice
from schema.permissions import Requires
from schema.quotes import Quote
from schema.stripe_events import StripeEvent
from schema.users import ApiKey, User
from services.billing import queries
from services.checkout.stripe_events import events_of
from services.common.lookups import get_owned
from services.common.pagination import BY_RECEIPT, BY_TIME, newest_first
from settings import Settings

Shared = Annotated[
    bool | None,
    strawberry.argument(description="Only those with a live link, or only those without."),
]


@strawberry.type(description="Somebody did something.")
class AuditEntry:
    id: strawberry.ID = strawberry.field(description="Names the entry.")
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(description="The name of the person or of the API key.")
    action: AuditAction = strawberry.field(description="What.")
    subject: str = strawberry.field(description="To what: a number or a name, as it was then.")
    subject_id: strawberry.ID = strawberry.field(description="The id of that.")

    @classmethod
    def of(cls, entry: models.AuditEntry) -> Self:
        """Return `entry` for the wire."""
        return cls(
            id=strawberry.ID(str(entry.id)),
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            subject_id=strawberry.ID(str(entry.subject_id)),
        )


@strawberry.type(description="The business that the caller works for.")
class Company:
    id: strawberry.ID = strawberry.field(description="Names the company for good.")
    name: str = strawberry.field(description="The name it trades under.")
    address: str | None = strawberry.field(description="Its postal address, over several lines.")
    email: str | None = strawberry.field(description="Where clients can ask it.")
    phone: str | None = strawberry.field(description="Its telephone number.")
    website: str | None = strawberry.field(description="Its website.")
    tax_id: str | None = strawberry.field(description="Its tax number.")
    logo_url: str | None = strawberry.field(
        description="Where its logo is, a PNG of up to 600 x 200 pixels. Null: it has none. "
        "`PUT /company/logo` takes another."
    )
    accent_color: str | None = strawberry.field(description="Its brand's colour, as `#rrggbb`.")
    plan: Plan = strawberry.field(description="What it has booked.")
    currency: str = strawberry.field(description="ISO 4217; that of invoices without another.")
    language: str = strawberry.field(description="BCP 47; that in which clients are spoken to.")
    stripe_connected: bool = strawberry.field(
        description="Whether it has an account at Stripe, onboarded or not."
    )
    charges_enabled: bool = strawberry.field(
        description="Whether Stripe lets that account take payments."
    )
    reminder_days: list[int] = strawberry.field(
        description="Days after an invoice's due date on which reminders go out, in order. "
        "Negative: before it."
    )

    @strawberry.field(
        description="Invoices, the newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoices(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        status: Annotated[
            InvoiceStatus | None, strawberry.argument(description="Only those that stand there.")
        ] = None,
        shared: Shared = None,
    ) -> Connection[Invoice]:
        viewer = info.context.viewer
        rows = queries.invoices(info.context.staff, status, shared=shared)
        page = await newest_first(rows, page_size(first), after)
        return Connection.of(page, rows, lambda row: Invoice.of(row, viewer))

    @strawberry.field(
        description="One invoice. NOT_FOUND if the company has none with this id.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def invoice(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Invoice | None:
        row = await get_owned(models.Invoice, info.context.staff, id)
        return Invoice.of(row, info.context.viewer)

    @strawberry.field(
        description="Quotes, the newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def quotes(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        status: Annotated[
            QuoteStatus | None, strawberry.argument(description="Only those that stand there.")
        ] = None,
        shared: Shared = None,
    ) -> Connection[Quote]:
        viewer = info.context.viewer
        rows = queries.quotes(info.context.staff, status, shared=shared)
        page = await newest_first(rows, page_size(first), after)
        return Connection.of(page, rows, lambda row: Quote.of(row, viewer))

    @strawberry.field(
        description="One quote. NOT_FOUND if the company has none with this id.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def quote(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Quote | None:
        row = await get_owned(models.Quote, info.context.staff, id)
        return Quote.of(row, info.context.viewer)

    @strawberry.field(
        description="Customers, the newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def customers(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None, shared: Shared = None
    ) -> Connection[Customer]:
        settings = info.context.settings
        rows = queries.customers(info.context.staff, shared=shared)
        page = await newest_first(rows, page_size(first), after)
        return Connection.of(page, rows, lambda row: Customer.of(row, settings))

    @strawberry.field(
        description="One customer. NOT_FOUND if the company has none with this id.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def customer(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Customer | None:
        row = await get_owned(models.Customer, info.context.staff, id)
        return Customer.of(row, info.context.settings)

    @strawberry.field(
        description="Credit notes, the newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_notes(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        status: Annotated[
            CreditNoteStatus | None, strawberry.argument(description="Only those that stand there.")
        ] = None,
    ) -> Connection[CreditNote]:
        rows = queries.credit_notes(info.context.staff, status)
        page = await newest_first(rows, page_size(first), after)
        viewer = info.context.viewer
        return Connection.of(page, rows, lambda row: CreditNote.of(row, viewer))

    @strawberry.field(
        description="One credit note. NOT_FOUND if the company has none with this id.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def credit_note(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> CreditNote | None:
        row = await get_owned(models.CreditNote, info.context.staff, id)
        return CreditNote.of(row, info.context.viewer)

    @strawberry.field(
        description="E-mails to clients, the newest first.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def email_deliveries(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        state: Annotated[
            DeliveryState | None, strawberry.argument(description="Only those that stand there.")
        ] = None,
        invoice_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those about this invoice.")
        ] = None,
    ) -> Connection[EmailDelivery]:
        staff = info.context.staff
        invoice = (
            await get_owned(models.Invoice, staff, invoice_id) if invoice_id is not None else None
        )
        rows = queries.email_deliveries(staff, state, invoice=invoice)
        page = await newest_first(rows, page_size(first), after)
        return Connection.of(page, rows, EmailDelivery.of)

    @strawberry.field(
        description="API keys, the newest first, the revoked ones, too.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def api_keys(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[ApiKey]:
        rows = queries.api_keys(info.context.staff)
        return Connection.of(await newest_first(rows, page_size(first), after), rows, ApiKey.of)

    @strawberry.field(
        description="The company's users, the newest first.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def users(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[User]:
        rows = queries.users(info.context.staff)
        return Connection.of(await newest_first(rows, page_size(first), after), rows, User.of)

    @strawberry.field(
        description="What Stripe has reported and could not take effect, or with `statuses` what "
        "stands there, the latest first.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def stripe_events(
        self,
        info: Info,
        first: First = DEFAULT_PAGE,
        after: After = None,
        statuses: Annotated[
            list[EventStatus] | None, strawberry.argument(description="Omitted: PARKED.")
        ] = None,
    ) -> Connection[StripeEvent]:
        rows = events_of(info.context.staff, statuses or [EventStatus.PARKED])
        page = await newest_first(rows, page_size(first), after, BY_RECEIPT)
        return Connection.of(page, rows, StripeEvent.of)

    @strawberry.field(
        description="Who did what, the latest first.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def audit_entries(
        self, info: Info, first: First = DEFAULT_PAGE, after: After = None
    ) -> Connection[AuditEntry]:
        rows = queries.audit_entries(info.context.staff)
        page = await newest_first(rows, page_size(first), after, BY_TIME)
        return Connection.of(page, rows, AuditEntry.of)

    @classmethod
    def of(cls, company: models.Company, settings: Settings) -> Self:
        """Return what staff see of `company`."""
        return cls(
            id=strawberry.ID(str(company.id)),
            name=company.name,
            address=company.address,
            email=company.email,
            phone=company.phone,
            website=company.website,
            tax_id=company.tax_id,
            logo_url=settings.logo_url(company.logo_digest),
            accent_color=company.accent_color,
            plan=company.plan,
            currency=company.currency,
            language=company.language,
            stripe_connected=company.stripe_account is not None,
            charges_enabled=company.charges_enabled,
            reminder_days=company.reminder_stages,
        )
