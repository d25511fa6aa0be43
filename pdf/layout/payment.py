"""How to pay: the account with its QR code, and the live page with its own, next to each other."""

from collections.abc import Callable
from typing import Final

from banking.transfers import BankTransfer
from pdf.documents import PdfDocument
from pdf.images import qr_code
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
)
from pdf.shaping import ShapedLine
from pdf.structure import Element

_QR_SIZE: Final = 74.0
_SMALL_QR_SIZE: Final = 62.0
_SPACE_ABOVE: Final = 24.0
_PADDING: Final = 12.0
_MAX_LINK_LENGTH: Final = 300
"""Characters. The code of a longer link is too fine for a phone's camera."""

_Drawing = Callable[[float, float], None]
"""Draws something with its top left corner at x and y."""


def payment_block(flow: PageFlow) -> Block | None:
    """Return the account and the live page side by side; None if the account isn't shown here."""
    transfer = shown_transfer(flow.document)
    if transfer is None:
        return None
    half = flow.content_width / 2
    account_height, draw_account = _account(flow, transfer, half)
    live_page = live_page_block(flow, MARGIN + half, half)
    inner = max(account_height, live_page.height if live_page else 0)

    def draw(y: float) -> None:
        top = y + _SPACE_ABOVE
        flow.draw_rule(top)
        draw_account(MARGIN, top + _PADDING)
        if live_page is not None:
            live_page.draw(top + _PADDING)
        flow.draw_rule(top + inner + 2 * _PADDING)

    return Block(_SPACE_ABOVE + inner + 2 * _PADDING + RULE_HEIGHT, draw)


def shown_transfer(document: PdfDocument) -> BankTransfer | None:
    """Return the account to show; None if there is none, or a payment slip has all of it."""
    transfer = document.transfer
    if transfer is None or (transfer.swiss_qr_bill and not transfer.epc_payload):
        return None
    return transfer


def live_page_block(flow: PageFlow, x: float, width: float) -> Block | None:
    """Return the QR code and the link of the live page; None without a link."""
    link = flow.document.link
    if link is None or len(link) > _MAX_LINK_LENGTH:
        return None
    beside = width - _SMALL_QR_SIZE - 2 * GUTTER
    hint = flow.labels.live_page_hint()
    description = f"{hint} {link}"
    texts = flow.wrap(hint, beside, SMALL)
    link_lines = flow.wrap(link, beside, SMALL)
    height = max(_SMALL_QR_SIZE, (len(texts) + len(link_lines)) * SMALL * LEADING + 2)

    def draw(y: float) -> None:
        canvas, start = flow.canvas, x + _SMALL_QR_SIZE + GUTTER
        with canvas.within(Element("P")):
            end = flow.draw_lines(texts, start, y, SMALL, MUTED) + 2
        with canvas.within(Element("P")), canvas.within(Element("Link")):
            flow.draw_lines(link_lines, start, end, SMALL, flow.heading)
            clickable = _SMALL_QR_SIZE + GUTTER + beside
            canvas.link(x, y, clickable, height, url=link, description=description)
        with canvas.within(Element("Figure", alt=description)):
            canvas.qr_modules(qr_code(link), x, y, _SMALL_QR_SIZE, TEXT)

    return Block(height, draw)


def _account(flow: PageFlow, transfer: BankTransfer, column: float) -> tuple[float, _Drawing]:
    """Return the height and the drawing of the account, with its QR code if there is one."""
    payload = transfer.epc_payload
    indent = _QR_SIZE + GUTTER if payload else 0.0
    width = column - indent - GUTTER
    heading = flow.shape(flow.labels.transfer_heading(), bold=True)
    rows = [
        (flow.shape(label), flow.wrap(value, width, BODY))
        for label, value in flow.labels.transfer()
    ]
    hint = flow.wrap(flow.labels.transfer_hint(), width, SMALL) if payload else []
    height = BODY * LEADING + 3 + sum(map(_row_height, rows))
    height += len(hint) * SMALL * LEADING

    def draw(x: float, y: float) -> None:
        canvas, top, start = flow.canvas, y, x + indent
        with canvas.within(Element("H2")):
            y = flow.draw_lines([heading], start, y, BODY) + 3
        for label, values in rows:
            with canvas.within(Element("P")):
                y = flow.draw_lines([label], start, y, SMALL, MUTED)
                y = flow.draw_lines(values, start, y, BODY) + 3
        if payload:
            with canvas.within(Element("P")):
                flow.draw_lines(hint, start, y, SMALL, MUTED)
            with canvas.within(Element("Figure", alt=flow.labels.transfer_hint())):
                canvas.qr_modules(qr_code(payload), x, top, _QR_SIZE, TEXT)

    return max(height, _QR_SIZE if payload else 0.0), draw


def _row_height(row: tuple[ShapedLine, list[ShapedLine]]) -> float:
    _, values = row
    return SMALL * LEADING + len(values) * BODY * LEADING + 3
