"""What staff see and change of a customer and of their own company alike.

Nothing here is a type of the schema itself.
"""

from decimal import Decimal
from typing import Any

import strawberry

from i18n.addresses import format_address
from models.parties import PartyModel
from schema.enums import TaxCategory
from schema.lines import plain_or_none
from schema.parties import PostalAddress, PostalAddressInput


@strawberry.type
class PartyDetails:
    """The fields of customers and of the company."""

    name: str = strawberry.field(description="The name on documents.")
    address: str | None = strawberry.field(
        description="The postal address with line breaks, also where it is known in parts."
    )
    postal_address: PostalAddress | None = strawberry.field(
        description="The postal address in parts; null where it is known as one text only."
    )
    tax_id: str | None = strawberry.field(description="The VAT ID, or else the tax number.")
    vat_id: str | None = strawberry.field(
        description="The VAT ID, with its country's prefix and without spaces."
    )
    tax_number: str | None = strawberry.field(description="The national tax number.")
    registration_id: str | None = strawberry.field(
        description="The number in a register of businesses."
    )
    registration_scheme: str | None = strawberry.field(
        description="The register: an ICD code (ISO 6523), for example `0002` for SIREN."
    )
    endpoint: str | None = strawberry.field(
        description="The electronic address for e-invoices: a code of the EAS list and an "
        "identifier, for example `0088:4012345000009`."
    )
    payment_days: int | None = strawberry.field(
        description="Days from the issue date to the due date of invoices without one."
    )
    default_notes: str | None = strawberry.field(
        description="The notes of new documents that are created without any."
    )
    default_tax_category: TaxCategory | None = strawberry.field(
        description="The tax category that the dashboard suggests for new lines."
    )
    default_tax_name: str | None = strawberry.field(
        description="The name of the tax that the dashboard suggests for new lines."
    )
    default_tax_rate: Decimal | None = strawberry.field(
        description="The tax rate in percent that the dashboard suggests for new lines."
    )


def party_details(party: PartyModel, language: str) -> dict[str, Any]:
    """Return the values of PartyDetails' fields by name, with the address in `language`."""
    address = party.postal_address
    return {
        "name": party.name,
        "address": format_address(address, language) if address else party.address,
        "postal_address": PostalAddress.of(address, language),
        "tax_id": party.tax_id,
        "vat_id": party.vat_id,
        "tax_number": party.tax_number,
        "registration_id": party.registration_id,
        "registration_scheme": party.registration_scheme,
        "endpoint": party.endpoint,
        "payment_days": party.payment_days,
        "default_notes": party.default_notes,
        "default_tax_category": party.default_tax_category,
        "default_tax_name": party.default_tax_name,
        "default_tax_rate": plain_or_none(party.default_tax_rate),
    }


@strawberry.input
class PartyContent:
    """The fields in inputs. What is omitted stays as it is, and null removes it."""

    address: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The postal address as one text, up to 1,000 characters. Use `postalAddress` "
        "instead if you know its parts.",
    )
    postal_address: PostalAddressInput | None = strawberry.field(
        default=strawberry.UNSET, description="The postal address in parts."
    )
    tax_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A number of up to 50 characters that may be a VAT ID or a tax number. Use "
        "`vatId` and `taxNumber` instead if you know which.",
    )
    vat_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The VAT ID. The check digits of European ones are checked.",
    )
    tax_number: str | None = strawberry.field(
        default=strawberry.UNSET, description="The national tax number, up to 50 characters."
    )
    registration_id: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The number in a register of businesses, up to 50 characters.",
    )
    registration_scheme: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The register: an ICD code of four digits (ISO 6523).",
    )
    endpoint: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The electronic address for e-invoices: a code of the EAS list, a colon and "
        "an identifier.",
    )
    payment_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Days from the issue date to the due date of invoices without one, 0 to 3,650.",
    )
    default_notes: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The notes of documents that are created without any, up to 10,000 characters.",
    )
    default_tax_category: TaxCategory | None = strawberry.field(
        default=strawberry.UNSET,
        description="The tax category that the dashboard suggests for new lines.",
    )
    default_tax_name: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="The name of the tax that the dashboard suggests, up to 50 characters.",
    )
    default_tax_rate: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="The tax rate in percent that the dashboard suggests for new lines.",
    )

    def given(self) -> dict[str, Any]:
        """Return what was given by column, with the address as services know it."""
        values = {
            name: value for name, value in vars(self).items() if value is not strawberry.UNSET
        }
        address = values.get("postal_address")
        return values | {"postal_address": address.address()} if address else values
