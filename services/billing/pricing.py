"""The lines of a draft as staff enter them, and their totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from auth.staff import Staff
from errors import BadInput, input_path
from models import Company
from models.money import MAX_AMOUNT, to_minor
from models.totals import LinePrice, Totals, calculate
from services.common.validation import clean_currency

MAX_LINES: Final = 1000
_MAX_QUANTITY: Final = Decimal(10**9)
_QUANTITY_DECIMALS: Final = 6
_TAX_RATE_DECIMALS: Final = 4
_MAX_TAX_RATE: Final = Decimal(100)
"""In percent."""


@dataclass(frozen=True, slots=True)
class LineDraft:
    """A line as staff enter it: unit price in the document's currency, tax rate in percent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal = Decimal(0)


async def choose_currency(staff: Staff, currency: str | None) -> str:
    """Return `currency`, or the company's for None; BadInput if ISO 4217 doesn't know it."""
    if currency is None:
        return (await Company.get(id=staff.company_id)).currency
    return clean_currency(currency)


def price(lines: Sequence[LineDraft], discount: Decimal, currency: str) -> Totals:
    """Return the totals of `lines` less `discount`.

    Raises BadInput with the path of what is out of range, such as ("lines", 3, "quantity").
    """
    if not 1 <= len(lines) <= MAX_LINES:
        raise BadInput(f"There must be 1 to {MAX_LINES} lines.", field="lines")
    prices = [_price(index, line, currency) for index, line in enumerate(lines)]
    minor = to_minor(discount, currency, field="discount")
    totals = calculate(prices, minor) if minor >= 0 else None
    if totals is None or minor > totals.subtotal:
        raise BadInput("The discount must be between zero and the subtotal.", field="discount")
    if totals.total > MAX_AMOUNT or totals.subtotal > MAX_AMOUNT:
        raise BadInput("The total is out of range.", field="lines")
    return totals


def _price(index: int, line: LineDraft, currency: str) -> LinePrice:
    with input_path("lines", index):
        _check_range(line.quantity, "quantity", maximum=_MAX_QUANTITY, decimals=_QUANTITY_DECIMALS)
        _check_range(line.tax_rate, "taxRate", maximum=_MAX_TAX_RATE, decimals=_TAX_RATE_DECIMALS)
        if not line.quantity:
            raise BadInput("The quantity must be greater than zero.", field="quantity")
        unit_price = to_minor(line.unit_price, currency, field="unitPrice")
        if unit_price < 0:
            raise BadInput("The unit price can't be negative. Use the discount.", field="unitPrice")
    return LinePrice(quantity=line.quantity, unit_price=unit_price, tax_rate=line.tax_rate)


def _check_range(value: Decimal, field: str, *, maximum: Decimal, decimals: int) -> None:
    if not 0 <= value <= maximum or value != round(value, decimals):
        message = f"This must be between 0 and {maximum}, with at most {decimals} decimals."
        raise BadInput(message, field=field)
