"""CSV is read back as it was written, and spreadsheets run nothing in it."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from services.billing.lists.csv_exports import lines

_CELLS = st.lists(st.text(st.characters(exclude_characters="\x00", codec="utf-8")), min_size=1)
_STARTS = st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "\n", " =", '"=', "＝"])  # noqa: RUF001


@given(st.lists(_CELLS, min_size=1))
def test_cells_are_read_back_with_at_most_a_quote_before_them(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(lines(rows), newline="")))
    assert [[cell.removeprefix("'") for cell in row] for row in read] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


@given(_STARTS, st.text(st.characters(exclude_characters="\x00", codec="utf-8")))
def test_no_text_begins_like_a_formula(start: str, rest: str) -> None:
    [[cell]] = csv.reader(io.StringIO(lines([[start + rest]]), newline=""))
    assert cell.lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "＝"}  # noqa: RUF001
