"""Changing the company's settings."""

from typing import Self, cast

import strawberry

import models
from core.urls import Urls
from schema.companies import Company
from services.company.company_settings import CompanyChanges


@strawberry.input(description="New values for the company. Omitted fields stay as they are.")
class UpdateCompanyInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 200 characters. Can't be empty."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 1,000 characters. Null removes it."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The e-mail address for clients' questions. Null removes it.",
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 50 characters. Null removes it."
    )
    website: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="An https:// or http:// URL of up to 500 characters. Null removes it.",
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 50 characters. Null removes it."
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
    reminder_days: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Days relative to the due date, from -60 to 365 (negative numbers are before "
        "it), at most 10. Empty or null turns reminders off.",
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
        given = {name: value for name, value in vars(self).items() if value is not strawberry.UNSET}
        return cast("CompanyChanges", given)


@strawberry.type(description="The updated company.")
class CompanyPayload:
    company: Company = strawberry.field(description="The updated company.")

    @classmethod
    def of(cls, company: models.Company, urls: Urls) -> Self:
        return cls(company=Company.of(company, urls))
