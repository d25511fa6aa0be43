"""Managing the company: what can be changed of it, and what that answers with."""

from typing import Self, cast

import strawberry

import models
from schema.companies import Company
from services.company.company_settings import CompanyChanges
from settings import Settings


@strawberry.input(description="What changes of the company. What is not given stays as it is.")
class UpdateCompanyInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 200 characters, and never empty."
    )
    address: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 1000 characters. Null: none."
    )
    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="Where clients can ask it. Null: none."
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 50 characters. Null: none."
    )
    website: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="An https:// or http:// URL of up to 500 characters. Null: none.",
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET, description="Up to 50 characters. Null: none."
    )
    accent_color: str | None = strawberry.field(
        default=strawberry.UNSET, description="The brand's colour, as `#rrggbb`. Null: ours."
    )
    currency: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="ISO 4217; that of later documents without another. Never empty.",
    )
    language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="BCP 47, with a territory or without: `en-GB`. Never empty.",
    )
    reminder_days: list[int] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Days after the due date, each -60 to 365 (negative: before it), at most 10. "
        "Empty or null: no reminders.",
    )

    def changes(self) -> CompanyChanges:
        """Return what is given, as the service takes it."""
        given = {name: value for name, value in vars(self).items() if value is not strawberry.UNSET}
        return cast("CompanyChanges", given)


@strawberry.type(description="The company as it is now.")
class CompanyPayload:
    company: Company = strawberry.field(description="The company as it is now.")

    @classmethod
    def of(cls, company: models.Company, settings: Settings) -> Self:
        """Return what a mutation of `company` answers with."""
        return cls(company=Company.of(company, settings))
