"""The head of the first page: whose document it is, for whom, and of when."""

from collections.abc import Callable, Sequence
from typing import Final

from pdf.canvas import END
from pdf.documents import Party
from pdf.images import read_logo
from pdf.page_flow import (
    BODY,
    GUTTER,
    INNER,
    LEADING,
    MARGIN,
    QUIET,
    RULE,
    SMALL,
    STRONG,
    TITLE,
    TOP,
    Sheet,
)
from pdf.shaping import ShapedLine
from pdf.text import one_line

_NAMES: Final = (16.0, STRONG, BODY)
"""How large the business's name is: the first size at which it takes but a few lines."""
_FEW: Final = 3
_DETAILS: Final = (BODY, SMALL, 6.0, 4.5, 3.0)
"""How large a party's details are: the first size at which they are no higher than `_HIGHEST`."""
_HIGHEST: Final = 400.0
_LOGO: Final = (180.0, 54.0)
"""How wide and high it is at most."""


def draw_head(sheet: Sheet) -> None:
    """Draw the business's brand, what the document is, the parties and the dates."""
    _title(sheet)
    _parties(sheet)


def _title(sheet: Sheet) -> None:
    half = INNER / 2 - GUTTER
    left = _brand(sheet, half)
    title, size = sheet.fit(sheet.words.title(), half, TITLE, bold=True)
    end = MARGIN + INNER - half
    sheet.canvas.text(title, end, TOP + TITLE * 0.8, size, sheet.heading, width=half, align=END)
    number = sheet.excerpt(sheet.document.number, half, STRONG)
    sheet.canvas.text(number, end, TOP + TITLE * 0.8 + 19, STRONG, QUIET, width=half, align=END)
    sheet.y = max(left, TOP + TITLE + 22) + 24


def _brand(sheet: Sheet, width: float) -> float:
    """Draw the logo, or the name of who has none; return where it ends."""
    image = read_logo(sheet.document.logo) if sheet.document.logo else None
    if image is None:
        name = one_line(sheet.document.business.name)
        size = _first_fit(
            _NAMES, lambda size: len(sheet.wrap(name, width, size, bold=True)) <= _FEW
        )
        return sheet.lines(sheet.wrap(name, width, size, bold=True), MARGIN, TOP - 3, size)
    scale = min(_LOGO[0] / image.width, _LOGO[1] / image.height, 1.0)
    drawn = image.width * scale, image.height * scale
    sheet.canvas.picture(image, MARGIN, TOP, *drawn)
    return TOP + drawn[1]


def _parties(sheet: Sheet) -> None:
    document, words = sheet.document, sheet.words
    wide, narrow = INNER * 0.36, INNER * 0.28
    sheet.canvas.area(MARGIN, sheet.y, INNER, 0.6, RULE)
    top = sheet.y + 12
    ends = [
        _party(sheet, MARGIN, top, wide - GUTTER, words.sender(), document.business),
        _party(sheet, MARGIN + wide, top, wide - GUTTER, words.addressee(), document.customer),
    ]
    x, y = MARGIN + 2 * wide, top
    for label, value in words.facts():
        y = sheet.lines([sheet.shape(label)], x, y, SMALL, QUIET) + 2
        y = sheet.lines(sheet.wrap(value, narrow, BODY), x, y, BODY) + 5
    sheet.y = max(*ends, y) + 20


def _party(sheet: Sheet, x: float, y: float, width: float, label: str, party: Party) -> float:
    """Draw who a party is, as large as leaves room for the rest; return where it ends."""

    def set_in(size: float) -> tuple[list[ShapedLine], list[ShapedLine]]:
        texts = sheet.words.party(party)
        return (
            sheet.wrap(one_line(party.name), width, size, bold=True),
            [line for text in texts for line in sheet.wrap(text, width, size)],
        )

    size = _first_fit(
        _DETAILS, lambda size: sum(map(len, set_in(size))) * size * LEADING <= _HIGHEST
    )
    name, details = set_in(size)
    y = sheet.lines([sheet.shape(label)], x, y, SMALL, QUIET) + 2
    y = sheet.lines(name, x, y, size)
    return sheet.lines(details, x, y, size, QUIET)


def _first_fit(sizes: Sequence[float], fits: Callable[[float], bool]) -> float:
    """Return the first of `sizes` at which it fits, or the last one."""
    return next(filter(fits, sizes), sizes[-1])
