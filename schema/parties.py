"""The sender and the recipient of a document."""

from typing import Self

import strawberry

import models
from core.urls import Urls


@strawberry.type(description="The business that sent a document.")
class Business:
    name: str = strawberry.field(description="The trading name.")
    logo_url: str | None = strawberry.field(
        description="The logo's URL, a PNG of at most 600 by 200 pixels; null if there is none."
    )
    address: str | None = strawberry.field(description="The postal address, with line breaks.")
    email: str | None = strawberry.field(description="The e-mail address for questions.")
    phone: str | None = strawberry.field(description="The phone number.")
    website: str | None = strawberry.field(description="The website's URL.")
    tax_id: str | None = strawberry.field(description="The tax number.")

    @classmethod
    def of(cls, company: models.Company, urls: Urls) -> Self:
        return cls(
            name=company.name,
            logo_url=urls.logo(company.logo_digest),
            address=company.address,
            email=company.email,
            phone=company.phone,
            website=company.website,
            tax_id=company.tax_id,
        )


@strawberry.type(description="The recipient of a document.")
class BillTo:
    name: str = strawberry.field(description="The customer's name.")
    email: str | None = strawberry.field(description="The customer's e-mail address.")
    address: str | None = strawberry.field(description="The customer's postal address.")
    tax_id: str | None = strawberry.field(description="The customer's tax number.")

    @classmethod
    def of(cls, customer: models.Customer) -> Self:
        return cls(
            name=customer.name,
            email=customer.email,
            address=customer.address,
            tax_id=customer.tax_id,
        )
