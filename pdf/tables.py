"""The table of a document's lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pdf.canvas import END, START
from pdf.documents import Line
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
    Block,
    PageFlow,
    split_into_pieces,
)
from pdf.shaping import ShapedLine

_PADDING: Final = 6.0
_RULE_HEIGHT: Final = 0.8
_MIN_WIDTHS: Final = (44.0, 62.0, 36.0, 70.0)
_MAX_WIDTHS: Final = (84.0, 110.0, 60.0, 120.0)
"""The widths of the columns quantity, unit price, tax and amount."""


@dataclass(frozen=True, slots=True)
class _Column:
    """The position, width and alignment of a column."""

    x: float
    width: float
    align: float


class Table:
    """The table of lines, with columns as wide as their content."""

    head_height: Final = SMALL * LEADING + 2 * _PADDING + _RULE_HEIGHT

    def __init__(self, flow: PageFlow) -> None:
        self._flow = flow
        labels = flow.labels
        self._figures = [
            (
                flow.shape(labels.number(line.quantity)),
                flow.shape(labels.price(line.unit_price)),
                flow.shape(labels.percent(line.tax_rate)),
                flow.shape(labels.money(line.amount)),
            )
            for line in flow.document.lines
        ]
        self._columns = self._widths() if self._figures else []

    def draw_head(self) -> None:
        """Draw the head of the table, which each page with lines repeats."""
        labels = self._flow.labels.columns()
        height = self.head_height - _RULE_HEIGHT
        self._flow.canvas.rectangle(MARGIN, self._flow.y, CONTENT_WIDTH, height, PANEL)
        self._flow.canvas.rectangle(
            MARGIN, self._flow.y + height, CONTENT_WIDTH, _RULE_HEIGHT, self._flow.accent
        )
        for column, label in zip(self._columns, labels, strict=True):
            line, size = self._flow.fit(label, column.width, SMALL, bold=True)
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
        lines = self._flow.document.lines
        return [
            block
            for line, figures in zip(lines, self._figures, strict=True)
            for block in self._row(line, figures)
        ]

    def _widths(self) -> list[_Column]:
        """Return the columns: figures within bounds, and the description in the rest."""
        heads = [self._flow.shape(label, bold=True) for label in self._flow.labels.columns()[1:]]
        widths = []
        for at, head in enumerate(heads):
            widest = max(figures[at].width for figures in self._figures) * BODY / 1000
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

    def _row(self, line: Line, figures: Sequence[ShapedLine]) -> list[Block]:
        texts = self._flow.wrap(line.description, self._columns[0].width, BODY)
        pieces = split_into_pieces(texts)
        blocks = []
        for at, piece in enumerate(pieces):
            is_first, is_last = at == 0, at == len(pieces) - 1
            height = len(piece) * BODY * LEADING
            height += (_PADDING if is_first else 0) + (_PADDING if is_last else 0)
            draw = self._drawer(
                piece, figures if is_first else (), is_first=is_first, is_last=is_last
            )
            blocks.append(Block(height, draw))
        return blocks

    def _drawer(
        self,
        texts: Sequence[ShapedLine],
        figures: Sequence[ShapedLine],
        *,
        is_first: bool,
        is_last: bool,
    ) -> Callable[[float], None]:
        def draw(y: float) -> None:
            top = y + (_PADDING if is_first else 0)
            description, *others = self._columns
            y = self._flow.draw_lines(texts, description.x, top, BODY)
            for column, figure in zip(others, figures, strict=False):
                figure_width = figure.width * BODY / 1000
                size = BODY * min(1.0, column.width / figure_width) if figure_width else BODY
                self._flow.draw_lines([figure], column.x, top, size, width=column.width, align=END)
            if is_last:
                self._flow.canvas.rectangle(MARGIN, y + _PADDING - 0.6, CONTENT_WIDTH, 0.6, RULE)

        return draw
