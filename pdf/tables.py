"""The table of a document's lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from i18n.documents import LineTexts
from pdf.canvas import END, START
from pdf.page_flow import (
    BODY,
    CONTENT_WIDTH,
    GUTTER,
    LEADING,
    MARGIN,
    MUTED,
    PANEL,
    RULE,
    SMALL,
    TEXT,
    Block,
    PageFlow,
    split_into_pieces,
)
from pdf.shaping import ShapedLine
from pdf.structure import Element

_PADDING: Final = 6.0
_RULE_HEIGHT: Final = 0.8
_MIN_WIDTHS: Final = (44.0, 62.0, 36.0, 70.0)
_MAX_WIDTHS: Final = (84.0, 110.0, 66.0, 120.0)
"""The widths of the columns quantity, unit price, tax and amount."""
_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class _Column:
    """The position, width and alignment of a column."""

    x: float
    width: float
    align: float


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

    head_height: Final = SMALL * LEADING + 2 * _PADDING + _RULE_HEIGHT

    def __init__(self, flow: PageFlow) -> None:
        self._flow = flow
        self._shape = cache(flow.shape)
        self._lines = list(map(flow.labels.line, flow.document.lines))
        self._columns = self._widths() if self._lines else []

    def draw_head(self) -> None:
        """Draw the head of the table."""
        canvas = self._flow.canvas
        with canvas.within(Element("THead")), canvas.within(Element("TR")):
            self._draw_labels()

    def repeat_head(self) -> None:
        """Draw the head of the table on another page, where it is an artifact."""
        with self._flow.canvas.within(None):
            self._draw_labels()

    def _draw_labels(self) -> None:
        labels = self._flow.labels.columns()
        height = self.head_height - _RULE_HEIGHT
        self._flow.canvas.rectangle(MARGIN, self._flow.y, CONTENT_WIDTH, height, PANEL)
        self._flow.canvas.rectangle(
            MARGIN, self._flow.y + height, CONTENT_WIDTH, _RULE_HEIGHT, self._flow.accent
        )
        for column, label in zip(self._columns, labels, strict=True):
            line, size = self._flow.fit(label, column.width, SMALL, bold=True)
            with self._flow.canvas.within(Element("TH", scope="Column")):
                self._flow.draw_lines(
                    [line],
                    column.x,
                    self._flow.y + _PADDING,
                    size,
                    MUTED,
                    width=column.width,
                    align=column.align,
                )
        self._flow.y += self.head_height

    def rows(self) -> list[Block]:
        """Return the rows; a very high one is split into several blocks."""
        return [block for line in self._lines for block in self._row(line)]

    # --- columns ----------------------------------------------------------------------------------

    def _widths(self) -> list[_Column]:
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
        description_width = CONTENT_WIDTH - sum(widths) - len(widths) * GUTTER - 2 * _PADDING
        columns = [_Column(x=MARGIN + _PADDING, width=description_width, align=START)]
        x = MARGIN + _PADDING + description_width
        for width in widths:
            columns.append(_Column(x=x + GUTTER, width=width, align=END))
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
            height += (_PADDING if is_first else 0) + (_PADDING if is_last else 0)
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
            top = y + (_PADDING if is_first else 0)
            with canvas.within(row.element):
                for column, element, cell in zip(self._columns, row.cells, cells, strict=False):
                    with canvas.within(element):
                        self._draw_cell(cell, column, top)
            if is_last:
                rule = top + height + _PADDING - 0.6
                canvas.rectangle(MARGIN, rule, CONTENT_WIDTH, 0.6, RULE)

        return draw

    def _draw_cell(self, cell: Sequence[_Text], column: _Column, y: float) -> None:
        width = column.width if column.align == END else 0.0
        for text in cell:
            self._flow.draw_lines(
                [text.line], column.x, y, text.size, text.color, width=width, align=column.align
            )
            y += text.height


def _height(texts: Sequence[_Text]) -> float:
    return sum(text.height for text in texts)
