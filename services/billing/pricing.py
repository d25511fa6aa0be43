"""The lines and discounts of a draft as staff enter them, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from errors import BadInput, Text, gather_refusals, input_path
from models import Company
from services.common.parties import MAX_TAX_NAME
from services.common.validation import check_percent, clean, clean_currency, clean_optional
from values.money import MAX_AMOUNT, Minor, to_minor
from values.pricing import DocumentPrice, LinePrice, Totals, calculate, undiscounted_amount
from values.taxes import TaxCategory, TaxRate, TaxRounding, second_rate

MAX_LINES: Final = 1000
MAX_DECIMALS: Final = 6
"""Of quantities and unit prices."""
_MAX_QUANTITY: Final = Decimal(10**9)
_MAX_UNIT_PRICE: Final = Decimal(10**15)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTax:
    """A second tax on a line, such as QST; the rate is in percent."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line as staff enter it. The unit price is in the currency's main unit, rates in percent."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    unit: str | None = None
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None
    tax_rate: Decimal = Decimal(0)
    tax_category: TaxCategory | None = None
    """None: STANDARD, or ZERO where the rate is 0."""
    tax_name: str | None = None
    """None for the word for the tax in the document's language."""
    second_tax: NamedTax | None = None

    @property
    def tax(self) -> TaxRate:
        """The tax, whose category follows from the rate unless it was entered."""
        return TaxRate(
            category=self.tax_category or TaxCategory.of_rate(self.tax_rate),
            name=clean_optional(self.tax_name, "taxName", most=MAX_TAX_NAME),
            rate=abs(self.tax_rate),  # no negative zero
        )

    @property
    def second(self) -> TaxRate | None:
        """The second tax, if there is one."""
        if self.second_tax is None:
            return None
        name = clean(self.second_tax.name, "name", most=MAX_TAX_NAME)
        return second_rate(name, abs(self.second_tax.rate))

    @property
    def taxes(self) -> tuple[TaxRate, ...]:
        """All its taxes, in order."""
        return (self.tax,) if self.second is None else (self.tax, self.second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """A document's discount: an amount in the currency's main unit, or percent of the lines."""

    amount: Decimal = Decimal(0)
    percent: Decimal | None = None


def choose_currency(company: Company, currency: str | None) -> str:
    """Return `currency`, or the company's for None; BadInput if ISO 4217 doesn't know it."""
    return company.currency if currency is None else clean_currency(currency)


def price(
    lines: Sequence[LineDraft],
    discount: Discount,
    currency: str,
    *,
    prices_include_tax: bool,
    rounding: TaxRounding,
) -> Totals:
    """Return what `lines` less `discount` come to.

    Raises BadInput with the path of what is out of range, such as ("lines", 3, "quantity").
    """
    if not 1 <= len(lines) <= MAX_LINES:
        raise BadInput(Text("There must be 1 to %(most)s lines.", most=MAX_LINES), field="lines")
    with gather_refusals() as refusals:
        prices = [
            refusals.of(check_line, index, line, currency) for index, line in enumerate(lines)
        ]
        refusals.of(_discount_terms, discount, currency)
    return total_of(
        [line for line in prices if line is not None],
        discount,
        currency,
        prices_include_tax=prices_include_tax,
        rounding=rounding,
    )


def total_of(
    lines: Sequence[LinePrice],
    discount: Discount,
    currency: str,
    *,
    prices_include_tax: bool,
    rounding: TaxRounding,
) -> Totals:
    """Return what checked lines less `discount` come to. Raises BadInput as `price` does."""
    amount, percent = _discount_terms(discount, currency)
    totals = calculate(
        DocumentPrice(
            currency=currency,
            lines=lines,
            discount_amount=amount,
            discount_percent=percent,
            prices_include_tax=prices_include_tax,
            rounding=rounding,
        )
    )
    _check_discount(totals, discount, currency)
    if totals.total < 0:
        raise BadInput(Text("The total can't be negative. Use a credit note."), field="lines")
    if max(totals.subtotal, totals.total) > MAX_AMOUNT:
        raise BadInput(Text("The total is out of range."), field="lines")
    return totals


def _discount_terms(discount: Discount, currency: str) -> tuple[Minor, Decimal | None]:
    """Return the amount in minor units, and the percent. Raises BadInput."""
    with gather_refusals() as refusals:
        amount = refusals.of(to_minor, discount.amount, currency, field="discount")
        percent = refusals.of(_check_percent, discount.percent, "discountPercent")
    return amount or Minor(0), percent


def check_line(index: int, line: LineDraft, currency: str) -> LinePrice:
    """Return what the amount of a line is computed from.

    Raises BadInput with the path of what is out of range, such as ("lines", 3, "quantity").
    """
    with input_path("lines", index):
        with gather_refusals() as refusals:
            amount = refusals.of(_undiscounted_amount, line, currency)
            taxes = refusals.of(_taxes, line)
            percent = refusals.of(_check_percent, line.discount_percent, "discountPercent")
            discount = None
            if amount is not None:
                discount = refusals.of(_line_discount, line, amount, currency)
        return LinePrice(
            quantity=line.quantity,
            unit_price=line.unit_price,
            taxes=taxes or (),
            discount_percent=percent,
            discount_amount=discount,
        )


def _undiscounted_amount(line: LineDraft, currency: str) -> Minor:
    with gather_refusals() as refusals:
        refusals.of(_check_quantity, line.quantity)
        refusals.of(_check_decimals, line.unit_price, "unitPrice", _MAX_UNIT_PRICE, MAX_DECIMALS)
    if line.quantity < 0 and line.unit_price < 0:
        raise BadInput(
            Text("Only one of quantity and unit price can be negative."), field="unitPrice"
        )
    amount = undiscounted_amount(line.quantity, line.unit_price, currency)
    if abs(amount) > MAX_AMOUNT:
        raise BadInput(Text("The amount of the line is out of range."), field="unitPrice")
    return amount


def _check_quantity(quantity: Decimal) -> None:
    _check_decimals(quantity, "quantity", _MAX_QUANTITY, MAX_DECIMALS)
    if not quantity:
        raise BadInput(Text("The quantity can't be zero."), field="quantity")


def _taxes(line: LineDraft) -> tuple[TaxRate, ...]:
    check_percent(line.tax_rate, "taxRate")
    first = line.tax
    if not first.category.can_have(first.rate):
        if first.rate:
            raise BadInput(
                Text("Only the category STANDARD has a tax rate above zero."), field="taxRate"
            )
        raise BadInput(
            Text("The category STANDARD needs a tax rate above zero."), field="taxCategory"
        )
    if line.second_tax is None:
        return (first,)
    with input_path("secondTax"):
        check_percent(line.second_tax.rate, "rate")
        second = line.second
        if second is None or second == first:
            raise BadInput(Text("The second tax must differ from the first."), field="name")
    return (first, second)


def _line_discount(line: LineDraft, amount: Minor, currency: str) -> Minor | None:
    if line.discount_amount is None:
        return None
    if line.discount_percent is not None:
        raise BadInput(
            Text("Enter the discount in percent or as an amount, not both."), field="discountAmount"
        )
    discount = to_minor(line.discount_amount, currency, field="discountAmount")
    if not 0 <= discount <= abs(amount):
        raise BadInput(
            Text("The discount must be between zero and the amount of the line."),
            field="discountAmount",
        )
    return discount


def _check_discount(totals: Totals, discount: Discount, currency: str) -> None:
    """Raise BadInput unless the document's discount is between zero and what its lines come to."""
    amount = to_minor(discount.amount, currency, field="discount")
    if amount and discount.percent is not None:
        raise BadInput(
            Text("Enter the discount in percent or as an amount, not both."),
            field="discountPercent",
        )
    if not 0 <= amount <= max(0, totals.amount):
        raise BadInput(
            Text("The discount must be between zero and the subtotal."), field="discount"
        )


def _check_percent(percent: Decimal | None, field: str) -> Decimal | None:
    if percent is not None:
        check_percent(percent, field)
    return percent


def _check_decimals(value: Decimal, field: str, maximum: Decimal, decimals: int) -> None:
    if not -maximum <= value <= maximum or value != round(value, decimals):
        raise BadInput(
            Text(
                "This must be between -%(maximum)s and %(maximum)s,"
                " with at most %(decimals)s decimals.",
                maximum=int(maximum),
                decimals=decimals,
            ),
            field=field,
        )
