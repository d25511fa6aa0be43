"""The flow of a document over its pages: margins, styles, text and page breaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from core.colors import contrast
from pdf.canvas import END, START, Canvas
from pdf.cleaning import clean, one_line
from pdf.documents import PdfDocument
from pdf.fonts import BOLD, REGULAR, han_variant
from pdf.labels import Labels
from pdf.shaping import ShapedLine, typeface
from pdf.text import shape_line, truncate, wrap
from values.parties import PaperSize

T = TypeVar("T")

MARGIN: Final = 48.0
TOP: Final = 52.0
FOOTER_HEIGHT: Final = 64.0

SMALL: Final = 7.5
BODY: Final = 9.0
STRONG: Final = 12.0
TITLE: Final = 24.0
LEADING: Final = 1.45
"""The line height as a multiple of the font size."""

TEXT: Final = "0.11 0.14 0.19"
MUTED: Final = "0.38 0.43 0.49"
RULE: Final = "0.88 0.90 0.92"
PANEL: Final = "0.965 0.97 0.976"
WATERMARK: Final = "0.93 0.94 0.95"

GUTTER: Final = 14.0
RULE_HEIGHT: Final = 0.6
_BAR_HEIGHT: Final = 6.0
_MAX_KEPT_TOGETHER: Final = 12
"""Text of up to this many lines is not split over pages."""
_MIN_CONTRAST: Final = 4.5
"""The contrast of readable text (WCAG 2.2, 1.4.3)."""


@dataclass(frozen=True, slots=True)
class Block:
    """Content that stays on one page; `draw` gets the position of its top."""

    height: float
    draw: Callable[[float], None]


class PageFlow:
    """Draws a document from top to bottom and starts a new page when one is full."""

    def __init__(self, document: PdfDocument) -> None:
        self.document = document
        self.labels = Labels(document)
        self.canvas = Canvas(_paper_size(document), mirrored=self.labels.rtl)
        self.content_width = self.canvas.width - 2 * MARGIN
        """Between the margins."""
        self.bottom = self.canvas.height - FOOTER_HEIGHT
        """The end of the content, above the footer."""
        self.accent = _operands(document.accent_color)
        is_readable = contrast(document.accent_color, "#ffffff") >= _MIN_CONTRAST
        self.heading = self.accent if is_readable else TEXT
        self.y = 0.0
        """The top of the next block."""
        self.last_page_end = self.canvas.height
        """The end of the last page above a payment slip."""
        variant = han_variant(document.language, _texts(document))
        self._faces = {False: typeface(variant, REGULAR), True: typeface(variant, BOLD)}
        """By whether they are bold."""
        self._begin_page()

    # --- text -------------------------------------------------------------------------------------

    def shape(self, text: str, *, bold: bool = False) -> ShapedLine:
        """Return text on one line."""
        return shape_line(one_line(text), self._faces[bold], rtl=self.labels.rtl)

    def wrap(self, text: str, width: float, size: float, *, bold: bool = False) -> list[ShapedLine]:
        """Return text in lines no wider than `width`."""
        return wrap(clean(text), self._faces[bold], width * 1000 / size, rtl=self.labels.rtl)

    def fit(
        self, text: str, width: float, size: float, *, bold: bool = False
    ) -> tuple[ShapedLine, float]:
        """Return text on one line, and the size, at most `size`, at which it fits in `width`."""
        line = self.shape(text, bold=bold)
        return line, min(size, width * 1000 / line.width) if line.width else size

    def truncate(self, text: str, width: float, size: float, *, bold: bool = False) -> ShapedLine:
        """Return text on one line, cut with an ellipsis if it is wider than `width`."""
        face = self._faces[bold]
        truncated = truncate(one_line(text), face, width * 1000 / size)
        return shape_line(truncated, face, rtl=self.labels.rtl)

    def draw_lines(
        self,
        lines: Sequence[ShapedLine],
        x: float,
        y: float,
        size: float,
        color: str = TEXT,
        *,
        width: float = 0.0,
        align: float = START,
    ) -> float:
        """Draw lines with their top at `y`, and return their bottom."""
        for line in lines:
            self.canvas.text(line, x, y + size * 1.1, size, color, width=width, align=align)
            y += size * LEADING
        return y

    def draw_rule(self, y: float) -> None:
        """Draw a thin line from margin to margin, with its top at `y`."""
        self.canvas.rectangle(MARGIN, y, self.content_width, RULE_HEIGHT, RULE)

    # --- pages ------------------------------------------------------------------------------------

    def _begin_page(self) -> None:
        self.canvas.add_page()
        self.canvas.rectangle(0, 0, self.canvas.width, _BAR_HEIGHT, self.accent)
        watermark = self.labels.watermark()
        if watermark is not None:
            line, size = self.fit(watermark, self.canvas.width * 0.8, 120.0, bold=True)
            self.canvas.watermark(line, size, WATERMARK)
        self.y = TOP

    def continue_page(self) -> None:
        """Start another page, which repeats the business's name and the document's."""
        self._begin_page()
        with self.canvas.within(None):
            self._draw_running_head()

    def _draw_running_head(self) -> None:
        half = self.content_width / 2 - GUTTER
        name = self.truncate(self.document.business.name, half, BODY, bold=True)
        title = self.truncate(self.labels.name(), half, BODY)
        end = MARGIN + self.content_width - half
        self.canvas.text(name, MARGIN, self.y, BODY, TEXT)
        self.canvas.text(title, end, self.y, BODY, MUTED, width=half, align=END)
        self.y += 22

    def has_room(self, height: float) -> bool:
        """Whether something of this height fits on the page."""
        return self.y + height <= self.bottom

    def place(self, block: Block, *, on_new_page: Callable[[], None] | None = None) -> None:
        """Draw a block, on a new page if it doesn't fit here; `on_new_page` draws its top."""
        if not self.has_room(block.height):
            self.continue_page()
            if on_new_page is not None:
                on_new_page()
        block.draw(self.y)
        self.y += block.height

    def draw_footers(self) -> None:
        """Draw the footers of all pages; call it once all pages exist."""
        pages, half = self.canvas.pages, self.content_width / 2 - GUTTER
        text = f"{self.labels.name()} · {self.document.business.name}"
        footer = self.truncate(text, self.content_width * 0.75, SMALL)
        with self.canvas.within(None):
            for number, page in enumerate(pages, 1):
                bottom = self.canvas.height if number < len(pages) else self.last_page_end
                self.canvas.select_page(page)
                self.draw_rule(bottom - 50)
                self.canvas.text(footer, MARGIN, bottom - 36, SMALL, MUTED)
                page_number = self.shape(self.labels.page(number, len(pages)))
                end = MARGIN + self.content_width - half
                self.canvas.text(page_number, end, bottom - 36, SMALL, MUTED, width=half, align=END)


