"""Colours, and the contrast between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colors import contrast, readable, readable_on

colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colors, colors)
def test_readable_shade_has_enough_contrast_where_possible(color: str, ground: str) -> None:
    shade = readable(color, ground)
    assert contrast(shade, ground) >= min(4.5, contrast(readable_on(ground), ground))


@given(colors, colors)
def test_readable_colour_is_not_changed(color: str, ground: str) -> None:
    if contrast(color, ground) >= 4.5:
        assert readable(color, ground) == color


@pytest.mark.parametrize(
    ("color", "ground", "shade"),
    [
        ("#000000", "#ffffff", "#000000"),
        ("#ffffff", "#ffffff", "#72767f"),
        ("#ffdd00", "#ffffff", "#837614"),
        ("#000000", "#000000", "#757575"),
    ],
)
def test_colour_changes_no_more_than_needed(color: str, ground: str, shade: str) -> None:
    assert readable(color, ground) == shade
    assert contrast(color, ground) >= 4.5 or contrast(shade, ground) < 4.7
