"""What staff may enter as lines and discounts."""

from decimal import Decimal
from typing import Any, Final

import pytest

from errors import BadInput
from services.billing.pricing import Discount, LineDraft, NamedTax, price
from values.pricing import Totals
from values.taxes import TaxCategory, TaxRounding

NO_DISCOUNT: Final = Discount()


def _line(**content: Any) -> LineDraft:
    """Return a line of 100.00 at 19 %, but for `content`."""
    line = {"quantity": Decimal(1), "unit_price": Decimal(100), "tax_rate": Decimal(19)}
    return LineDraft(description="Work", **line | content)


def _price(*lines: LineDraft, discount: Discount = NO_DISCOUNT, included: bool = False) -> Totals:
    return price(
        lines,
        discount,
        "EUR",
        prices_include_tax=included,
        rounding=TaxRounding.HALF_UP,
    )


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.0000001")}, "quantity"),
        ({"quantity": Decimal(10**9 + 1)}, "quantity"),
        ({"quantity": Decimal(-1), "unit_price": Decimal(-1)}, "unitPrice"),
        ({"unit_price": Decimal("0.0000001")}, "unitPrice"),
        ({"unit_price": Decimal(10**14)}, "unitPrice"),
        ({"unit_price": Decimal(-(10**14))}, "unitPrice"),
        ({"quantity": Decimal(10**9), "unit_price": Decimal(10**15)}, "unitPrice"),
        ({"tax_rate": Decimal(-1)}, "taxRate"),
        ({"tax_rate": Decimal("100.01")}, "taxRate"),
        ({"tax_rate": Decimal("7.00001")}, "taxRate"),
        ({"tax_category": TaxCategory.EXPORT}, "taxRate"),
        ({"tax_category": TaxCategory.STANDARD, "tax_rate": Decimal(0)}, "taxCategory"),
        ({"tax_name": "x" * 51}, "taxName"),
        ({"discount_percent": Decimal(101)}, "discountPercent"),
        ({"discount_percent": Decimal(1), "discount_amount": Decimal(1)}, "discountAmount"),
        ({"discount_amount": Decimal("100.01")}, "discountAmount"),
        ({"discount_amount": Decimal(-1)}, "discountAmount"),
        ({"discount_amount": Decimal("0.001")}, "discountAmount"),
        ({"quantity": Decimal(-1), "discount_amount": Decimal(101)}, "discountAmount"),
    ],
)
def test_what_is_out_of_range_is_named_with_its_line(content: dict[str, Any], field: str) -> None:
    # A discount of 100 % would hide a line whose amount is too large for the database.
    if "unit_price" in content:
        content = {"discount_percent": Decimal(100), **content}
    with pytest.raises(BadInput) as refusal:
        _price(_line(), _line(**content))
    assert refusal.value.path == ("lines", 1, field)


@pytest.mark.parametrize(
    ("second_tax", "field"),
    [
        (NamedTax(name="VAT", rate=Decimal(19)), "name"),
        (NamedTax(name="QST", rate=Decimal(-1)), "rate"),
        (NamedTax(name=" ", rate=Decimal(1)), "name"),
    ],
)
def test_a_second_tax_needs_a_name_and_differs_from_the_first(
    second_tax: NamedTax, field: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        _price(_line(tax_name="VAT", second_tax=second_tax))
    assert refusal.value.path == ("lines", 0, "secondTax", field)


@pytest.mark.parametrize(
    ("discount", "field"),
    [
        (Discount(amount=Decimal("100.01")), "discount"),
        (Discount(amount=Decimal(-1)), "discount"),
        (Discount(percent=Decimal(101)), "discountPercent"),
        (Discount(percent=Decimal(1), amount=Decimal(1)), "discountPercent"),
    ],
)
def test_a_document_s_discount_is_at_most_what_its_lines_come_to(
    discount: Discount, field: str
) -> None:
    assert _price(_line(), discount=Discount(amount=Decimal(100))).total == 0
    with pytest.raises(BadInput) as refusal:
        _price(_line(), discount=discount)
    assert refusal.value.path == (field,)


def test_where_prices_include_tax_the_discount_does_too() -> None:
    assert _price(_line(), included=True, discount=Discount(amount=Decimal(100))).total == 0


def test_lines_can_be_negative_but_the_total_cannot() -> None:
    rebate = _line(quantity=Decimal(-1))
    assert _price(_line(), rebate).total == 0
    with pytest.raises(BadInput) as refusal:
        _price(_line(), rebate, _line(unit_price=Decimal("-0.01")))
    assert refusal.value.path == ("lines",)


def test_the_total_fits_the_database() -> None:
    lines = [_line(unit_price=Decimal(10**13), tax_rate=Decimal(0))]
    assert _price(*lines).total == 10**15
    with pytest.raises(BadInput) as refusal:
        _price(*lines, _line(unit_price=Decimal("0.01")))
    assert refusal.value.path == ("lines",)
