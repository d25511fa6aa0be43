"""The caller's company and its lists."""

from datetime import date, datetime
from typing import Annotated, Self

import strawberry

import models
from auth.permissions import Permission
from context import Info
from core.urls import Urls
from schema.api_keys import ApiKey
from schema.audit_actions import AuditAction
from schema.company_lists import CompanyLists
from schema.connections import Connection, Paged, connection_of
from schema.email_texts import EmailPreview, EmailText, EmailTextInput
from schema.emails import EmailDelivery, EmailsToday
from schema.enums import (
    DeliveryState,
    EventStatus,
    PaperSize,
    Plan,
    TaxRounding,
)
from schema.first_steps import FirstSteps
from schema.money import Money
from schema.nodes import Node
from schema.notices import Chat
from schema.numbering import NumberSeries
from schema.party_details import PartyDetails, party_details
from schema.permissions import Requires
from schema.stripe_events import StripeEvent
from schema.users import User
from schema.webhooks import Webhook
from services.billing import queries
from services.checkout.stripe_events import events_of
from services.common.listings import Window, newest
from services.common.lookups import get_owned
from services.common.pagination import BY_RECEIPT, BY_TIME
from services.company.first_steps import load_first_steps
from services.email.own_texts import clean_text_language
from services.email.samples import sample_email
from services.webhooks.notices import chat_of
from services.webhooks.webhooks import webhooks_of
from values import money as amounts
from values.money import Minor


@strawberry.type(description="An entry in the audit log.")
class AuditEntry(Node):
    id: strawberry.ID = strawberry.field(description="The entry's ID.")
    at: datetime = strawberry.field(description="When it happened.")
    actor: str = strawberry.field(description="The name of the person or API key.")
    action: AuditAction = strawberry.field(description="What was done.")
    subject: str = strawberry.field(
        description="The number or name of the affected object at that time."
    )
    subject_id: strawberry.ID = strawberry.field(description="The affected object's ID.")
    detail: str | None = strawberry.field(
        description="Why it was done, or what was changed from what to what; with line breaks."
    )

    @classmethod
    def of(cls, entry: models.AuditEntry) -> Self:
        return cls(
            id=strawberry.ID(str(entry.id)),
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            subject_id=strawberry.ID(str(entry.subject_id)),
            detail=entry.detail,
        )


