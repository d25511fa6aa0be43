"""The sender and the recipient of a document, and their addresses."""

from typing import Self

import strawberry

import models
from core.urls import Urls
from i18n.addresses import format_address
from models import parties


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
    def of(cls, address: parties.PostalAddress | None, language: str) -> Self | None:
        if address is None:
            return None
        return cls(
            lines=list(address.lines),
            postal_code=address.postal_code,
            city=address.city,
            region=address.region,
            country=address.country,
            formatted=format_address(address, language),
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
    tax_id: str | None = strawberry.field(description="The VAT id, or else the tax number.")
    vat_id: str | None = strawberry.field(description="The VAT id.")
    tax_number: str | None = strawberry.field(description="The national tax number.")

    @classmethod
    def of(cls, company: models.Company, urls: Urls, seller: parties.Seller | None = None) -> Self:
        """Return the business as it is now, or as `seller` on a document."""
        seller = seller or company.seller
        return cls(
            name=seller.name,
            logo_url=urls.logo(company.logo_digest),
            address=address_text(seller, company.language),
            email=company.email,
            phone=company.phone,
            website=company.website,
            tax_id=seller.tax_ids.vat_id or seller.tax_ids.tax_number,
            vat_id=seller.tax_ids.vat_id,
            tax_number=seller.tax_ids.tax_number,
        )


@strawberry.type(description="The recipient of a document.")
class BillTo:
    name: str = strawberry.field(description="The customer's name.")
    email: str | None = strawberry.field(description="The customer's e-mail address.")
    address: str | None = strawberry.field(description="The customer's postal address.")
    tax_id: str | None = strawberry.field(description="The VAT id, or else the tax number.")
    vat_id: str | None = strawberry.field(description="The customer's VAT id.")
    tax_number: str | None = strawberry.field(description="The customer's national tax number.")

    @classmethod
    def of(cls, buyer: parties.Buyer, language: str) -> Self:
        return cls(
            name=buyer.name,
            email=buyer.email,
            address=address_text(buyer, language),
            tax_id=buyer.tax_ids.vat_id or buyer.tax_ids.tax_number,
            vat_id=buyer.tax_ids.vat_id,
            tax_number=buyer.tax_ids.tax_number,
        )


def address_text(party: parties.Party, language: str) -> str | None:
    """Return the address with line breaks, whether it is known in parts or not."""
    return format_address(party.address, language) if party.address else party.free_address
