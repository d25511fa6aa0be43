"""The layout of a document: head, lines, totals, how to pay, texts, footers and payment slip."""

from collections.abc import Callable, Sequence
from typing import Final

from pdf.canvas import Canvas
from pdf.documents import DocumentKind, PdfDocument
from pdf.layout.columns import HEAD_HEIGHT
from pdf.layout.head import draw_head
from pdf.layout.page_flow import (
    BODY,
    LEADING,
    MARGIN,
    MUTED,
    SMALL,
    Block,
    PageFlow,
    split_into_pieces,
)
from pdf.layout.payment import payment_block
from pdf.layout.payment_slip import draw_payment_slip
from pdf.layout.statements import draw_statements
from pdf.layout.tables import Table
from pdf.layout.totals import total_blocks
from pdf.shaping import ShapedLine
from pdf.structure import Element

_SPACE_ABOVE_NOTES: Final = 18.0
_MIN_SPACE_ABOVE_FOOTER: Final = 6.0
"""Rather than a page for the footer alone."""
_SPACE_ABOVE_REASONS: Final = 12.0
_SPACE_BELOW_CORRECTED_INVOICE: Final = 14.0


def lay_out(document: PdfDocument) -> Canvas:
    """Return the pages of `document`."""
    flow = PageFlow(document)
    draw_head(flow)
    _draw_corrected_invoice(flow)
    if document.kind is DocumentKind.STATEMENT:
        draw_statements(flow)
    else:
        _draw_lines_and_totals(flow)
    _draw_reasons(flow)
    if payment := payment_block(flow):
        flow.place(payment)
    _draw_section(flow, flow.labels.payment_terms(), document.payment_terms)
    _draw_section(flow, flow.labels.reason(), document.reason)
    _draw_section(flow, flow.labels.notes(), document.notes)
    _draw_section(flow, flow.labels.acceptance(), document.acceptance)
    _draw_footer(flow)
    draw_payment_slip(flow)
    flow.draw_footers()
    return flow.canvas


def _draw_corrected_invoice(flow: PageFlow) -> None:
    """Draw which invoice a credit note corrects."""
    text = flow.labels.corrects()
    if not text:
        return
    texts = flow.wrap(text, flow.content_width, BODY, bold=True)
    with flow.canvas.within(Element("P")):
        flow.y = flow.draw_lines(texts, MARGIN, flow.y, BODY) + _SPACE_BELOW_CORRECTED_INVOICE


def _draw_lines_and_totals(flow: PageFlow) -> None:
    """Draw the table and the totals; the page on which the totals begin has a line as well."""
    table, totals = Table(flow), total_blocks(flow)
    rows = table.rows()
    if rows:
        min_height = rows[0].height + (totals[0].height if len(rows) == 1 else 0)
        if not flow.has_room(HEAD_HEIGHT + min_height):
            flow.continue_page()
        with flow.canvas.within(Element("Table")):
            table.draw_head()
            with flow.canvas.within(Element("TBody")):
                *rows, last = rows
                for row in rows:
                    flow.place(row, on_new_page=table.repeat_head)
                if not flow.has_room(last.height + totals[0].height):
                    flow.continue_page()
                    table.repeat_head()
                flow.place(last)
    for block in totals:
        flow.place(block)


def _draw_reasons(flow: PageFlow) -> None:
    """Draw why lines have no tax."""
    flow.y += _SPACE_ABOVE_REASONS if flow.document.tax_reasons else 0.0
    for reason in flow.document.tax_reasons:
        texts = flow.wrap(reason, flow.content_width, BODY)
        flow.place(Block(_height(texts), _drawer(flow, texts, Element("P"))))


def _draw_section(flow: PageFlow, heading: str, text: str | None) -> None:
    """Draw a text below its heading, if there is one."""
    text = (text or "").strip()
    if not text:
        return
    first, *others = split_into_pieces(flow.wrap(text, flow.content_width, BODY))
    heading_line = flow.shape(heading, bold=True)
    heading_height = _SPACE_ABOVE_NOTES + BODY * LEADING + 3
    paragraph = Element("P")

    def draw(y: float) -> None:
        with flow.canvas.within(Element("H2")):
            flow.draw_lines([heading_line], MARGIN, y + _SPACE_ABOVE_NOTES, BODY)
        with flow.canvas.within(paragraph):
            flow.draw_lines(first, MARGIN, y + heading_height, BODY, MUTED)

    flow.place(Block(heading_height + _height(first), draw))
    for texts in others:
        flow.place(Block(_height(texts), _drawer(flow, texts, paragraph)))


def _draw_footer(flow: PageFlow) -> None:
    """Draw what the business prints below its documents."""
    footer = (flow.document.footer or "").strip()
    if not footer:
        return
    lines = flow.wrap(footer, flow.content_width, SMALL)
    left = flow.bottom - flow.y - len(lines) * SMALL * LEADING
    flow.y += min(_SPACE_ABOVE_NOTES, max(left, _MIN_SPACE_ABOVE_FOOTER))
    paragraph = Element("P")
    for texts in split_into_pieces(lines):
        flow.place(Block(len(texts) * SMALL * LEADING, _drawer(flow, texts, paragraph, SMALL)))


def _drawer(
    flow: PageFlow, texts: Sequence[ShapedLine], element: Element, size: float = BODY
) -> Callable[[float], None]:
    def draw(y: float) -> None:
        with flow.canvas.within(element):
            flow.draw_lines(texts, MARGIN, y, size, MUTED)

    return draw


def _height(texts: Sequence[ShapedLine]) -> float:
    return len(texts) * BODY * LEADING
