"""Colours, and what can be read on them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.colors import contrast, readable, readable_on

colors = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colors, colors)
def test_a_readable_shade_can_be_read_wherever_anything_can(color: str, ground: str) -> None:
    shade = readable(color, ground)
    assert contrast(shade, ground) >= min(4.5, contrast(readable_on(ground), ground))


@given(colors, colors)
def test_what_can_be_read_already_stays_as_it_is(color: str, ground: str) -> None:
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
def test_a_colour_is_moved_as_little_as_needed(color: str, ground: str, shade: str) -> None:
    assert readable(color, ground) == shade
    assert contrast(color, ground) >= 4.5 or contrast(shade, ground) < 4.7
