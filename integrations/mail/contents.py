"""What an e-mail says, in words, before it is rendered. One pair of templates renders all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from uuid import UUID

from banking.transfers import BankTransfer
from i18n.addresses import party_address
from i18n.documents import Row
from models import Company, MailCategory
from values.parties import Buyer, Seller


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
class LogoImage:
    """A logo, with the size of the picture in pixels."""

    url: str
    width: int
    height: int

    @property
    def is_wide(self) -> bool:
        """Whether it is likely to be the name of the business, so that nothing else repeats it."""
        return self.width >= _WIDE * self.height


_WIDE: Final = 2.5
"""How many times as wide as high a picture is in which a name is written."""


class Tone(StrEnum):
    """What the state of a document means to the reader, which its colour repeats."""

    INFO = "info"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """What is true: the document, one amount, and its state."""

    heading: str
    amount: str | None = None
    state: str | None = None
    tone: Tone = Tone.INFO


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its label, which names what it does."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What follows the message: what to do about a document, and what it consists of."""

    headline: Headline | None = None
    """None if it is the e-mail's own."""
    button: Link | None = None
    links: Sequence[Link] = ()
    """Further links, below the button."""
    facts: Sequence[Row] = ()
    rows: Sequence[Row] = ()
    """Lines and sums that lead to the total."""
    total: Row | None = None
    after_total: Sequence[Row] = ()
    notes: Sequence[str] = ()
    transfer: BankTransfer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailBody:
    """An e-mail in words, in the recipient's language. Texts are plain, with line breaks."""

    subject: str
    """State, number, business."""
    preheader: str = ""
    """What mail programs show beside the subject: amount and date."""
    headline: Headline | None = None
    greeting: str | None = None
    message: str
    """Paragraphs have an empty line between them."""
    sections: Sequence[Section] = ()
    closing: str | None = None
    reason: str | None = None
    """Why the recipient gets it, for the footer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailContent:
    """An e-mail from a company to one address."""

    id: UUID
    """The permanent id. If an e-mail is sent twice, mail programs can tell that it is the same."""
    category: MailCategory | None
    """None if the e-mail can't be turned off."""
    is_automatic: bool
    """Whether no person has sent it to just this recipient (RFC 3834)."""
    company: Company
    business: Business
    recipient: str
    language: str
    logo: LogoImage | None
    body: EmailBody
    preferences_url: str | None = None
    unsubscribe_url: str | None = None
    """Both are None if the e-mail can't be turned off."""
    attachments: tuple[Attachment, ...] = ()
    addressee: str | None = None
    """Whom it is addressed to, if the recipient gets a copy."""
    copies: tuple[str, ...] = ()
    """Who gets a copy, as all its recipients can see."""
