"""The table of a document's lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from i18n.documents import LineTexts
from pdf.canvas import END, START
from pdf.layout.columns import PADDING, Column, draw_head, repeat_head
from pdf.layout.page_flow import (
    BODY,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    RULE_HEIGHT,
    SMALL,
    TEXT,
    Block,
    PageFlow,
    split_into_pieces,
)
from pdf.shaping import ShapedLine
from pdf.structure import Element

_MIN_WIDTHS: Final = (44.0, 62.0, 36.0, 70.0)
_MAX_WIDTHS: Final = (84.0, 110.0, 66.0, 120.0)
"""The widths of the columns quantity, unit price, tax and amount."""
_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class _Text:
    """A line of text in a cell."""

    line: ShapedLine
    size: float = BODY
    color: str = TEXT

    @property
    def height(self) -> float:
        """The height of the line."""
        return self.size * LEADING


@dataclass(frozen=True, slots=True)
class _Row:
    """The structure elements of a row and its cells, which can go over several pages."""

    element: Element
    cells: Sequence[Element]


class Table:
    """The table of lines, with columns as wide as their content."""

    def __init__(self, flow: PageFlow) -> None:
        self._flow = flow
        self._shape = cache(flow.shape)
        self._lines = list(map(flow.labels.line, flow.document.lines))
        self._columns = self._widths() if self._lines else []

    def draw_head(self) -> None:
        """Draw the head of the table."""
        draw_head(self._flow, self._columns, self._flow.labels.columns())

    def repeat_head(self) -> None:
        """Draw the head of the table on another page."""
        repeat_head(self._flow, self._columns, self._flow.labels.columns())

    def rows(self) -> list[Block]:
        """Return the rows; a very high one is split into several blocks."""
        return [block for line in self._lines for block in self._row(line)]

    # --- columns ----------------------------------------------------------------------------------

    def _widths(self) -> list[Column]:
        """Return the columns: figures within bounds, and the description in the rest."""
        heads = [self._flow.shape(label, bold=True) for label in self._flow.labels.columns()[1:]]
        figures = [
            {line.quantity for line in self._lines},
            {text for line in self._lines for text in (line.unit_price, line.discount)},
            {text for line in self._lines for text in line.taxes},
            {line.amount for line in self._lines},
        ]
        widths = []
        for at, head in enumerate(heads):
            widest = max(map(self._width, figures[at]))
            widths.append(
                min(max(widest, head.width * SMALL / 1000, _MIN_WIDTHS[at]), _MAX_WIDTHS[at])
            )
        others = sum(widths) + len(widths) * GUTTER + 2 * PADDING
        description_width = self._flow.content_width - others
        columns = [Column(x=MARGIN + PADDING, width=description_width, align=START)]
        x = MARGIN + PADDING + description_width
        for width in widths:
            columns.append(Column(x=x + GUTTER, width=width, align=END))
            x += GUTTER + width
        return columns

    # --- rows -------------------------------------------------------------------------------------

    def _row(self, line: LineTexts) -> list[Block]:
        cells = self._cells(line)
        figures_height = max(map(_height, cells))
        pieces = list(split_into_pieces(self._description(line)))
        while len(pieces) > 1 and _height(pieces[0]) < figures_height:
            pieces[:2] = [[*pieces[0], *pieces[1]]]
        row = _Row(Element("TR"), [Element("TD") for _ in self._columns])
        blocks = []
        for at, piece in enumerate(pieces):
            is_first, is_last = at == 0, at == len(pieces) - 1
            height = max(_height(piece), figures_height) if is_first else _height(piece)
            draw = self._drawer(
                row,
                (piece, *cells) if is_first else (piece,),
                height,
                is_first=is_first,
                is_last=is_last,
            )
            height += (PADDING if is_first else 0) + (PADDING if is_last else 0)
            blocks.append(Block(height, draw))
        return blocks

    def _description(self, line: LineTexts) -> list[_Text]:
        flow, width = self._flow, self._columns[0].width
        texts = [_Text(text) for text in flow.wrap(line.description, width, BODY)]
        if line.details:
            details = flow.wrap(line.details, width, SMALL)
            texts += [_Text(text, SMALL, MUTED) for text in details]
        return texts

    def _cells(self, line: LineTexts) -> list[list[_Text]]:
        """Return the texts of the columns after the description."""
        quantity, unit_price, taxes, amount = (column.width for column in self._columns[1:])
        prices = [self._fitted(line.unit_price, unit_price)]
        if line.discount:
            prices.append(self._fitted(line.discount, unit_price, MUTED))
        return [
            self._quantity(line.quantity, quantity),
            prices,
            [text for tax in line.taxes for text in self._wrapped(tax, taxes)],
            [self._fitted(line.amount, amount)],
        ]

    def _quantity(self, text: str, width: float) -> list[_Text]:
        """Return a quantity, with its unit on lines of its own if it is too wide."""
        number, _, unit = text.partition(_NO_BREAK_SPACE)
        if not unit or self._width(text) <= width:
            return [self._fitted(text, width)]
        units = self._wrapped(unit.replace(_NO_BREAK_SPACE, " "), width)
        return [self._fitted(number, width), *units]

    def _fitted(self, text: str, width: float, color: str = TEXT) -> _Text:
        """Return a text on one line, smaller if it is too wide."""
        natural = self._width(text)
        size = BODY * min(1.0, width / natural) if natural else BODY
        return _Text(self._shape(text), size, color)

    def _wrapped(self, text: str, width: float) -> list[_Text]:
        if self._width(text) <= width:
            return [_Text(self._shape(text))]
        return list(map(_Text, self._flow.wrap(text, width, BODY)))

    def _width(self, text: str) -> float:
        return self._shape(text).width * BODY / 1000

    def _drawer(
        self,
        row: _Row,
        cells: Sequence[Sequence[_Text]],
        height: float,
        *,
        is_first: bool,
        is_last: bool,
    ) -> Callable[[float], None]:
        canvas = self._flow.canvas

        def draw(y: float) -> None:
            top = y + (PADDING if is_first else 0)
            with canvas.within(row.element):
                for column, element, cell in zip(self._columns, row.cells, cells, strict=False):
                    with canvas.within(element):
                        self._draw_cell(cell, column, top)
            if is_last:
                self._flow.draw_rule(top + height + PADDING - RULE_HEIGHT)

        return draw

    def _draw_cell(self, cell: Sequence[_Text], column: Column, y: float) -> None:
        for text in cell:
            place = (column.x, y, text.size, text.color)
            self._flow.draw_lines([text.line], *place, width=column.width, align=column.align)
            y += text.height


def _height(texts: Sequence[_Text]) -> float:
    return sum(text.height for text in texts)
