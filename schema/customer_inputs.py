"""Inputs for writing customers."""

from typing import cast

import strawberry

from schema.enums import EInvoicePreference
from schema.party_details import PartyContent
from services.billing.customers import CustomerChanges


@strawberry.input
class CustomerContent(PartyContent):
    """The fields of a customer. This is not a type of the schema itself."""

    email: str | None = strawberry.field(
        default=strawberry.UNSET, description="The e-mail address that documents are sent to."
    )
    cc_emails: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description="At most 10 e-mail addresses that get a copy of each document that is sent.",
    )
    e_invoice: EInvoicePreference | None = strawberry.field(
        default=strawberry.UNSET,
        description="The form in which the customer wants its invoices. With another one than "
        "`PDF`, they can only be issued if nothing is missing for it. Null is `PDF`.",
    )
    buyer_reference: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="What the customer wants on invoices, for example a Leitweg-ID: up to 100 "
        "characters. It is the default of new documents.",
    )
    language: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A BCP 47 tag with or without a territory, for example `en-GB`. Null is the "
        "company's language.",
    )


@strawberry.input(description="A new customer.")
class CreateCustomerInput(CustomerContent):
    name: str = strawberry.field(description="The name on documents, up to 200 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )

    def details(self) -> CustomerChanges:
        given = self.given()
        del given["idempotency_key"]
        return cast("CustomerChanges", given)


@strawberry.input(
    description="New details for a customer. What is omitted stays as it is, and null removes it."
)
class UpdateCustomerInput(CustomerContent):
    customer_id: strawberry.ID = strawberry.field(description="The customer's ID.")
    name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The name on documents, up to 200 characters. Can't be empty.",
    )

    def changes(self) -> CustomerChanges:
        given = self.given()
        del given["customer_id"]
        return cast("CustomerChanges", given)
