"""The columns of a table, and its head, which every page repeats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pdf.canvas import START
from pdf.layout.page_flow import LEADING, MARGIN, MUTED, PANEL, SMALL, PageFlow
from pdf.structure import Element

PADDING: Final = 6.0
"""Around the head, and between the margins and the outer columns."""
_RULE_HEIGHT: Final = 0.8
_PANEL_HEIGHT: Final = SMALL * LEADING + 2 * PADDING
HEAD_HEIGHT: Final = _PANEL_HEIGHT + _RULE_HEIGHT


@dataclass(frozen=True, slots=True)
class Column:
    """The position, width and alignment of a column."""

    x: float
    width: float
    align: float = START


def draw_head(flow: PageFlow, columns: Sequence[Column], labels: Sequence[str]) -> None:
    """Draw the head where the table begins."""
    with flow.canvas.within(Element("THead")), flow.canvas.within(Element("TR")):
        _draw_labels(flow, columns, labels)


def repeat_head(flow: PageFlow, columns: Sequence[Column], labels: Sequence[str]) -> None:
    """Draw the head on another page, where it is an artifact."""
    with flow.canvas.within(None):
        _draw_labels(flow, columns, labels)


def _draw_labels(flow: PageFlow, columns: Sequence[Column], labels: Sequence[str]) -> None:
    canvas, top, width = flow.canvas, flow.y, flow.content_width
    canvas.rectangle(MARGIN, top, width, _PANEL_HEIGHT, PANEL)
    canvas.rectangle(MARGIN, top + _PANEL_HEIGHT, width, _RULE_HEIGHT, flow.accent)
    for column, label in zip(columns, labels, strict=True):
        line, size = flow.fit(label, column.width, SMALL, bold=True)
        place = (column.x, top + PADDING, size, MUTED)
        with canvas.within(Element("TH", scope="Column")):
            flow.draw_lines([line], *place, width=column.width, align=column.align)
    flow.y += HEAD_HEIGHT
