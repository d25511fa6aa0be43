"""The head of the first page: logo, title, parties and dates."""

from collections.abc import Callable, Sequence
from typing import Final

from pdf.canvas import END
from pdf.documents import Party
from pdf.images import read_logo
from pdf.page_flow import (
    BODY,
    CONTENT_WIDTH,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    RULE,
    SMALL,
    STRONG,
    TITLE,
    TOP,
    PageFlow,
)
from pdf.shaping import ShapedLine
from pdf.text import one_line

_NAME_SIZES: Final = (16.0, STRONG, BODY)
"""Sizes of the business's name: the first at which it has at most `_MAX_NAME_LINES` is used."""
_MAX_NAME_LINES: Final = 3
_DETAIL_SIZES: Final = (BODY, SMALL, 6.0, 4.5, 3.0)
"""Sizes of a party's details: the first at which they are low enough is used."""
_MAX_DETAILS_HEIGHT: Final = 400.0
_MAX_LOGO_SIZE: Final = (180.0, 54.0)
"""Width and height."""


def draw_head(flow: PageFlow) -> None:
    """Draw logo, title, number, parties and dates."""
    _draw_title(flow)
    _draw_parties(flow)


def _draw_title(flow: PageFlow) -> None:
    half = CONTENT_WIDTH / 2 - GUTTER
    brand_bottom = _draw_brand(flow, half)
    title, size = flow.fit(flow.labels.title(), half, TITLE, bold=True)
    x = MARGIN + CONTENT_WIDTH - half
    flow.canvas.text(title, x, TOP + TITLE * 0.8, size, flow.heading, width=half, align=END)
    number = flow.truncate(flow.document.number, half, STRONG)
    flow.canvas.text(number, x, TOP + TITLE * 0.8 + 19, STRONG, MUTED, width=half, align=END)
    flow.y = max(brand_bottom, TOP + TITLE + 22) + 24


def _draw_brand(flow: PageFlow, width: float) -> float:
    """Draw the logo, or the name if there is none, and return its bottom."""
    image = read_logo(flow.document.logo) if flow.document.logo else None
    if image is None:
        name = one_line(flow.document.business.name)
        size = _first_fit(
            _NAME_SIZES,
            lambda size: len(flow.wrap(name, width, size, bold=True)) <= _MAX_NAME_LINES,
        )
        return flow.draw_lines(flow.wrap(name, width, size, bold=True), MARGIN, TOP - 3, size)
    scale = min(_MAX_LOGO_SIZE[0] / image.width, _MAX_LOGO_SIZE[1] / image.height, 1.0)
    height = image.height * scale
    flow.canvas.image(image, MARGIN, TOP, image.width * scale, height)
    return TOP + height


def _draw_parties(flow: PageFlow) -> None:
    document, labels = flow.document, flow.labels
    wide, narrow = CONTENT_WIDTH * 0.36, CONTENT_WIDTH * 0.28
    flow.canvas.rectangle(MARGIN, flow.y, CONTENT_WIDTH, 0.6, RULE)
    top = flow.y + 12
    width = wide - GUTTER
    bottoms = [
        _draw_party(flow, MARGIN, top, width, labels.sender(), document.business),
        _draw_party(flow, MARGIN + wide, top, width, labels.recipient(), document.customer),
    ]
    x, y = MARGIN + 2 * wide, top
    for label, value in labels.facts():
        y = flow.draw_lines([flow.shape(label)], x, y, SMALL, MUTED) + 2
        y = flow.draw_lines(flow.wrap(value, narrow, BODY), x, y, BODY) + 5
    flow.y = max(*bottoms, y) + 20


def _draw_party(
    flow: PageFlow, x: float, y: float, width: float, label: str, party: Party
) -> float:
    """Draw a party at a size that leaves room for the rest, and return its bottom."""

    def lines_at(size: float) -> tuple[list[ShapedLine], list[ShapedLine]]:
        texts = flow.labels.party(party)
        return (
            flow.wrap(one_line(party.name), width, size, bold=True),
            [line for text in texts for line in flow.wrap(text, width, size)],
        )

    size = _first_fit(
        _DETAIL_SIZES,
        lambda size: sum(map(len, lines_at(size))) * size * LEADING <= _MAX_DETAILS_HEIGHT,
    )
    name, details = lines_at(size)
    y = flow.draw_lines([flow.shape(label)], x, y, SMALL, MUTED) + 2
    y = flow.draw_lines(name, x, y, size)
    return flow.draw_lines(details, x, y, size, MUTED)


def _first_fit(sizes: Sequence[float], fits: Callable[[float], bool]) -> float:
    """Return the first size that fits, or else the last one."""
    return next(filter(fits, sizes), sizes[-1])
