"""What a PDF shows: a frozen document that other processes can be sent, with no rows behind it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Final

LAYOUT: Final = 2
"""Counts up whenever the same document would come out with other bytes."""


class DocumentKind(StrEnum):
    """What the document is; its title, dates and totals are called by it."""

    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"


@dataclass(frozen=True, slots=True)
class Party:
    """The business or its customer, as the document addresses them."""

    name: str
    address: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    tax_id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line; amounts in minor units, the rate in percent."""

    description: str
    quantity: Decimal
    unit_price: int
    tax_rate: Decimal
    amount: int
    """Quantity times unit price, before discount and tax."""


@dataclass(frozen=True, slots=True)
class TaxShare:
    """The tax at one rate (in percent), in minor units."""

    rate: Decimal
    taxable: int
    """What the tax is due on: the amounts of the lines at that rate, after discount."""
    tax: int


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice, a quote or a credit note. Amounts are minor units of `currency`."""

    kind: DocumentKind
    number: str
    status: str
    """The row's status, e.g. `DRAFT`: a draft and a cancelled document are marked as such."""
    version: datetime
    """When its state last changed: the file's dates."""
    language: str
    currency: str
    business: Party
    customer: Party
    total: int
    accent_color: str
    """The brand's colour, as `#rrggbb`."""
    issue_date: date | None = None
    due_date: date | None = None
    """When an invoice is due; until when a quote is valid."""
    lines: tuple[Line, ...] = ()
    subtotal: int = 0
    discount: int = 0
    taxes: tuple[TaxShare, ...] = ()
    paid: int | None = None
    """Of an invoice what was paid, of a credit note what was used."""
    pending: int = 0
    """Started with the payment provider and not settled yet."""
    due: int | None = None
    """Of an invoice what is to be paid, of a credit note what is left."""
    notes: str | None = None
    link: str | None = None
    """The live page, which the QR code opens."""
    logo: bytes | None = None
    """An image, as PNG or JPEG. What can't be read is left out."""

    def fingerprint(self) -> str:
        """Return 64 hex digits that are the same just where the bytes of the file are."""
        logo = sha256(self.logo).hexdigest() if self.logo else None
        return sha256(f"{LAYOUT} {logo} {replace(self, logo=None)!r}".encode()).hexdigest()
