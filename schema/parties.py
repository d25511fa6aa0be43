"""The sender and the recipient of a document, and their addresses."""

from typing import Any, Self

import strawberry

import models
from core.urls import Urls
from i18n.addresses import format_address, party_address
from i18n.tax_ids import format_tax_ids
from models import parties
from models.documents import PricedDocument


@strawberry.type(description="A postal address.")
class PostalAddress:
    lines: list[str] = strawberry.field(description="Street, house number and the like.")
    postal_code: str | None = strawberry.field(description="The postal code.")
    city: str | None = strawberry.field(description="The city.")
    region: str | None = strawberry.field(description="The state, province or canton.")
    country: str | None = strawberry.field(description="An ISO 3166-1 alpha-2 code.")
    formatted: str = strawberry.field(
        description="The address as it is written in its country, with line breaks."
    )

    @classmethod
    def of(
        cls, address: parties.PostalAddress | None, language: str, *, home: str | None = None
    ) -> Self | None:
        """Return the address, formatted without the country if that is `home`."""
        if address is None:
            return None
        return cls(
            lines=list(address.lines),
            postal_code=address.postal_code,
            city=address.city,
            region=address.region,
            country=address.country,
            formatted=format_address(address, language, home=home),
        )


@strawberry.input(description="A postal address.")
class PostalAddressInput:
    lines: list[str] = strawberry.field(
        description="Street, house number and the like: at most 3 lines of up to 100 characters."
    )
    postal_code: str | None = strawberry.field(default=None, description="Up to 20 characters.")
    city: str | None = strawberry.field(default=None, description="Up to 100 characters.")
    region: str | None = strawberry.field(
        default=None, description="The state, province or canton, up to 100 characters."
    )
    country: str | None = strawberry.field(
        default=None, description="An ISO 3166-1 alpha-2 code, for example `DE`."
    )

    def address(self) -> parties.PostalAddress:
        return parties.PostalAddress(
            lines=tuple(self.lines),
            postal_code=self.postal_code,
            city=self.city,
            region=self.region,
            country=self.country,
        )


@strawberry.type
class Party:
    """The fields of both parties. Not a type of the schema itself."""

    name: str = strawberry.field(description="The name.")
    address: str | None = strawberry.field(
        description="The postal address with line breaks. The country is named only if the other "
        "party is in another one."
    )
    postal_address: PostalAddress | None = strawberry.field(
        description="The postal address in parts; null where it is known as one text only."
    )
    email: str | None = strawberry.field(description="The e-mail address.")
    tax_id: str | None = strawberry.field(description="The VAT ID, or else the tax number.")
    vat_id: str | None = strawberry.field(
        description="The VAT ID, with its country's prefix and without spaces."
    )
    tax_number: str | None = strawberry.field(description="The national tax number.")
    labelled_tax_ids: strawberry.Private[list[str]]


def _party_fields(
    party: parties.Party, language: str, other: parties.Party | None
) -> dict[str, Any]:
    """Return the values of Party's fields but the e-mail address; `other` is the other party."""
    tax_ids = party.tax_ids
    return {
        "name": party.name,
        "address": party_address(party, language, other=other),
        "postal_address": PostalAddress.of(
            party.address, language, home=other.country if other else None
        ),
        "tax_id": tax_ids.vat_id or tax_ids.tax_number,
        "vat_id": tax_ids.vat_id,
        "tax_number": tax_ids.tax_number,
        "labelled_tax_ids": format_tax_ids(tax_ids, party.country, language),
    }


@strawberry.type(description="The business that sent a document.")
class Business(Party):
    logo_url: str | None = strawberry.field(
        description="The logo's URL, a PNG of at most 600 by 200 pixels; null if there is none."
    )
    phone: str | None = strawberry.field(description="The phone number.")
    website: str | None = strawberry.field(description="The website's URL.")
    footer: str | None = strawberry.field(
        description="What the business prints below its documents, with line breaks."
    )

    @classmethod
    def of(cls, company: models.Company, urls: Urls, language: str) -> Self:
        """Return the business as it is now."""
        return cls._of(company.seller, company, urls, language, None)

    @classmethod
    def on(cls, document: PricedDocument, urls: Urls, language: str) -> Self:
        """Return the business as `document` names it; how to reach it follows the company."""
        return cls._of(document.seller, document.company, urls, language, document.buyer)

    @classmethod
    def _of(
        cls,
        seller: parties.Seller,
        company: models.Company,
        urls: Urls,
        language: str,
        buyer: parties.Buyer | None,
    ) -> Self:
        return cls(
            **_party_fields(seller, language, buyer),
            logo_url=urls.logo(company.logo_digest),
            email=company.email,
            phone=company.phone,
            website=company.website,
            footer=seller.footer,
        )


@strawberry.type(description="The recipient of a document.")
class BillTo(Party):
    @classmethod
    def of(cls, customer: models.Customer, language: str) -> Self:
        """Return the customer as it is now, fetched with its company."""
        buyer = customer.buyer
        return cls(
            **_party_fields(buyer, language, customer.company.seller),
            email=buyer.email,
        )

    @classmethod
    def on(cls, document: PricedDocument, language: str) -> Self:
        """Return the customer as `document` names it."""
        buyer = document.buyer
        return cls(**_party_fields(buyer, language, document.seller), email=buyer.email)
