"""Bars of open amounts by age: every part can be seen, and the words say the same."""

from services.billing.overview.figures import Ageing, CurrencyFigures
from values.money import Minor, Money
from web.dashboard.home.ageing import Segment, ageing_rows


def _figures(*minors: int) -> CurrencyFigures:
    not_due, up_to_30, up_to_60, over_60 = (Money(Minor(minor), "EUR") for minor in minors)
    return CurrencyFigures(
        ageing=Ageing(not_due=not_due, up_to_30=up_to_30, up_to_60=up_to_60, over_60=over_60),
        paid_this_month=Money(Minor(0), "EUR"),
        open_count=1,
        overdue_count=1,
    )


def test_the_parts_of_a_bar_are_in_proportion_with_a_gap() -> None:
    [row] = ageing_rows([_figures(86_00, 10_00, 4_00, 0)], "en")
    assert row.segments == [
        Segment("b0", "0.0%", "85.4%"),
        Segment("b1", "86.0%", "9.4%"),
        Segment("b2", "96.0%", "3.4%"),
    ]
    assert row.label == "86% not due, 10% 1 to 30 days late, 4% 31 to 60 days late"
    assert [cell.amount for cell in row.cells] == ["€86.00", "€10.00", "€4.00", ""]


def test_a_tiny_part_can_still_be_seen() -> None:
    [row] = ageing_rows([_figures(1_000_000, 0, 0, 1)], "en")
    assert row.segments[-1] == Segment("b3", "100.0%", "0.5%")
    assert row.label == "100% not due, under 1% over 60 days late"


def test_a_currency_in_which_nothing_is_open_has_no_row() -> None:
    rows = ageing_rows([_figures(0, 0, 0, 0), _figures(5, 0, 0, 0)], "en")
    assert [row.label for row in rows] == ["Nothing is due yet"]
