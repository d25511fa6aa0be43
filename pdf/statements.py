"""The tables of a statement of account, one for each currency."""

from dataclasses import dataclass, field
from typing import Final

from pdf.canvas import END, START
from pdf.documents import StatementRow, StatementTable
from pdf.page_flow import (
    BODY,
    BOTTOM,
    CONTENT_WIDTH,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    PANEL,
    RULE,
    SMALL,
    STRONG,
    TEXT,
    Block,
    PageFlow,
    split_into_pieces,
)
from pdf.shaping import ShapedLine
from pdf.structure import Element

_PADDING: Final = 5.0
_HEAD_HEIGHT: Final = SMALL * LEADING + 2 * _PADDING
_HEADING_HEIGHT: Final = STRONG * LEADING + 6
_SPACE_BELOW: Final = 20.0
_DAY_WIDTH: Final = 78.0
_AMOUNT_WIDTH: Final = 92.0
_BALANCE_WIDTH: Final = 98.0
_TEXT_WIDTH: Final = (
    CONTENT_WIDTH - _DAY_WIDTH - _AMOUNT_WIDTH - _BALANCE_WIDTH - 3 * GUTTER - 2 * _PADDING
)


@dataclass(frozen=True, slots=True)
class _Column:
    """The position, width and alignment of a column."""

    x: float
    width: float
    align: float = START


@dataclass(frozen=True, slots=True)
class _RowElements:
    """The structure elements of a row and its text, which can go over several pages."""

    row: Element = field(default_factory=lambda: Element("TR"))
    text: Element = field(default_factory=lambda: Element("TD"))


_DAY: Final = _Column(MARGIN + _PADDING, _DAY_WIDTH)
_TEXT: Final = _Column(_DAY.x + _DAY_WIDTH + GUTTER, _TEXT_WIDTH)
_AMOUNT: Final = _Column(_TEXT.x + _TEXT_WIDTH + GUTTER, _AMOUNT_WIDTH, END)
_BALANCE: Final = _Column(_AMOUNT.x + _AMOUNT_WIDTH + GUTTER, _BALANCE_WIDTH, END)
_COLUMNS: Final = (_DAY, _TEXT, _AMOUNT, _BALANCE)


def draw_statements(flow: PageFlow) -> None:
    """Draw each table below its heading; each page repeats the head of the table."""
    for table in flow.document.statements:
        rows = [block for row in table.rows for block in _blocks(flow, row)]
        if flow.y + _HEADING_HEIGHT + _HEAD_HEIGHT + rows[0].height > BOTTOM:
            flow.continue_page()
        _draw_heading(flow, table)
        with flow.canvas.within(Element("Table")):
            with flow.canvas.within(Element("THead")), flow.canvas.within(Element("TR")):
                _draw_head(flow)
            with flow.canvas.within(Element("TBody")):
                for row in rows:
                    flow.place(row, on_new_page=lambda: _repeat_head(flow))
        flow.y += _SPACE_BELOW


def _draw_heading(flow: PageFlow, table: StatementTable) -> None:
    heading, size = flow.fit(table.heading, CONTENT_WIDTH, STRONG, bold=True)
    with flow.canvas.within(Element("H2")):
        flow.draw_lines([heading], MARGIN, flow.y, size)
    flow.y += _HEADING_HEIGHT


def _draw_head(flow: PageFlow) -> None:
    flow.canvas.rectangle(MARGIN, flow.y, CONTENT_WIDTH, _HEAD_HEIGHT, PANEL)
    for column, label in zip(_COLUMNS, flow.labels.statement_columns(), strict=True):
        with flow.canvas.within(Element("TH", scope="Column")):
            _draw_text(flow, label, column, flow.y + _PADDING, size=SMALL, color=MUTED, bold=True)
    flow.canvas.rectangle(MARGIN, flow.y + _HEAD_HEIGHT, CONTENT_WIDTH, 0.8, flow.accent)
    flow.y += _HEAD_HEIGHT + 0.8


def _repeat_head(flow: PageFlow) -> None:
    """Draw the head of a table on another page, where it is an artifact."""
    with flow.canvas.within(None):
        _draw_head(flow)


def _blocks(flow: PageFlow, row: StatementRow) -> list[Block]:
    """Return a row, in several blocks if its text is very long."""
    is_balance = row.day is None
    texts = flow.wrap(row.text, _TEXT_WIDTH, BODY, bold=is_balance)
    pieces = [list(piece) for piece in split_into_pieces(texts)]
    elements = _RowElements()
    return [
        _block(flow, row, elements, piece, is_first=at == 0, is_last=at == len(pieces) - 1)
        for at, piece in enumerate(pieces)
    ]


def _block(
    flow: PageFlow,
    row: StatementRow,
    elements: _RowElements,
    texts: list[ShapedLine],
    *,
    is_first: bool,
    is_last: bool,
) -> Block:
    bold = row.day is None
    height = len(texts) * BODY * LEADING + _PADDING * (is_first + is_last)
    within = flow.canvas.within

    def draw(y: float) -> None:
        top = y + (_PADDING if is_first else 0)
        with within(elements.row):
            if is_first:
                day = flow.labels.short_day(row.day) if row.day else ""
                with within(Element("TD")):
                    _draw_text(flow, day, _DAY, top, color=MUTED)
            with within(elements.text):
                flow.draw_lines(texts, _TEXT.x, top, BODY)
            if is_first:
                with within(Element("TD")):
                    _draw_text(flow, row.amount, _AMOUNT, top)
                with within(Element("TD")):
                    _draw_text(flow, row.balance, _BALANCE, top, bold=bold)
        if is_last:
            flow.canvas.rectangle(MARGIN, y + height - 0.6, CONTENT_WIDTH, 0.6, RULE)

    return Block(height, draw)


def _draw_text(
    flow: PageFlow,
    text: str,
    column: _Column,
    y: float,
    *,
    size: float = BODY,
    color: str = TEXT,
    bold: bool = False,
) -> None:
    """Draw a text on one line, smaller if it is too wide."""
    line, fitted = flow.fit(text, column.width, size, bold=bold)
    width = column.width if column.align == END else 0.0
    flow.draw_lines([line], column.x, y, fitted, color, width=width, align=column.align)
