"""Customers as staff see them."""

from datetime import datetime
from typing import Self

import strawberry

import models
from core.urls import Urls
from services.billing.customers import CustomerDetails


@strawberry.type(description="A client of the company, as staff see them.")
class Customer:
    id: strawberry.ID = strawberry.field(description="The customer's ID.")
    name: str = strawberry.field(description="The name on invoices.")
    email: str | None = strawberry.field(
        description="The e-mail address that invoices are sent to."
    )
    address: str | None = strawberry.field(description="The postal address on invoices.")
    tax_id: str | None = strawberry.field(description="The tax number on invoices.")
    language: str | None = strawberry.field(
        description="The customer's language (BCP 47). Null uses the company's."
    )
    portal_url: str | None = strawberry.field(
        description="The link to the customer's portal; null if not shared."
    )
    portal_shared_at: datetime | None = strawberry.field(description="When that link was created.")
    created_at: datetime = strawberry.field(description="When the customer was created.")

    @classmethod
    def of(cls, customer: models.Customer, urls: Urls) -> Self:
        token = customer.portal_token
        return cls(
            id=strawberry.ID(str(customer.id)),
            name=customer.name,
            email=customer.email,
            address=customer.address,
            tax_id=customer.tax_id,
            language=customer.language,
            portal_url=urls.portal(token) if token else None,
            portal_shared_at=customer.portal_shared_at,
            created_at=customer.created_at,
        )


@strawberry.type(description="The updated customer.")
class CustomerPayload:
    customer: Customer = strawberry.field(description="The updated customer.")

    @classmethod
    def of(cls, customer: models.Customer, urls: Urls) -> Self:
        return cls(customer=Customer.of(customer, urls))


@strawberry.input(description="A customer of the company.")
class CustomerRef:
    customer_id: strawberry.ID = strawberry.field(description="The customer's ID.")


@strawberry.input
class CustomerContent:
    """The fields of a customer. This is not a type of the schema itself."""

    name: str = strawberry.field(description="The name on invoices, up to 200 characters.")
    email: str | None = strawberry.field(
        default=None, description="The e-mail address that invoices are sent to."
    )
    address: str | None = strawberry.field(default=None, description="Up to 1,000 characters.")
    tax_id: str | None = strawberry.field(default=None, description="Up to 50 characters.")
    language: str | None = strawberry.field(
        default=None,
        description="A BCP 47 tag with or without a territory, for example `en-GB`. Defaults to "
        "the company's language.",
    )

    def details(self) -> CustomerDetails:
        return CustomerDetails(
            name=self.name,
            email=self.email,
            address=self.address,
            tax_id=self.tax_id,
            language=self.language,
        )


@strawberry.input(description="A new customer.")
class CreateCustomerInput(CustomerContent):
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="New details for a customer.")
class UpdateCustomerInput(CustomerContent):
    customer_id: strawberry.ID = strawberry.field(description="The customer's ID.")
