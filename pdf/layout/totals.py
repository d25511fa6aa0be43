"""The totals, next to the taxes and, unless the payment block has it, the live page."""

from collections.abc import Sequence
from typing import Final

from i18n.documents import Row
from pdf.canvas import END
from pdf.layout.page_flow import (
    BODY,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    PANEL,
    STRONG,
    TEXT,
    Block,
    PageFlow,
)
from pdf.layout.payment import live_page_block, shown_transfer
from pdf.layout.tax_table import tax_table_block
from pdf.structure import Element

_PADDING: Final = 6.0
_GAP: Final = 4.0
_ROW_HEIGHT: Final = BODY * LEADING + _GAP
_STRONG_ROW_HEIGHT: Final = STRONG * LEADING + _GAP
_MAX_KEPT_TOGETHER: Final = 12
"""Up to this many subtotals are not split over pages."""


def total_blocks(flow: PageFlow) -> list[Block]:
    """Return the totals, usually in one block; most of very many taxes get their own."""
    subtotals, table = flow.labels.subtotals(), Element("Table")
    if len(subtotals) <= _MAX_KEPT_TOGETHER:
        return [_closing_block(flow, table, subtotals)]
    *first, second_last, last = subtotals
    return [
        *(_row_block(flow, table, row) for row in first),
        _closing_block(flow, table, [second_last, last]),
    ]


def _row_block(flow: PageFlow, table: Element, row: Row) -> Block:
    def draw(y: float) -> None:
        with flow.canvas.within(table):
            _draw_row(flow, row, y)

    return Block(_ROW_HEIGHT, draw)


def _closing_block(flow: PageFlow, table: Element, subtotals: Sequence[Row]) -> Block:
    """Return subtotals, total and amount due, beside the table of taxes and the live page."""
    labels = flow.labels
    others, due = [*labels.included_taxes(), *labels.settlements()], labels.due()
    height = 10 + (len(subtotals) + len(others)) * _ROW_HEIGHT + _STRONG_ROW_HEIGHT + 4
    if due is not None:
        height += _STRONG_ROW_HEIGHT + 10
    beside = _beside(flow)

    def draw(y: float) -> None:
        with flow.canvas.within(table):
            draw_totals(y + 10)
        top = y + 16
        for block in beside:
            block.draw(top)
            top += block.height + GUTTER

    def draw_totals(y: float) -> None:
        for row in subtotals:
            y = _draw_row(flow, row, y)
        y = _draw_row(flow, labels.total(), y + 2, strong=True) + 2
        for row in others:
            y = _draw_row(flow, row, y)
        if due is not None:
            panel_height = STRONG * LEADING + 10
            x, width = _place(flow)
            flow.canvas.rectangle(x, y + 4, width, panel_height, PANEL)
            flow.canvas.rectangle(x, y + 4, 3, panel_height, flow.accent)
            _draw_row(flow, due, y + 9, strong=True, inset=10)

    return Block(max(height, 16 + sum(block.height + GUTTER for block in beside)), draw)


def _beside(flow: PageFlow) -> list[Block]:
    """Return what is left of the totals: the table of taxes, and the live page."""
    width = flow.content_width / 2
    blocks = [tax_table_block(flow, width - 2 * GUTTER)]
    if shown_transfer(flow.document) is None:  # else it is next to the account
        blocks.append(live_page_block(flow, MARGIN, width))
    return [block for block in blocks if block is not None]


def _draw_row(
    flow: PageFlow, row: Row, y: float, *, strong: bool = False, inset: float = _PADDING
) -> float:
    """Draw a row, and return its bottom."""
    size = STRONG if strong else BODY
    left, full_width = _place(flow)
    x, width = left + inset, full_width - inset - _PADDING
    label, amount = row
    figure, figure_size = flow.fit(amount, width * 0.6, size, bold=strong)
    label_width = width - figure.width * figure_size / 1000 - GUTTER
    text, text_size = flow.fit(label, label_width, size, bold=strong)
    canvas = flow.canvas
    with canvas.within(Element("TR")):
        with canvas.within(Element("TH", scope="Row")):
            flow.draw_lines([text], x, y + size - text_size, text_size, TEXT if strong else MUTED)
        with canvas.within(Element("TD")):
            flow.draw_lines(
                [figure], x, y + size - figure_size, figure_size, width=width, align=END
            )
    return y + size * LEADING + _GAP


def _place(flow: PageFlow) -> tuple[float, float]:
    """Return the position and width of the totals: the second half of the page."""
    half = flow.content_width / 2
    return MARGIN + half, half
