"""The lines of a document's form: what was entered, and what it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from decimal import Decimal
from functools import cache
from typing import Any, Final

from starlette.datastructures import FormData

from errors import BadInput, gather_refusals, input_path
from i18n.formatting import format_number, format_plain
from i18n.locales import DEFAULT_LANGUAGE
from i18n.parsing import has_percent_sign
from i18n.units import unit_names
from models import Company, CreditNote, Customer, Invoice, Quote
from services.billing.copies import line_draft
from services.billing.loaders import lines_of
from services.billing.pricing import Discount, LineDraft, NamedTax
from values.taxes import TaxCategory
from web.dashboard.forms.fields import (
    Form,
    Parser,
    parse_percent,
    parse_price,
    parse_quantity,
    parse_share,
)

LABELS: Final = {
    "unitPrice": "price",
    "taxRate": "tax",
    "taxCategory": "tax category",
    "taxName": "name of the tax",
    "discountPercent": "discount",
    "discountAmount": "discount",
    "secondTax.name": "name of the second tax",
    "secondTax.rate": "second tax",
}
"""Labels of inputs that differ from their name in errors."""
INPUTS: Final = {
    "unitPrice": "unit_price",
    "taxRate": "tax_rate",
    "taxCategory": "tax_category",
    "taxName": "tax_name",
    "discountPercent": "line_discount",
    "discountAmount": "line_discount",
    "secondTax": "second_tax_name",
    "secondTax.name": "second_tax_name",
    "secondTax.rate": "second_tax_rate",
}
"""Names of inputs that differ from their name in errors."""

CATEGORIES: Final = (
    ("", "Based on the rate"),
    (TaxCategory.EXEMPT, "Exempt"),
    (TaxCategory.REVERSE_CHARGE, "Reverse charge"),
    (TaxCategory.INTRA_COMMUNITY, "Intra-Community supply"),
    (TaxCategory.EXPORT, "Export"),
    (TaxCategory.OUT_OF_SCOPE, "Not subject to tax"),
)
"""The categories of lines that aren't taxed; others follow from the rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line of a document as it was entered. The names are those of the inputs."""

    description: str = ""
    quantity: str = ""
    unit: str = ""
    unit_price: str = ""
    tax_rate: str = ""
    line_discount: str = ""
    """An amount, or with a percent sign a share of the line."""
    tax_category: str = ""
    tax_name: str = ""
    second_tax_name: str = ""
    second_tax_rate: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was entered. Taxes and units are filled in for a new line."""
        return not f"{self.description}{self.quantity}{self.unit_price}".strip()

    @property
    def has_details(self) -> bool:
        """Whether something is entered in the inputs that are folded away at first."""
        second_tax = self.second_tax_name, self.second_tax_rate
        return any((self.line_discount, self.tax_category, self.tax_name, *second_tax))


_INPUTS: Final = tuple(field.name for field in dataclass_fields(LineInput))


def all_lines(submitted: FormData) -> list[LineInput]:
    """Return the lines of a form as they are on its page, with those that are empty."""
    columns = [list(map(str, submitted.getlist(name))) for name in _INPUTS]
    count = len(columns[0])
    filled = [column + [""] * (count - len(column)) for column in columns]
    return [
        LineInput(**dict(zip(_INPUTS, cells, strict=True))) for cells in zip(*filled, strict=False)
    ]


def submitted_lines(submitted: FormData) -> list[LineInput]:
    """Return the lines that are not empty."""
    return [line for line in all_lines(submitted) if not line.is_empty]


def parse_lines(form: Form) -> list[LineDraft]:
    """Return the form's lines. Raises BadInput with the paths of all cells that can't be parsed."""
    with gather_refusals() as refusals:
        lines = [
            refusals.of(parse_line, index, line, form.locale)
            for index, line in enumerate(submitted_lines(form.submitted))
        ]
    return [line for line in lines if line is not None]


def parse_line(index: int, line: LineInput, locale: str) -> LineDraft:
    """Return the line at an index. Raises BadInput with all cells that can't be parsed."""
    with input_path("lines", index), gather_refusals() as refusals:
        quantity = refusals.of(
            _parse_cell, parse_quantity, line.quantity or "1", locale, "quantity"
        )
        unit_price = refusals.of(_parse_cell, parse_price, line.unit_price, locale, "unitPrice")
        tax_rate = refusals.of(_parse_cell, parse_percent, line.tax_rate or "0", locale, "taxRate")
        discount = refusals.of(parse_discount, line.line_discount, locale, "discountAmount")
        category = refusals.of(_parse_category, line.tax_category)
        second_tax = refusals.of(_parse_second_tax, line, locale)
    amount, percent = discount or (None, None)
    return LineDraft(
        description=line.description,
        quantity=quantity or Decimal(0),
        unit=parse_unit(line.unit),
        unit_price=unit_price or Decimal(0),
        discount_percent=percent,
        discount_amount=amount,
        tax_rate=tax_rate or Decimal(0),
        tax_category=category,
        tax_name=line.tax_name,
        second_tax=second_tax,
    )


