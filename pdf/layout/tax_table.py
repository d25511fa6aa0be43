"""The table of a document's taxes: rate, net, tax and gross of each."""

from typing import Final

from pdf.canvas import END, START
from pdf.layout.page_flow import GUTTER, LEADING, MARGIN, MUTED, RULE, SMALL, TEXT, Block, PageFlow
from pdf.structure import Element

_PADDING: Final = 3.0
_ROW_HEIGHT: Final = SMALL * LEADING + 2 * _PADDING
_MAX_RATE_WIDTH: Final = 0.4
"""Of the table."""


def tax_table_block(flow: PageFlow, width: float) -> Block | None:
    """Return the table at the left margin; None if the taxes are rows of the totals."""
    if not flow.labels.has_tax_table:
        return None
    rows = flow.labels.tax_table()
    widest = max(flow.shape(row[0], bold=True).width for row in rows) * SMALL / 1000
    rate_width = min(widest, width * _MAX_RATE_WIDTH)
    amount_width = (width - rate_width) / 3

    def draw(y: float) -> None:
        with flow.canvas.within(Element("Table")):
            for at in range(len(rows)):
                draw_row(at, y + at * _ROW_HEIGHT)

    def draw_row(at: int, y: float) -> None:
        is_head, is_sum = at == 0, at == len(rows) - 1
        x = MARGIN
        with flow.canvas.within(Element("TR")):
            for column, text in enumerate(rows[at]):
                column_width = amount_width - GUTTER / 2 if column else rate_width
                x += GUTTER / 2 if column else 0
                line, size = flow.fit(text, column_width, SMALL, bold=is_sum)
                scope = "Column" if is_head else None if column else "Row"
                with flow.canvas.within(Element("TH" if scope else "TD", scope=scope)):
                    flow.draw_lines(
                        [line],
                        x,
                        y + _PADDING,
                        size,
                        MUTED if is_head else TEXT,
                        width=column_width,
                        align=END if column else START,
                    )
                x += column_width
        if not is_sum:
            bottom = y + _ROW_HEIGHT - 0.6
            flow.canvas.rectangle(MARGIN, bottom, width, 0.6, MUTED if is_head else RULE)

    return Block(len(rows) * _ROW_HEIGHT, draw)
