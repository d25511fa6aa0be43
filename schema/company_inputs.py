"""Changing the company's settings."""

from decimal import Decimal
from typing import Self, cast

import strawberry

import models
from core.urls import Urls
from schema.companies import Company
from schema.enums import PaperSize, TaxRounding
from schema.numbering import NumberingContent
from schema.party_details import PartyContent
from services.company.company_settings import CompanyChanges


@strawberry.input(description="New values for the company. Omitted fields stay as they are.")
class UpdateCompanyInput(PartyContent, NumberingContent):
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 200 characters. Can't be empty."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The e-mail address for clients' questions. Null removes it.",
    )
    archive_email: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The address that gets a blind copy of each document that is sent by e-mail. "
        "Null removes it.",
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 50 characters. Null removes it."
    )
    website: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A URL of up to 500 characters; without https:// or http:// it gets "
        "https://. Null removes it.",
    )
    contact_name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Who answers questions about invoices, up to 200 characters.",
    )
    accent_color: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The brand colour, as `#rrggbb`. Null restores the default.",
    )
    currency: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The default currency of new documents (ISO 4217). Can't be empty.",
    )
    language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A BCP 47 tag with or without a territory, for example `en-GB`. Can't be "
        "empty.",
    )
    time_zone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="An IANA time zone, for example `Europe/Berlin`. Can't be empty.",
    )
    second_factor_required: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether people need a second factor. Null for no. Changing it needs a recent "
        "password.",
    )
    sends_receipts: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether customers get e-mails about received payments and about refunds. Null "
        "for no.",
    )
    invoices_accepted_quotes: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether accepting a quote creates the draft of its invoice. Null for no.",
    )
    tax_rounding: TaxRounding | None = strawberry.field(
        default=strawberry.UNSET,
        description="How the tax of new documents is rounded. Null is HALF_UP.",
    )
    payment_terms: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The terms of payment of documents that are created without any, up to 1,000 "
        "characters.",
    )
    footer: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What is printed below documents, up to 2,000 characters.",
    )
    paper_size: PaperSize | None = strawberry.field(
        default=strawberry.UNSET,
        description="The paper of PDFs. Issued documents keep theirs. Null is what is usual in the "
        "company's country.",
    )
    minimum_reminder: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="The smallest amount that customers are reminded of, in the company's "
        "currency. Null is none.",
    )
    allow_partial_payment: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether clients may pay invoices in parts that are created without saying so. "
        "Null for no.",
    )
    minimum_payment: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="The smallest part of such an invoice, in the company's currency. Null is "
        "none.",
    )
    reminder_days: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Days relative to the due date, from -60 to 365 (negative numbers are before "
        "it), at most 10. Empty or null turns reminders off.",
    )
    view_retention_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="After how many days opens lose the reader's address and browser, from 1 to "
        "3650. Null leaves it to the portal's operator. What they have lost doesn't come back.",
    )
    iban: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The IBAN for bank transfers, with or without spaces. Null removes it. All "
        "users with MANAGE_COMPANY get an e-mail about a change of any bank details.",
    )
    bic: str | None = strawberry.field(
        default=strawberry.UNSET, description="The BIC of that account. Null removes it."
    )
    account_holder: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Up to 70 characters. Null if it is the company itself.",
    )
    bank_account: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What a payer needs to know where there is no IBAN, up to 500 characters with "
        "line breaks. Null removes it.",
    )

    def changes(self) -> CompanyChanges:
        return cast("CompanyChanges", self.given())


@strawberry.type(description="The updated company.")
class CompanyPayload:
    company: Company = strawberry.field(description="The updated company.")

    @classmethod
    def of(cls, company: models.Company, urls: Urls) -> Self:
        return cls(company=Company.of(company, urls))
