"""The totals, and the way to the live page beside them."""

from collections.abc import Sequence
from typing import Final

from pdf.canvas import END
from pdf.images import qr_code
from pdf.page_flow import (
    BODY,
    GUTTER,
    INK,
    INNER,
    LEADING,
    MARGIN,
    PANEL,
    QUIET,
    SMALL,
    STRONG,
    Block,
    Sheet,
)

_WIDTH: Final = INNER * 0.5
_X: Final = MARGIN + INNER - _WIDTH
"""Where the totals stand, and how wide they are."""
_PADDING: Final = 6.0
_GAP: Final = 4.0
_ROW: Final = BODY * LEADING + _GAP
_STRONG_ROW: Final = STRONG * LEADING + _GAP
_QR: Final = 62.0
_LONGEST_LINK: Final = 300
"""Characters: the code of a longer one is too fine for a phone's camera."""
_FEW: Final = 12
"""Sums that are kept on one page."""

Sum = tuple[str, str]
"""A label, and the amount."""


def totals(sheet: Sheet) -> list[Block]:
    """Return the totals in one block; of very many taxes, most in blocks of their own."""
    sums = sheet.words.sums()
    if len(sums) <= _FEW:
        return [_closing(sheet, sums)]
    *alone, one, other = sums
    return [*(_alone(sheet, each) for each in alone), _closing(sheet, [one, other])]


def _alone(sheet: Sheet, each: Sum) -> Block:
    def draw(y: float) -> None:
        _draw_sum(sheet, each, y)

    return Block(_ROW, draw)


def _closing(sheet: Sheet, sums: Sequence[Sum]) -> Block:
    """Return the sums, the total and what is due, with the code that opens the live page."""
    words = sheet.words
    settled, due = words.settled(), words.due()
    height = 10 + (len(sums) + len(settled)) * _ROW + _STRONG_ROW + 4
    if due is not None:
        height += _STRONG_ROW + 10
    invitation = _invitation(sheet)

    def draw(y: float) -> None:
        if invitation is not None:
            invitation.draw(y + 16)
        y += 10
        for each in sums:
            y = _draw_sum(sheet, each, y)
        y = _draw_sum(sheet, words.total(), y + 2, strong=True) + 2
        for each in settled:
            y = _draw_sum(sheet, each, y)
        if due is not None:
            panel = STRONG * LEADING + 10
            sheet.canvas.area(_X, y + 4, _WIDTH, panel, PANEL)
            sheet.canvas.area(_X, y + 4, 3, panel, sheet.accent)
            _draw_sum(sheet, due, y + 9, strong=True, inset=10)

    return Block(max(height, 16 + invitation.height if invitation else 0), draw)


def _draw_sum(
    sheet: Sheet, each: Sum, y: float, *, strong: bool = False, inset: float = _PADDING
) -> float:
    """Draw a label and its amount; return where they end."""
    size = STRONG if strong else BODY
    x, width = _X + inset, _WIDTH - inset - _PADDING
    label, amount = each
    figure, figure_size = sheet.fit(amount, width * 0.6, size, bold=strong)
    left = width - figure.width * figure_size / 1000 - GUTTER
    text, text_size = sheet.fit(label, left, size, bold=strong)
    sheet.lines([text], x, y + size - text_size, text_size, INK if strong else QUIET)
    sheet.lines([figure], x, y + size - figure_size, figure_size, width=width, align=END)
    return y + size * LEADING + _GAP


def _invitation(sheet: Sheet) -> Block | None:
    """Return the code that opens the live page, and its address."""
    link = sheet.document.link
    if link is None or len(link) > _LONGEST_LINK:
        return None
    width = INNER - _WIDTH - _QR - 3 * GUTTER
    texts = sheet.wrap(sheet.words.invitation(), width, SMALL)
    address = sheet.wrap(link, width, SMALL)
    height = max(_QR, (len(texts) + len(address)) * SMALL * LEADING + 2)

    def draw(y: float) -> None:
        sheet.canvas.modules(qr_code(link), MARGIN, y, _QR, INK)
        x = MARGIN + _QR + GUTTER
        end = sheet.lines(texts, x, y, SMALL, QUIET) + 2
        sheet.lines(address, x, end, SMALL, sheet.heading)
        sheet.canvas.link(MARGIN, y, _QR + GUTTER + width, height, link)

    return Block(height, draw)
