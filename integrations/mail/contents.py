"""What an e-mail says, before it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from i18n.addresses import party_address
from models import Company, MailKind
from models.parties import Buyer, Seller


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to an e-mail."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Business:
    """The business as the e-mail names it, and how to reach it."""

    name: str
    address: str | None
    email: str | None
    phone: str | None
    website: str | None

    @classmethod
    def of(
        cls, company: Company, seller: Seller, language: str, buyer: Buyer | None = None
    ) -> Self:
        """Return the business as `seller` on a document; how to reach it follows the company."""
        return cls(
            name=seller.name,
            address=party_address(seller, language, home=buyer.country if buyer else None),
            email=company.email,
            phone=company.phone,
            website=company.website,
        )


@dataclass(frozen=True, slots=True)
class EmailContent:
    """An e-mail from a company to one address. `values` are for the template of its kind."""

    id: UUID
    """The permanent id. If an e-mail is sent twice, mail programs can tell that it is the same."""
    kind: MailKind
    company: Company
    business: Business
    recipient: str
    language: str
    logo_url: str | None
    values: Mapping[str, object]
    preferences_url: str | None = None
    unsubscribe_url: str | None = None
    """Both are None if the e-mail can't be turned off."""
    attachments: tuple[Attachment, ...] = ()
    addressee: str | None = None
    """Whom it is addressed to, if the recipient gets a copy."""
    copies: tuple[str, ...] = ()
    """Who gets a copy, as all its recipients can see."""
