"""How a document looks: what stands where, from the top of its first page to the last's bottom."""

from collections.abc import Callable, Sequence
from typing import Final

from pdf.canvas import Canvas
from pdf.documents import Document
from pdf.head import draw_head
from pdf.page_flow import BODY, BOTTOM, INNER, LEADING, MARGIN, QUIET, Block, Sheet, in_pieces
from pdf.shaping import ShapedLine
from pdf.tables import Table
from pdf.totals import totals

_NOTES: Final = 18.0
"""What is left free above the notes."""


def lay_out(document: Document) -> Canvas:
    """Return the pages that show `document`."""
    sheet = Sheet(document)
    draw_head(sheet)
    _lines_and_totals(sheet)
    _notes(sheet)
    sheet.draw_footers()
    return sheet.canvas


def _lines_and_totals(sheet: Sheet) -> None:
    """Draw the table and the totals, which begin on a page with a line."""
    table, closing = Table(sheet), totals(sheet)
    rows = table.rows()
    if rows:
        least = rows[0].height + (closing[0].height if len(rows) == 1 else 0)
        if sheet.y + table.head_height + least > BOTTOM:
            sheet.continue_page()
        table.draw_head()
        *rows, last = rows
        for row in rows:
            sheet.place(row, again=table.draw_head)
        if sheet.y + last.height + closing[0].height > BOTTOM:
            sheet.continue_page()
            table.draw_head()
        sheet.place(last)
    for block in closing:
        sheet.place(block)


def _notes(sheet: Sheet) -> None:
    notes = (sheet.document.notes or "").strip()
    if not notes:
        return
    first, *others = in_pieces(sheet.wrap(notes, INNER, BODY))
    heading = sheet.shape(sheet.words.notes(), bold=True)
    above = _NOTES + BODY * LEADING + 3

    def draw(y: float) -> None:
        sheet.lines([heading], MARGIN, y + _NOTES, BODY)
        sheet.lines(first, MARGIN, y + above, BODY, QUIET)

    sheet.place(Block(above + _height(first), draw))
    for texts in others:
        sheet.place(Block(_height(texts), _drawer(sheet, texts)))


def _drawer(sheet: Sheet, texts: Sequence[ShapedLine]) -> Callable[[float], None]:
    def draw(y: float) -> None:
        sheet.lines(texts, MARGIN, y, BODY, QUIET)

    return draw


def _height(texts: Sequence[ShapedLine]) -> float:
    return len(texts) * BODY * LEADING
