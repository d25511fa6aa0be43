"""Who sends a document, and whom it is addressed to."""

from typing import Self

import strawberry

import models
from settings import Settings


@strawberry.type(description="The business that a document comes from.")
class Business:
    name: str = strawberry.field(description="The name it trades under.")
    logo_url: str | None = strawberry.field(
        description="Where its logo is, a PNG of up to 600 x 200 pixels. Null: it has none."
    )
    address: str | None = strawberry.field(description="Its postal address, over several lines.")
    email: str | None = strawberry.field(description="Where it can be asked.")
    phone: str | None = strawberry.field(description="Its telephone number.")
    website: str | None = strawberry.field(description="Its website.")
    tax_id: str | None = strawberry.field(description="Its tax number.")

    @classmethod
    def of(cls, company: models.Company, settings: Settings) -> Self:
        """Return what a client may see of `company`."""
        return cls(
            name=company.name,
            logo_url=settings.logo_url(company.logo_digest),
            address=company.address,
            email=company.email,
            phone=company.phone,
            website=company.website,
            tax_id=company.tax_id,
        )


@strawberry.type(description="Whom a document is addressed to.")
class BillTo:
    name: str = strawberry.field(description="The customer's name.")
    email: str | None = strawberry.field(description="The customer's e-mail address.")
    address: str | None = strawberry.field(description="The customer's postal address.")
    tax_id: str | None = strawberry.field(description="The customer's tax number.")

    @classmethod
    def of(cls, customer: models.Customer) -> Self:
        """Return the billing details of `customer`."""
        return cls(
            name=customer.name,
            email=customer.email,
            address=customer.address,
            tax_id=customer.tax_id,
        )
