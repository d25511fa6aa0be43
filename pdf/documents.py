"""The content of a PDF: a frozen document, without rows, that other processes can receive."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Final, Protocol

from banking.transfers import BankTransfer
from values.parties import PaperSize
from values.payments import HistoryEntry
from values.taxes import TaxCategory, TaxTotal

LAYOUT_VERSION: Final = 14
"""Increase it whenever the bytes of an unchanged document change."""


class DocumentKind(StrEnum):
    """The kind of a document, which decides its title and labels."""

    INVOICE = "INVOICE"
    QUOTE = "QUOTE"
    CREDIT_NOTE = "CREDIT_NOTE"
    RECEIPT = "RECEIPT"
    STATEMENT = "STATEMENT"


@dataclass(frozen=True, slots=True)
class Party:
    """The business or its customer, as shown on the document."""

    name: str
    address: str | None = None
    email: str | None = None
    phone: str | None = None
    website: str | None = None
    tax_ids: tuple[str, ...] = ()
    """Its numbers with their names: "VAT ID: DE136695976"."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line. Amounts are in minor units, the unit price in main units, rates in percent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    amount: int
    """Quantity times unit price less the line's own discount; with tax where prices include it."""
    unit: str | None = None
    discount_percent: Decimal | None = None
    discount_amount: int = 0
    """The line's own discount."""
    tax_category: TaxCategory = TaxCategory.STANDARD
    tax_name: str | None = None
    second_tax_name: str | None = None
    second_tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class CorrectedInvoice:
    """The invoice that a credit note corrects."""

    number: str | None
    issue_date: date | None


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A row of a statement, in words."""

    day: date | None
    """None for the balances at the beginning and at the end."""
    text: str
    amount: str
    """Empty if it changes no balance."""
    balance: str


@dataclass(frozen=True, slots=True)
class StatementTable:
    """A statement in one currency: the first row is the balance before it, the last one after."""

    heading: str
    rows: tuple[StatementRow, ...]


class EmbeddedXml(Protocol):
    """An XML file inside a PDF, which is written where the PDF is rendered."""

    def fingerprint(self) -> str:
        """Return 64 hex digits that change whenever the bytes do."""

    def write(self) -> bytes:
        """Return the file."""


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """A document, a receipt or a statement. Amounts are minor units of `currency`."""

    kind: DocumentKind
    number: str
    """Empty while it is a draft; the paid invoice's on a receipt, and the period of a statement."""
    status: str
    """The row's status, for example `DRAFT`, which can show as a watermark."""
    version: datetime
    """When the document last changed; the file's dates."""
    language: str
    currency: str
    business: Party
    customer: Party
    total: int
    """On a receipt, the amount of the payment."""
    accent_color: str
    """The brand's colour, as `#rrggbb`."""
    issue_date: date | None = None
    """On a receipt, the day of the payment."""
    due_date: date | None = None
    """An invoice's due date, or the last day on which a quote is valid."""
    corrected_invoice: CorrectedInvoice | None = None
    lines: tuple[Line, ...] = ()
    prices_include_tax: bool = False
    subtotal: int = 0
    discount_percent: Decimal | None = None
    discount_amount: int = 0
    """The discount as it was entered: with tax where prices include it."""
    taxes: tuple[TaxTotal, ...] = ()
    country: str | None = None
    """The business's country, which decides what the tax is called."""
    tax_reasons: tuple[str, ...] = ()
    """Why lines have no tax."""
    period_start: date | None = None
    period_end: date | None = None
    purchase_order: str | None = None
    buyer_reference: str | None = None
    delivery_address: str | None = None
    payment_terms: str | None = None
    paid_with: HistoryEntry | None = None
    """The payment of a receipt."""
    history: tuple[HistoryEntry, ...] = ()
    """What changed the amount due on an invoice, at the times of the company's time zone.

    On a receipt, how much of the payment was refunded or disputed since.
    """
    paid: int | None = None
    """What was paid on an invoice, or applied to invoices of a credit note."""
    paid_out: int = 0
    """What of a credit note was paid out."""
    pending: int = 0
    """Payments that are not settled yet."""
    due: int | None = None
    """What is left to pay on an invoice, also on its receipts, or left of a credit note."""
    transfer: BankTransfer | None = None
    """How to pay an invoice by bank transfer, while something is due."""
    statements: tuple[StatementTable, ...] = ()
    """The tables of a statement of account, one for each currency."""
    notes: str | None = None
    reason: str | None = None
    """Why a credit note was issued."""
    acceptance: str | None = None
    """Who accepted a quote and when, and what they wrote, in words."""
    footer: str | None = None
    """What the business prints below its documents."""
    paper_size: PaperSize = PaperSize.A4
    link: str | None = None
    """The URL of the live page, also in the QR code."""
    logo: bytes | None = None
    """A PNG or JPEG file. One that can't be read is left out."""
    e_invoice: EmbeddedXml | None = None
    """The e-invoice in the file, as Factur-X."""

    def fingerprint(self) -> str:
        """Return 64 hex digits that change whenever the bytes of the PDF do."""
        files = [
            sha256(self.logo or b"").hexdigest(),
            self.e_invoice.fingerprint() if self.e_invoice else None,
        ]
        others = replace(self, logo=None, e_invoice=None)
        return sha256(f"{LAYOUT_VERSION} {files} {others!r}".encode()).hexdigest()