@strawberry.type(description="The caller's business.")
class Company(PartyDetails, CompanyLists, Node):
    id: strawberry.ID = strawberry.field(description="The company's ID.")
    email: str | None = strawberry.field(description="The e-mail address for clients' questions.")
    archive_email: str | None = strawberry.field(
        description="The address that gets a blind copy of each document that is sent by e-mail."
    )
    phone: str | None = strawberry.field(description="The phone number.")
    website: str | None = strawberry.field(description="The website's URL.")
    contact_name: str | None = strawberry.field(description="Who answers questions about invoices.")
    logo_url: str | None = strawberry.field(
        description="The URL of the logo, a PNG of at most 600 by 200 pixels; null if there is "
        "none. Upload one with `PUT /company/logo`."
    )
    accent_color: str | None = strawberry.field(description="The brand colour, as `#rrggbb`.")
    iban: str | None = strawberry.field(description="The IBAN for bank transfers, without spaces.")
    bic: str | None = strawberry.field(description="The BIC of that account.")
    account_holder: str | None = strawberry.field(
        description="The holder of that account; null if it is the company itself."
    )
    bank_account: str | None = strawberry.field(
        description="What a payer needs to know where there is no IBAN, with line breaks."
    )
    plan: Plan = strawberry.field(description="The company's plan.")
    currency: str = strawberry.field(
        description="The default currency of new documents (ISO 4217)."
    )
    language: str = strawberry.field(description="The default language for clients (BCP 47).")
    time_zone: str = strawberry.field(
        description="The IANA time zone in which its days begin and end, for example "
        "`Europe/Berlin`."
    )
    second_factor_required: bool = strawberry.field(
        description="Whether people can do nothing before they have set up a second factor. API "
        "keys aren't affected."
    )
    sends_receipts: bool = strawberry.field(
        description="Whether customers get e-mails about received payments and about refunds. "
        "E-mails about failed payments don't depend on it."
    )
    invoices_accepted_quotes: bool = strawberry.field(
        description="Whether accepting a quote creates the draft of its invoice."
    )
    tax_rounding: TaxRounding = strawberry.field(
        description="How the tax of new documents is rounded."
    )
    payment_terms: str | None = strawberry.field(
        description="The terms of payment of documents that are created without any."
    )
    footer: str | None = strawberry.field(
        description="What is printed below its documents, with line breaks."
    )
    paper_size: PaperSize = strawberry.field(
        description="The paper of the PDFs of documents that are issued from now on: the chosen "
        "one, or what is usual in its country."
    )
    minimum_reminder: Money = strawberry.field(
        description="The smallest amount that customers are reminded of."
    )
    allow_partial_payment: bool = strawberry.field(
        description="Whether clients may pay invoices in parts that are created without saying so."
    )
    minimum_payment: Money | None = strawberry.field(
        description="The smallest part of such an invoice, if it is in this currency."
    )
    stripe_connected: bool = strawberry.field(
        description="Whether the company has a Stripe account, even if onboarding isn't complete."
    )
    charges_enabled: bool = strawberry.field(
        description="Whether the Stripe account can take payments."
    )
    reminder_days: list[int] = strawberry.field(
        description="The days on which reminders are sent, relative to the due date, in "
        "ascending order. Negative numbers are before it."
    )
    view_retention_days: int | None = strawberry.field(
        description="After how many days opens lose the reader's address and browser. Null means "
        "the default of the portal's operator."
    )

    @strawberry.field(
        description="How far the company is on the way to its first payment.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def first_steps(self, info: Info) -> FirstSteps:
        staff = info.context.staff
        row = await info.context.loaders.companies.load(staff.company_id)
        return FirstSteps.of(await load_first_steps(staff, row), info.context.urls)

    @strawberry.field(
        description="How many e-mails were sent to customers today, and how many may be.",
        extensions=[Requires()],
    )
    async def emails_today(self, info: Info) -> EmailsToday:
        row = await info.context.loaders.companies.load(info.context.staff.company_id)
        quota = info.context.services.email_limits.quota_of(row)
        return EmailsToday(sent=await quota.used(), limit=quota.limit)

    @strawberry.field(
        description="How invoices, quotes and credit notes are numbered, in this order.",
        extensions=[Requires()],
    )
    async def numbering(self, info: Info) -> list[NumberSeries]:
        return await NumberSeries.all_of(info.context.staff)

    @strawberry.field(
        description="The company's own words for its e-mails, where it has some.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def email_texts(self, info: Info) -> list[EmailText]:
        rows = models.EmailText.filter(company_id=info.context.staff.company_id)
        return [EmailText.of(row) for row in await rows.order_by("kind", "language")]

    @strawberry.field(
        description="What an e-mail with these words looks like.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def email_text_preview(
        self,
        info: Info,
        input: Annotated[EmailTextInput, strawberry.argument(description="The words.")],
    ) -> EmailPreview:
        row = await info.context.loaders.companies.load(info.context.staff.company_id)
        language = clean_text_language(input.language, row)
        text, urls = input.text(), info.context.urls
        content = await sample_email(row, input.kind, language, text, row.email or "", urls)
        return EmailPreview.of(content)

    @strawberry.field(
        description="E-mails to clients, newest first.",
        extensions=[Paged(), Requires(Permission.VIEW_INVOICES)],
    )
    async def email_deliveries(
        self,
        info: Info,
        window: Window,
        *,
        state: Annotated[
            DeliveryState | None,
            strawberry.argument(description="Only those with this status."),
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
        return await connection_of(newest(rows), window, EmailDelivery.of)

    @strawberry.field(
        description="API keys including revoked ones, newest first.",
        extensions=[Paged(), Requires(Permission.MANAGE_COMPANY)],
    )
    async def api_keys(self, info: Info, window: Window) -> Connection[ApiKey]:
        rows = queries.api_keys(info.context.staff)
        return await connection_of(newest(rows), window, ApiKey.of)

    @strawberry.field(
        description="The company's users, newest first.",
        extensions=[Paged(), Requires(Permission.MANAGE_COMPANY)],
    )
    async def users(self, info: Info, window: Window) -> Connection[User]:
        rows = queries.users(info.context.staff)
        return await connection_of(newest(rows), window, User.of)

    @strawberry.field(
        description="Stripe events that could not be applied, or those with the given "
        "`statuses`, most recent first.",
        extensions=[Paged(), Requires(Permission.MANAGE_COMPANY)],
    )
    async def stripe_events(
        self,
        info: Info,
        window: Window,
        *,
        statuses: Annotated[
            list[EventStatus] | None, strawberry.argument(description="Defaults to PARKED.")
        ] = None,
    ) -> Connection[StripeEvent]:
        rows = events_of(info.context.staff, statuses or [EventStatus.PARKED])
        return await connection_of(newest(rows, BY_RECEIPT), window, StripeEvent.of)

    @strawberry.field(
        description="The audit log, most recent first.",
        extensions=[Paged(), Requires(Permission.MANAGE_COMPANY)],
    )
    async def audit_entries(
        self,
        info: Info,
        window: Window,
        *,
        actions: Annotated[
            list[AuditAction] | None, strawberry.argument(description="Only these actions.")
        ] = None,
        actor: Annotated[
            str | None,
            strawberry.argument(description="Only what the person or API key of this name did."),
        ] = None,
        since: Annotated[
            date | None,
            strawberry.argument(description="Only from this day on, where the company is."),
        ] = None,
        until: Annotated[
            date | None,
            strawberry.argument(description="Only up to this day, where the company is."),
        ] = None,
    ) -> Connection[AuditEntry]:
        rows = queries.audit_entries(
            info.context.staff, actions=actions, actor=actor, since=since, until=until
        )
        return await connection_of(newest(rows, BY_TIME), window, AuditEntry.of)

    @strawberry.field(
        description="Webhooks, newest first.",
        extensions=[Paged(), Requires(Permission.MANAGE_COMPANY)],
    )
    async def webhooks(self, info: Info, window: Window) -> Connection[Webhook]:
        rows = webhooks_of(info.context.staff)
        return await connection_of(newest(rows), window, Webhook.of)

    @strawberry.field(
        description="The chat in which messages about events are posted; null if there is none.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def chat(self, info: Info) -> Chat | None:
        return Chat.of(await chat_of(info.context.staff))

    @classmethod
    def of(cls, company: models.Company, urls: Urls) -> Self:
        def money(minor: int) -> Money:
            return Money.of(amounts.Money(Minor(minor), company.currency), company.language)

        return cls(
            **party_details(company, company.language),
            id=strawberry.ID(str(company.id)),
            email=company.email,
            archive_email=company.archive_email,
            phone=company.phone,
            website=company.website,
            contact_name=company.contact_name,
            logo_url=urls.logo(company.logo_digest),
            accent_color=company.accent_color,
            paper_size=company.paper,
            iban=company.iban,
            bic=company.bic,
            account_holder=company.account_holder,
            bank_account=company.bank_account,
            plan=company.plan,
            currency=company.currency,
            language=company.language,
            time_zone=company.time_zone,
            second_factor_required=company.second_factor_required,
            sends_receipts=company.sends_receipts,
            invoices_accepted_quotes=company.invoices_accepted_quotes,
            tax_rounding=company.tax_rounding,
            payment_terms=company.payment_terms,
            footer=company.footer,
            minimum_reminder=money(company.minimum_reminder),
            allow_partial_payment=company.allow_partial_payment,
            minimum_payment=money(company.minimum_payment) if company.minimum_payment else None,
            stripe_connected=company.stripe_account is not None,
            charges_enabled=company.charges_enabled,
            reminder_days=company.reminder_stages,
            view_retention_days=company.view_retention_days,
        )