def split_into_pieces(texts: Sequence[T]) -> list[Sequence[T]]:
    """Return lines in pieces that are not split over pages.

    A few lines are one piece. Of many, the first two and the last two are pieces and each other
    line is one.
    """
    if len(texts) <= _MAX_KEPT_TOGETHER:
        return [texts]
    return [texts[:2], *(texts[at : at + 1] for at in range(2, len(texts) - 2)), texts[-2:]]


def _paper_size(document: PdfDocument) -> PaperSize:
    """Return the paper to draw on: A4 if it has a Swiss payment slip, which is made for it."""
    has_slip = document.transfer is not None and document.transfer.swiss_qr_bill is not None
    return PaperSize.A4 if has_slip else document.paper_size


def _operands(color: str) -> str:
    """Return a colour (`#rrggbb`) as operands of the operator rg."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return f"{red / 255:.3f} {green / 255:.3f} {blue / 255:.3f}"


def _texts(document: PdfDocument) -> list[str]:
    """Return the texts that show in which script the document is written."""
    parties = (document.business, document.customer)
    return [
        *(text for party in parties for text in (party.name, party.address or "")),
        *(line.description for line in document.lines),
        *(row.text for table in document.statements for row in table.rows),
        document.delivery_address or "",
        document.payment_terms or "",
        document.notes or "",
        document.footer or "",
    ]
