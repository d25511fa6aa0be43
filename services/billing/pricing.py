"""Lines as staff type them, and what they come to. Whatever has lines is priced here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from auth.staff import Staff
from errors import BadInput
from models import Company
from models.money import MAX_AMOUNT, to_minor
from models.totals import LinePrice, Totals, calculate
from services.common.validation import clean_currency

MAX_LINES: Final = 1000
_MAX_QUANTITY: Final = Decimal(10**9)
_QUANTITY_DECIMALS: Final = 6
_TAX_RATE_DECIMALS: Final = 4
_FULL: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as staff type it: unit price in the document's currency, tax rate in percent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal = Decimal(0)


async def choose_currency(staff: Staff, currency: str | None) -> str:
    """Return `currency`, or the company's for None; BadInput if it is not of ISO 4217."""
    if currency is None:
        return (await Company.get(id=staff.company_id)).currency
    return clean_currency(currency)


def price(lines: Sequence[LineDraft], discount: Decimal, currency: str) -> Totals:
    """Return what `lines` come to with `discount` off; BadInput names what is out of range."""
    if not 1 <= len(lines) <= MAX_LINES:
        message = f"There must be 1 to {MAX_LINES} lines."
        raise BadInput(message, field="lines")
    prices = [_price(line, currency) for line in lines]
    minor = to_minor(discount, currency, field="discount")
    totals = calculate(prices, minor) if minor >= 0 else None
    if totals is None or minor > totals.subtotal:
        message = "The discount must be between nothing and the subtotal."
        raise BadInput(message, field="discount")
    if totals.total > MAX_AMOUNT or totals.subtotal > MAX_AMOUNT:
        message = "The total is out of range."
        raise BadInput(message, field="lines")
    return totals


def _price(line: LineDraft, currency: str) -> LinePrice:
    _check_range(line.quantity, "quantity", most=_MAX_QUANTITY, decimals=_QUANTITY_DECIMALS)
    _check_range(line.tax_rate, "taxRate", most=_FULL, decimals=_TAX_RATE_DECIMALS)
    if not line.quantity:
        message = "The quantity must be more than nothing."
        raise BadInput(message, field="quantity")
    unit_price = to_minor(line.unit_price, currency, field="unitPrice")
    if unit_price < 0:
        message = "The unit price must not be negative. Use the discount."
        raise BadInput(message, field="unitPrice")
    return LinePrice(line.quantity, unit_price, line.tax_rate)


def _check_range(value: Decimal, name: str, *, most: Decimal, decimals: int) -> None:
    if not 0 <= value <= most or value != round(value, decimals):
        message = f"This must be between 0 and {most}, with at most {decimals} decimals."
        raise BadInput(message, field=name)
