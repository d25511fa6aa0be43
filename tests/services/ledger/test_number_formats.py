"""Formats of numbers, and which numbers are the same."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errors import BadInput
from services.ledger.number_formats import (
    MAX_NUMBER_LENGTH,
    clean_format,
    clean_number,
    number_key,
    render_number,
)

_DAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("number_format", "sequence", "number"),
    [
        ("INV-{seq:5}", 7, "INV-00007"),
        ("INV-{seq:5}", 1234567, "INV-1234567"),
        ("{seq}", 7, "7"),
        ("RE/{year}/{seq:2}", 7, "RE/2026/07"),
        ("{year}{month}-{seq:9}", 7, "202603-000000007"),
        ("№ {seq} ü % # ?", 7, "№ 7 ü % # ?"),
    ],
)
def test_formats_are_filled_in(number_format: str, sequence: int, number: str) -> None:
    assert clean_format(f" {number_format} ", "format", restarts_yearly=False) == number_format
    assert render_number(number_format, sequence, _DAY) == number


@pytest.mark.parametrize(
    "number_format",
    [
        "",
        " ",
        "INV",
        "{year}",
        "{seq}{seq:5}",
        "{seq}{SEQ}",
        "{seq:0}",
        "{seq:10}",
        "{seq:}",
        "{year:4}-{seq}",
        "{seq}}",
        "{{seq}",
        "{day}-{seq}",
        "{}{seq}",
        "INV-{seq}.pdf",
        "INV-{seq}.PDF",
        "x" * 53 + "{seq}",
        "x" * 60 + "{seq}",
    ],
)
def test_formats_whose_numbers_could_be_equal_or_invalid_are_refused(number_format: str) -> None:
    with pytest.raises(BadInput) as refusal:
        clean_format(number_format, "invoiceNumberFormat", restarts_yearly=False)
    assert refusal.value.path == ("invoiceNumberFormat",)


def test_numbers_that_restart_yearly_need_the_year() -> None:
    with pytest.raises(BadInput, match="year"):
        clean_format("INV-{seq}", "format", restarts_yearly=True)
    assert clean_format("{year}-{seq}", "format", restarts_yearly=True) == "{year}-{seq}"


_parts = st.sampled_from(["{year}", "{month}", "{seq}", "{seq:3}", "a", "-", "/", "1", ".", "ß"])


@given(
    parts=st.lists(_parts, max_size=6),
    one=st.tuples(st.integers(1, 10**12 - 1), st.dates(date(2000, 1, 1), date(2099, 12, 31))),
    other=st.tuples(st.integers(1, 10**12 - 1), st.dates(date(2000, 1, 1), date(2099, 12, 31))),
)
def test_accepted_formats_give_each_document_a_valid_number_of_its_own(
    parts: list[str], one: tuple[int, date], other: tuple[int, date]
) -> None:
    try:
        number_format = clean_format("".join(parts), "format", restarts_yearly="{year}" in parts)
    except BadInput:
        return
    numbers = [render_number(number_format, *each) for each in (one, other)]
    for number in numbers:
        assert clean_number(number) == number
        assert len(number) <= MAX_NUMBER_LENGTH
    if one[0] != other[0]:
        assert number_key(numbers[0]) != number_key(numbers[1])
    if one[1].year != other[1].year and "{year}" in parts:
        assert number_key(numbers[0]) != number_key(numbers[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("inv-1", "INV-1"),
        ("STRASSE-1", "straße-1"),
        ("ΣΑΣ-1", "σας-1"),
        ("É-1", "e\N{COMBINING ACUTE ACCENT}-1"),
        ("\N{CYRILLIC CAPITAL LETTER ZHE}-1", "\N{CYRILLIC SMALL LETTER ZHE}-1"),
    ],
)
def test_numbers_are_the_same_in_any_case(one: str, other: str) -> None:
    assert number_key(clean_number(one) or "") == number_key(clean_number(other) or "")


@given(st.text(max_size=MAX_NUMBER_LENGTH))
def test_keys_fit_into_their_column(text: str) -> None:
    try:
        number = clean_number(text)
    except BadInput:
        return
    assert number is None or len(number_key(number)) <= 3 * MAX_NUMBER_LENGTH
    assert number is None or number_key(number_key(number)) == number_key(number)


@pytest.mark.parametrize("number", [".", "..", "INV-1.pdf", "1.PdF", "x" * 65])
def test_numbers_that_cannot_end_a_link_are_refused(number: str) -> None:
    with pytest.raises(BadInput) as refusal:
        clean_number(number)
    assert refusal.value.path == ("number",)
