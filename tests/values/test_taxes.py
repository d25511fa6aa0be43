"""The sums of each tax, from the stored figures of lines."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.values.pricing_oracle import random_document
from values.pricing import DocumentPrice, LinePrice, LineTotal, calculate
from values.taxes import TaxCategory, TaxTotal, summarize


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as the database has it: by default 100.00 at 19 %."""

    net: int = 10_000
    discount: int = 0
    tax_category: TaxCategory = TaxCategory.STANDARD
    tax_name: str | None = None
    tax_rate: Decimal = Decimal(19)
    tax: int = 1_900
    second_tax_name: str | None = None
    second_tax_rate: Decimal | None = None
    second_tax: int | None = None


LINE = StoredLine()
CANADIAN = replace(
    LINE,
    tax_name="GST",
    tax_rate=Decimal(5),
    tax=500,
    second_tax_name="QST",
    second_tax_rate=Decimal("9.975"),
    second_tax=998,
)
REDUCED = replace(LINE, tax_rate=Decimal("7.0000"), tax=700)


def _shown(taxes: tuple[TaxTotal, ...]) -> list[tuple[str | None, str, int, int]]:
    return [(tax.name, f"{tax.rate.normalize():f}", tax.base, tax.tax) for tax in taxes]


def test_bases_and_taxes_of_each_rate_add_up_and_the_highest_rate_comes_first() -> None:
    lines = [REDUCED, replace(LINE, discount=1_000, tax=1_710), LINE, LINE]
    assert _shown(summarize(lines)) == [(None, "19", 29_000, 5_510), (None, "7", 10_000, 700)]


def test_stored_figures_stay_even_if_they_follow_another_rule() -> None:
    lines = [replace(LINE, net=5, tax_rate=Decimal(10), tax=1)] * 10
    assert _shown(summarize(lines)) == [(None, "10", 50, 10)]


def test_rates_are_the_same_however_many_decimals_they_are_written_with() -> None:
    lines = [REDUCED, replace(REDUCED, tax_rate=Decimal(7))]
    assert _shown(summarize(lines)) == [(None, "7", 20_000, 1_400)]


def test_names_and_categories_are_kept_apart() -> None:
    lines = [
        replace(LINE, tax_name="VAT"),
        replace(LINE, tax_category=TaxCategory.EXEMPT, tax_rate=Decimal(0), tax=0),
        replace(LINE, tax_category=TaxCategory.ZERO, tax_rate=Decimal(0), tax=0),
        LINE,
    ]
    assert [(tax.category.value, tax.name) for tax in summarize(lines)] == [
        ("STANDARD", None),
        ("STANDARD", "VAT"),
        ("ZERO", None),
        ("EXEMPT", None),
    ]


def test_a_second_tax_has_the_same_base_and_comes_after_the_first_ones() -> None:
    lines = [CANADIAN, replace(CANADIAN, net=20_000, tax=1_000, second_tax=1_995)]
    assert _shown(summarize(lines)) == [
        ("GST", "5", 30_000, 1_500),
        ("QST", "9.975", 30_000, 2_993),
    ]


def test_a_tax_is_the_same_as_first_and_as_second_of_a_line() -> None:
    only_qst = replace(LINE, tax_name="QST", tax_rate=Decimal("9.9750"), tax=997)
    assert _shown(summarize([CANADIAN, only_qst])) == [
        ("QST", "9.975", 20_000, 1_995),
        ("GST", "5", 10_000, 500),
    ]


def test_a_second_tax_at_nought_is_a_zero_rate_and_no_second_tax_is_none() -> None:
    lines = [replace(CANADIAN, second_tax_rate=Decimal(0), second_tax=0)]
    assert [tax.category for tax in summarize(lines)] == [TaxCategory.STANDARD, TaxCategory.ZERO]
    assert len(summarize([LINE])) == 1
    assert summarize([]) == ()


@settings(max_examples=100, deadline=None)
@given(st.builds(random_document, st.randoms(use_true_random=False)))
def test_stored_figures_give_the_taxes_that_were_calculated(document: DocumentPrice) -> None:
    totals = calculate(document)
    stored = [
        _stored(price, line) for price, line in zip(document.lines, totals.lines, strict=True)
    ]
    assert summarize(stored) == totals.taxes


def _stored(price: LinePrice, line: LineTotal) -> StoredLine:
    first, *second = price.taxes
    return StoredLine(
        net=line.net,
        discount=line.discount,
        tax_category=first.category,
        tax_name=first.name,
        tax_rate=first.rate,
        tax=line.taxes[0],
        second_tax_name=second[0].name if second else None,
        second_tax_rate=second[0].rate if second else None,
        second_tax=line.taxes[1] if second else None,
    )
