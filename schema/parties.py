"""The sender and the recipient of a document, and their addresses."""

from typing import Final, Self

import strawberry

import models
from core.urls import Urls
from i18n.addresses import format_address, party_address
from i18n.tax_ids import format_tax_ids
from models.documents import PricedDocument
from schema.lazy_fields import inner_field, lazy_field
from values import parties

DIRECTION: Final = "The direction in which the language is written, as in HTML: `ltr` or `rtl`."


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

    name: str = inner_field("party.name", "The name.")
    address: str | None = lazy_field(
        "The postal address with line breaks. The country is named only if the other party is in "
        "another one."
    )
    postal_address: PostalAddress | None = lazy_field(
        "The postal address in parts; null where it is known as one text only."
    )
    email: str | None = inner_field("contact.email", "The e-mail address.")
    tax_id: str | None = inner_field("party.tax_ids.tax_id", "The VAT ID, or else the tax number.")
    vat_id: str | None = inner_field(
        "party.tax_ids.vat_id", "The VAT ID, with its country's prefix and without spaces."
    )
    tax_number: str | None = inner_field("party.tax_ids.tax_number", "The national tax number.")
    party: strawberry.Private[parties.Party]
    contact: strawberry.Private[models.Company | parties.Buyer]
    """Where its e-mail address is."""
    language: strawberry.Private[str]
    home: strawberry.Private[str | None]
    """The country of the other party."""

    def make_address(self) -> str | None:
        return party_address(self.party, self.language, home=self.home)

    def make_postal_address(self) -> PostalAddress | None:
        return PostalAddress.of(self.party.address, self.language, home=self.home)

    @property
    def labelled_tax_ids(self) -> list[str]:
        """Its tax ids with their names."""
        return format_tax_ids(self.party.tax_ids, self.party.country, self.language)


@strawberry.type(description="The business that sent a document.")
class Business(Party):
    logo_url: str | None = lazy_field(
        "The logo's URL, a PNG of at most 600 by 200 pixels; null if there is none."
    )
    phone: str | None = inner_field("contact.phone", "The phone number.")
    website: str | None = inner_field("contact.website", "The website's URL.")
    accent_color: str = inner_field(
        "contact.accent", "The colour of the business on its pages, as `#rrggbb`."
    )
    footer: str | None = inner_field(
        "party.footer", "What the business prints below its documents, with line breaks."
    )
    contact: strawberry.Private[models.Company]
    """The company as it is now."""
    urls: strawberry.Private[Urls]

    def make_logo_url(self) -> str | None:
        return self.urls.logo(self.contact.logo_digest)

    @classmethod
    def of(cls, company: models.Company, urls: Urls, language: str) -> Self:
        """Return the business as it is now."""
        return cls(party=company.seller, contact=company, language=language, home=None, urls=urls)

    @classmethod
    def on(cls, document: PricedDocument, urls: Urls, language: str) -> Self:
        """Return the business as `document` names it; how to reach it follows the company."""
        return cls(
            party=document.seller,
            contact=document.company,
            language=language,
            home=document.buyer.country,
            urls=urls,
        )


@strawberry.type(description="The recipient of a document.")
class BillTo(Party):
    @classmethod
    def of(cls, customer: models.Customer, language: str) -> Self:
        """Return the customer as it is now, fetched with its company."""
        buyer = customer.buyer
        return cls(party=buyer, contact=buyer, language=language, home=customer.company.country)

    @classmethod
    def on(cls, document: PricedDocument, language: str) -> Self:
        """Return the customer as `document` names it."""
        buyer = document.buyer
        return cls(party=buyer, contact=buyer, language=language, home=document.seller.country)
