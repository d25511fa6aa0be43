"""The tables of a statement of account, one for each currency."""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from pdf.canvas import END
from pdf.documents import StatementRow, StatementTable
from pdf.layout.columns import HEAD_HEIGHT, PADDING, Column, draw_head, repeat_head
from pdf.layout.page_flow import (
    BODY,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    RULE_HEIGHT,
    STRONG,
    TEXT,
    Block,
    PageFlow,
    split_into_pieces,
)
from pdf.shaping import ShapedLine
from pdf.structure import Element

_ROW_PADDING: Final = 5.0
"""Above and below a row."""
_HEADING_HEIGHT: Final = STRONG * LEADING + 6
_SPACE_BELOW: Final = 20.0
_DAY_WIDTH: Final = 78.0
_AMOUNT_WIDTH: Final = 92.0
_BALANCE_WIDTH: Final = 98.0


class _Columns(NamedTuple):
    day: Column
    text: Column
    amount: Column
    balance: Column


@dataclass(frozen=True, slots=True)
class _RowElements:
    """The structure elements of a row and its text, which can go over several pages."""

    row: Element = field(default_factory=lambda: Element("TR"))
    text: Element = field(default_factory=lambda: Element("TD"))


def draw_statements(flow: PageFlow) -> None:
    """Draw each table below its heading; each page repeats the head of the table."""
    columns, labels = _columns(flow), flow.labels.statement_columns()
    for table in flow.document.statements:
        rows = [block for row in table.rows for block in _blocks(flow, columns, row)]
        if not flow.has_room(_HEADING_HEIGHT + HEAD_HEIGHT + rows[0].height):
            flow.continue_page()
        _draw_heading(flow, table)
        with flow.canvas.within(Element("Table")):
            draw_head(flow, columns, labels)
            with flow.canvas.within(Element("TBody")):
                for row in rows:
                    flow.place(row, on_new_page=lambda: repeat_head(flow, columns, labels))
        flow.y += _SPACE_BELOW


def _columns(flow: PageFlow) -> _Columns:
    """Return the columns: days and figures of fixed widths, and the text in the rest."""
    fixed = _DAY_WIDTH + _AMOUNT_WIDTH + _BALANCE_WIDTH + 3 * GUTTER + 2 * PADDING
    text_width = flow.content_width - fixed
    day = Column(MARGIN + PADDING, _DAY_WIDTH)
    text = Column(day.x + day.width + GUTTER, text_width)
    amount = Column(text.x + text.width + GUTTER, _AMOUNT_WIDTH, END)
    balance = Column(amount.x + amount.width + GUTTER, _BALANCE_WIDTH, END)
    return _Columns(day, text, amount, balance)


def _draw_heading(flow: PageFlow, table: StatementTable) -> None:
    heading, size = flow.fit(table.heading, flow.content_width, STRONG, bold=True)
    with flow.canvas.within(Element("H2")):
        flow.draw_lines([heading], MARGIN, flow.y, size)
    flow.y += _HEADING_HEIGHT


def _blocks(flow: PageFlow, columns: _Columns, row: StatementRow) -> list[Block]:
    """Return a row, in several blocks if its text is very long."""
    is_balance = row.day is None
    texts = flow.wrap(row.text, columns.text.width, BODY, bold=is_balance)
    pieces = [list(piece) for piece in split_into_pieces(texts)]
    elements = _RowElements()
    return [
        _block(flow, columns, row, elements, piece, is_first=at == 0, is_last=at == len(pieces) - 1)
        for at, piece in enumerate(pieces)
    ]


def _block(
    flow: PageFlow,
    columns: _Columns,
    row: StatementRow,
    elements: _RowElements,
    texts: list[ShapedLine],
    *,
    is_first: bool,
    is_last: bool,
) -> Block:
    bold = row.day is None
    height = len(texts) * BODY * LEADING + _ROW_PADDING * (is_first + is_last)
    within = flow.canvas.within

    def draw(y: float) -> None:
        top = y + (_ROW_PADDING if is_first else 0)
        with within(elements.row):
            if is_first:
                day = flow.labels.short_day(row.day) if row.day else ""
                with within(Element("TD")):
                    _draw_text(flow, day, columns.day, top, color=MUTED)
            with within(elements.text):
                flow.draw_lines(texts, columns.text.x, top, BODY)
            if is_first:
                with within(Element("TD")):
                    _draw_text(flow, row.amount, columns.amount, top)
                with within(Element("TD")):
                    _draw_text(flow, row.balance, columns.balance, top, bold=bold)
        if is_last:
            flow.draw_rule(y + height - RULE_HEIGHT)

    return Block(height, draw)


def _draw_text(
    flow: PageFlow, text: str, column: Column, y: float, *, color: str = TEXT, bold: bool = False
) -> None:
    """Draw a text on one line, smaller if it is too wide."""
    line, size = flow.fit(text, column.width, BODY, bold=bold)
    flow.draw_lines([line], column.x, y, size, color, width=column.width, align=column.align)
