"""What a draft comes to while it is being written."""

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import BadInput
from models import Invoice
from services.billing.drafting.prices import DraftPrice, price_draft
from services.billing.pricing import MAX_LINES, Discount, LineDraft, price
from tests.support.clients import Business
from tests.support.sql_statements import statements
from values.money import to_decimal
from values.taxes import TaxRounding

_NO_DISCOUNT: Final = Discount()
_RULES: Final[dict[str, Any]] = {"prices_include_tax": False, "rounding": TaxRounding.HALF_UP}


def _line(**content: Any) -> LineDraft:
    """Return a line of 100.00 at 19 %, but for `content`."""
    line = {"quantity": Decimal(1), "unit_price": Decimal(100), "tax_rate": Decimal(19)}
    return LineDraft(description="Work", **line | content)


def _price(*lines: LineDraft | None, discount: Discount = _NO_DISCOUNT) -> DraftPrice:
    return price_draft(lines, discount, "EUR", **_RULES)


def test_a_line_without_a_price_is_left_out() -> None:
    drafted = _price(_line(), None, _line(unit_price=Decimal(50)))
    assert [line and line.amount for line in drafted.lines] == [10_000, None, 5_000]
    assert (drafted.totals.subtotal, drafted.totals.tax, drafted.totals.total) == (
        *(15_000, 2_850),
        17_850,
    )
    assert drafted.problems == []


def test_a_wrong_line_is_left_out_and_named() -> None:
    drafted = _price(_line(), _line(quantity=Decimal(0), tax_rate=Decimal(101)))
    assert [line and line.amount for line in drafted.lines] == [10_000, None]
    assert [each.field for each in drafted.problems] == ["lines.1.quantity", "lines.1.taxRate"]


@pytest.mark.parametrize(
    ("discount", "field"),
    [
        (Discount(amount=Decimal(101)), "discount"),
        (Discount(percent=Decimal(101)), "discountPercent"),
    ],
)
def test_a_wrong_discount_is_left_out_and_named(discount: Discount, field: str) -> None:
    drafted = _price(_line(), discount=discount)
    assert drafted.totals.total == 11_900
    assert [each.field for each in drafted.problems] == [field]


def test_a_total_below_zero_is_shown_and_named() -> None:
    drafted = _price(_line(unit_price=Decimal(-100)))
    assert drafted.totals.total == -11_900
    assert [each.field for each in drafted.problems] == ["lines"]


@pytest.mark.parametrize("lines", [(), (None, None)])
def test_a_draft_without_prices_comes_to_nothing(lines: tuple[None, ...]) -> None:
    drafted = _price(*lines, discount=Discount(percent=Decimal(10)))
    assert (drafted.totals.total, drafted.problems) == (0, [])


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(BadInput) as refusal:
        _price(*[None] * (MAX_LINES + 1))
    assert refusal.value.field == "lines"


_numbers = st.decimals(-1000, 10_000, places=2)
_lines = st.builds(
    _line,
    quantity=_numbers,
    unit_price=_numbers,
    tax_rate=st.sampled_from([Decimal(7), Decimal(19)]),
)


@given(
    lines=st.lists(_lines | st.none(), max_size=6),
    percent=st.none() | st.decimals(0, 100, places=1),
    included=st.booleans(),
)
def test_finished_lines_come_to_what_is_saved(
    lines: list[LineDraft | None], percent: Decimal | None, *, included: bool
) -> None:
    rules = _RULES | {"prices_include_tax": included}
    drafted = price_draft(lines, Discount(percent=percent), "EUR", **rules)
    if drafted.problems or not any(lines):
        return
    saved = price([line for line in lines if line], Discount(percent=percent), "EUR", **rules)
    assert drafted.totals == saved
    assert [line for line in drafted.lines if line] == list(saved.lines)


_QUERY: Final = """query($input: PriceDraftInput!) { priceDraft(input: $input) {
    lineAmounts { formatted } subtotal { amount } taxes { rate base { amount } tax { amount } }
    total { amount currency formatted } problems { field message } } }"""


async def test_the_api_prices_a_draft_as_it_would_be_saved(business: Business) -> None:
    line = {"description": "Tiles", "quantity": "3", "unitPrice": "19.99", "taxRate": "19"}
    terms = {"discountPercent": "10", "currency": "CHF", "pricesIncludeTax": True}
    priced = {name: value for name, value in line.items() if name != "description"}
    answer = await business.gql(_QUERY, input={"lines": [priced, {}], **terms})
    saved = await Invoice.get(id=await business.make_draft(lines=[line], **terms))
    price = answer["priceDraft"]
    assert price["lineAmounts"] == [{"formatted": "CHF\N{NO-BREAK SPACE}59.97"}, None]
    assert price["total"]["amount"] == str(to_decimal(saved.total, "CHF"))
    assert price["taxes"][0]["tax"]["amount"] == str(to_decimal(saved.tax, "CHF"))
    assert price["problems"] == []


async def test_the_api_names_the_inputs_that_are_wrong(business: Business) -> None:
    lines = [{"unitPrice": "1", "quantity": "0"}]
    answer = await business.gql(_QUERY, input={"lines": lines})
    assert answer["priceDraft"]["problems"] == [
        {"field": "lines.0.quantity", "message": "The quantity can't be zero."}
    ]


async def test_each_line_that_is_priced_is_paid_for(business: Business) -> None:
    refusal = await business.refused(_QUERY, input={"lines": [{}] * 4_001})
    assert refusal.code == "QUERY_TOO_COMPLEX"


async def test_pricing_a_draft_reads_no_more_than_the_company(business: Business) -> None:
    with statements() as sent:
        await business.gql(_QUERY, input={"lines": [{"unitPrice": "1"}] * 20})
    assert len(sent) <= 3
