"""What a document is called in lists."""

import pytest

from models.documents import summary_of


@pytest.mark.parametrize(
    ("description", "summary"),
    [
        ("Work", "Work"),
        ("Work \nin May", "Work"),
        ("\nWork", ""),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 99 + "…"),
        ("x" * 98 + " xyz", "x" * 98 + "…"),
    ],
)
def test_a_summary_is_one_line_of_at_most_100_characters(description: str, summary: str) -> None:
    assert summary_of(description) == summary