def _parse_cell(parse: Parser[Decimal], text: str, locale: str, error_name: str) -> Decimal:
    try:
        return parse(text, locale)
    except ValueError as error:
        raise BadInput(str(error), field=error_name) from None


def parse_discount(
    text: str, locale: str, error_name: str
) -> tuple[Decimal | None, Decimal | None]:
    """Return a discount as an amount or in percent, whichever was entered: "5.00" or "10%"."""
    if not text.strip():
        return None, None
    number = _parse_cell(parse_share, text, locale, error_name)
    return (None, number) if has_percent_sign(text) else (number, None)


def parse_document_discount(text: str, locale: str) -> Discount:
    """Return the discount of a whole document. Raises BadInput."""
    amount, percent = parse_discount(text, locale, "discount")
    return Discount(amount=amount or Decimal(0), percent=percent)


def format_discount(amount: Decimal, percent: Decimal | None, currency: str, language: str) -> str:
    """Return a discount as it is entered."""
    if percent is not None:
        return f"{format_number(percent.normalize(), language)}%"
    return format_plain(amount, currency, language) if amount else ""


def parse_unit(text: str) -> str | None:
    """Return the code of a unit that was entered by its name, or else the text."""
    typed = text.strip()
    return _unit_codes().get(typed.casefold(), typed) or None


@cache
def _unit_codes() -> Mapping[str, str]:
    """Return the codes of units by their names."""
    return {name.casefold(): code for code, name in unit_names(DEFAULT_LANGUAGE).items()}


def parse_category(text: str, _: str) -> TaxCategory:
    """Return the category that was chosen. Raises ValueError with a message for the reader."""
    if text not in TaxCategory.__members__:
        raise ValueError("Choose a tax category from the list.")
    return TaxCategory(text)


def _parse_category(text: str) -> TaxCategory | None:
    try:
        return parse_category(text, "") if text else None
    except ValueError as error:
        raise BadInput(str(error), field="taxCategory") from None


def _parse_second_tax(line: LineInput, locale: str) -> NamedTax | None:
    if not line.second_tax_name.strip() and not line.second_tax_rate.strip():
        return None
    with input_path("secondTax"):
        rate = _parse_cell(parse_percent, line.second_tax_rate or "0", locale, "rate")
    return NamedTax(name=line.second_tax_name, rate=rate)


async def stored_lines(document: Invoice | Quote | CreditNote, language: str) -> list[LineInput]:
    """Return the lines of a draft, to be edited."""
    lines = await lines_of(document)
    drafts = [line_draft(line, document.currency) for line in lines]
    return entered_lines(drafts, document.currency, language)


def entered_lines(lines: Sequence[LineDraft], currency: str, language: str) -> list[LineInput]:
    """Return lines as they are entered, to be edited."""
    return [_entered_line(line, currency, language) for line in lines]


def _entered_line(line: LineDraft, currency: str, language: str) -> LineInput:
    names = unit_names(DEFAULT_LANGUAGE)
    second = line.second_tax
    return LineInput(
        description=line.description,
        quantity=_number(line.quantity, language),
        unit=names.get(line.unit or "", line.unit or ""),
        unit_price=format_plain(line.unit_price, currency, language),
        tax_rate=_percent(line.tax_rate, language),
        line_discount=format_discount(
            line.discount_amount or Decimal(0), line.discount_percent, currency, language
        ),
        tax_category=category_option(line.tax_category),
        tax_name=line.tax_name or "",
        second_tax_name=second.name if second else "",
        second_tax_rate=_percent(second.rate, language) if second else "",
    )


def new_line(company: Company, customer: Customer | None, language: str) -> LineInput:
    """Return an empty line with the tax that the customer or else the company usually has."""
    party = customer if customer and customer.has_default_tax else company
    rate = party.default_tax_rate
    return LineInput(
        tax_rate="" if rate is None else _percent(rate, language),
        tax_category=category_option(party.default_tax_category),
        tax_name=party.default_tax_name or "",
    )


def line_values(lines: Sequence[LineInput], blank: LineInput) -> dict[str, Any]:
    """Return what the template of the lines needs; those that are added look like `blank`."""
    return {
        "lines": lines,
        "blank": blank,
        "categories": CATEGORIES,
        "units": sorted(unit_names(DEFAULT_LANGUAGE).values(), key=str.casefold),
    }


def category_option(category: TaxCategory | None) -> str:
    """Return the category's option, which is empty where it follows from the rate."""
    return "" if category is None or category.follows_from_rate else str(category)


def _number(value: Decimal, language: str) -> str:
    return format_number(value.normalize(), language)


def _percent(value: Decimal, language: str) -> str:
    return f"{_number(value, language)}%"
