"""The table of a document's lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pdf.canvas import END, START
from pdf.documents import Line
from pdf.page_flow import (
    BODY,
    GUTTER,
    INNER,
    LEADING,
    MARGIN,
    PANEL,
    QUIET,
    RULE,
    SMALL,
    Block,
    Sheet,
    in_pieces,
)
from pdf.shaping import ShapedLine

_PADDING: Final = 6.0
_THICKNESS: Final = 0.8
_LEAST: Final = (44.0, 62.0, 36.0, 70.0)
_MOST: Final = (84.0, 110.0, 60.0, 120.0)
"""How wide the columns of figures are: quantity, unit price, tax and amount."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the table: where it begins, how wide it is, where its text stands."""

    x: float
    width: float
    align: float


class Table:
    """The lines of one document, in columns that are as wide as what stands in them."""

    head_height: Final = SMALL * LEADING + 2 * _PADDING + _THICKNESS

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        words = sheet.words
        self._figures = [
            (
                sheet.shape(words.number(line.quantity)),
                sheet.shape(words.money(line.unit_price)),
                sheet.shape(words.percent(line.tax_rate)),
                sheet.shape(words.money(line.amount)),
            )
            for line in sheet.document.lines
        ]
        self._columns = self._widths() if self._figures else []

    def draw_head(self) -> None:
        """Draw the head of the table, at the top of each page that has lines of it."""
        head = self._sheet.words.columns()
        height = self.head_height - _THICKNESS
        self._sheet.canvas.area(MARGIN, self._sheet.y, INNER, height, PANEL)
        self._sheet.canvas.area(
            MARGIN, self._sheet.y + height, INNER, _THICKNESS, self._sheet.accent
        )
        for column, label in zip(self._columns, head, strict=True):
            line, size = self._sheet.fit(label, column.width, SMALL, bold=True)
            self._sheet.lines(
                [line],
                column.x,
                self._sheet.y + _PADDING,
                size,
                QUIET,
                width=column.width,
                align=column.align,
            )
        self._sheet.y += self.head_height

    def rows(self) -> list[Block]:
        """Return the rows; a very high one in pieces of which each is a line of text."""
        lines = self._sheet.document.lines
        return [
            block
            for line, figures in zip(lines, self._figures, strict=True)
            for block in self._row(line, figures)
        ]

    def _widths(self) -> list[_Column]:
        """Return the columns: figures as wide as they are, within bounds; the text what is left."""
        heads = [self._sheet.shape(label, bold=True) for label in self._sheet.words.columns()[1:]]
        widths = []
        for at, head in enumerate(heads):
            widest = max(figures[at].width for figures in self._figures) * BODY / 1000
            widths.append(min(max(widest, head.width * SMALL / 1000, _LEAST[at]), _MOST[at]))
        first = INNER - sum(widths) - len(widths) * GUTTER - 2 * _PADDING
        columns = [_Column(MARGIN + _PADDING, first, START)]
        x = MARGIN + _PADDING + first
        for width in widths:
            columns.append(_Column(x + GUTTER, width, END))
            x += GUTTER + width
        return columns

    def _row(self, line: Line, figures: Sequence[ShapedLine]) -> list[Block]:
        texts = self._sheet.wrap(line.description, self._columns[0].width, BODY)
        pieces = in_pieces(texts)
        blocks = []
        for at, piece in enumerate(pieces):
            first, last = at == 0, at == len(pieces) - 1
            height = len(piece) * BODY * LEADING + (_PADDING if first else 0)
            blocks.append(
                Block(
                    height + (_PADDING if last else 0),
                    self._drawer(piece, figures if first else (), first=first, last=last),
                )
            )
        return blocks

    def _drawer(
        self,
        texts: Sequence[ShapedLine],
        figures: Sequence[ShapedLine],
        *,
        first: bool,
        last: bool,
    ) -> Callable[[float], None]:
        def draw(y: float) -> None:
            top = y + (_PADDING if first else 0)
            description, *others = self._columns
            y = self._sheet.lines(texts, description.x, top, BODY)
            for column, figure in zip(others, figures, strict=False):
                wide = figure.width * BODY / 1000
                size = BODY * min(1.0, column.width / wide) if wide else BODY
                self._sheet.lines([figure], column.x, top, size, width=column.width, align=END)
            if last:
                self._sheet.canvas.area(MARGIN, y + _PADDING - 0.6, INNER, 0.6, RULE)

        return draw
