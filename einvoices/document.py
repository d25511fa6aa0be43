"""What an e-invoice says, in the terms of EN 16931 and in no syntax. Amounts are in minor units."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from values.money import Minor
from values.parties import PostalAddress
from values.taxes import TaxCategory


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier, and the code of the list that says what it is."""

    value: str
    scheme: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to ask about the invoice (BG-6)."""

    name: str | None
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """The seller (BG-4) or the buyer (BG-7)."""

    name: str
    address: PostalAddress
    vat_id: str | None
    """BT-31, BT-48: only where the document may have it."""
    tax_number: str | None
    """BT-32, where there is no VAT id."""
    identifier: str | None
    """BT-29, for a seller without a better one."""
    registration: Identifier | None
    """BT-30, BT-47: the number in a register, whose scheme is an ICD code."""
    endpoint: Identifier | None
    """BT-34, BT-49: the electronic address, whose scheme is an EAS code."""
    contact: Contact | None


@dataclass(frozen=True, slots=True)
class PrecedingInvoice:
    """The invoice that a credit note corrects (BG-3)."""

    number: str
    issue_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How it is paid (BG-16)."""

    means: str
    """A code of UNTDID 4461 (BT-81)."""
    means_text: str | None = None
    reference: str | None = None
    """BT-83."""
    iban: str | None = None
    bic: str | None = None
    account_holder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """The sum of a category and rate (BG-23). `rate` is in percent."""

    category: TaxCategory
    rate: Decimal
    base: Minor
    tax: Minor
    allowance: Minor
    """The share of the document's discount (BG-20)."""
    reason: str | None
    """Why no tax is charged, in the business's own words (BT-120)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line (BG-25). `net` is after `allowance`, and neither includes tax."""

    name: str
    description: str | None
    quantity: Decimal
    unit: str
    """A code of UN/ECE Recommendation 20 (BT-130)."""
    price: Decimal
    """In the currency's main unit, without tax, never negative."""
    allowance: Minor
    net: Minor
    category: TaxCategory
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EInvoice:
    """An invoice (380), or a credit note (381) with positive amounts."""

    is_credit_note: bool
    number: str
    """Empty while it is a draft."""
    issue_date: date | None
    due_date: date | None
    currency: str
    note: str | None
    buyer_reference: str | None
    order_reference: str | None
    preceding: PrecedingInvoice | None
    seller: Trader
    buyer: Trader
    delivery_date: date | None
    """BT-72, for a supply on one day."""
    period: tuple[date, date] | None
    """BG-14, for one over several days."""
    delivery_address: PostalAddress | None
    """BG-15."""
    payment: Payment
    payment_terms: str | None
    taxes: tuple[Tax, ...]
    second_taxes: tuple[int, ...]
    """The lines that bear a second tax, which no e-invoice can express, counted from 0."""
    lines: tuple[Line, ...]
    line_total: Minor
    allowance_total: Minor
    tax_total: Minor
    total: Minor
    """With tax. It is also what is due, since later payments aren't part of the invoice."""

    @property
    def categories(self) -> frozenset[TaxCategory]:
        """The tax categories of its lines."""
        return frozenset(tax.category for tax in self.taxes)

    @property
    def type_code(self) -> str:
        """The type of document, as UNTDID 1001 codes it (BT-3)."""
        return "381" if self.is_credit_note else "380"
