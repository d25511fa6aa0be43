"""The pages of one document while they are drawn: its text, its margins, and where a page ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from core.colors import contrast
from pdf.canvas import END, HEIGHT, START, WIDTH, Canvas
from pdf.documents import Document
from pdf.fonts import BOLD, REGULAR, script_of
from pdf.labels import Words
from pdf.shaping import ShapedLine, typeface
from pdf.text import clean, cut, line_of, one_line, wrap

MARGIN: Final = 48.0
INNER: Final = WIDTH - 2 * MARGIN
"""How wide what stands between the margins is."""
TOP: Final = 52.0
BOTTOM: Final = HEIGHT - 64.0
"""What stands above the footer ends here."""

SMALL: Final = 7.5
BODY: Final = 9.0
STRONG: Final = 12.0
TITLE: Final = 24.0
LEADING: Final = 1.45
"""From one baseline to the next, as a multiple of the size."""

INK: Final = "0.11 0.14 0.19"
QUIET: Final = "0.38 0.43 0.49"
RULE: Final = "0.88 0.90 0.92"
PANEL: Final = "0.965 0.97 0.976"
FAINT: Final = "0.93 0.94 0.95"

GUTTER: Final = 14.0
_BAR: Final = 6.0
_KEPT: Final = 12
"""Lines of text that are few."""
_READABLE: Final = 4.5
"""The contrast that text must have (WCAG 2.2, 1.4.3)."""


@dataclass(frozen=True, slots=True)
class Block:
    """What is drawn in one piece; `draw` is told where its top is."""

    height: float
    draw: Callable[[float], None]


class Sheet:
    """Draws the text of one document, and begins a new page where one is full."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words = Words(document)
        self.canvas = Canvas(mirrored=self.words.rtl)
        self.accent = _operands(document.accent_color)
        readable = contrast(document.accent_color, "#ffffff") >= _READABLE
        self.heading = self.accent if readable else INK
        self.y = 0.0
        """Where what comes next begins."""
        script = script_of(document.language, _texts(document))
        self._regular = typeface(script, REGULAR)
        self._bold = typeface(script, BOLD)
        self._begin_page()

    # --- text -------------------------------------------------------------------------------------

    def shape(self, text: str, *, bold: bool = False) -> ShapedLine:
        """Return text that is kept on one line."""
        face = self._bold if bold else self._regular
        return line_of(one_line(text), face, rtl=self.words.rtl)

    def wrap(self, text: str, width: float, size: float, *, bold: bool = False) -> list[ShapedLine]:
        """Return text in lines that are no wider than `width`."""
        face = self._bold if bold else self._regular
        return wrap(clean(text), face, width * 1000 / size, rtl=self.words.rtl)

    def fit(
        self, text: str, width: float, size: float, *, bold: bool = False
    ) -> tuple[ShapedLine, float]:
        """Return text on one line, and the size at which it is no wider than `width`."""
        line = self.shape(text, bold=bold)
        return line, min(size, width * 1000 / line.width) if line.width else size

    def excerpt(self, text: str, width: float, size: float, *, bold: bool = False) -> ShapedLine:
        """Return as much of a text that stands elsewhere, too, as is no wider than `width`."""
        face = self._bold if bold else self._regular
        excerpt = cut(one_line(text), face, width * 1000 / size)
        return line_of(excerpt, face, rtl=self.words.rtl)

    def lines(
        self,
        lines: Sequence[ShapedLine],
        x: float,
        y: float,
        size: float,
        color: str = INK,
        *,
        width: float = 0.0,
        align: float = START,
    ) -> float:
        """Draw lines one below the other, with their top at `y`; return where they end."""
        for line in lines:
            self.canvas.text(line, x, y + size * 1.1, size, color, width=width, align=align)
            y += size * LEADING
        return y

    # --- pages ------------------------------------------------------------------------------------

    def _begin_page(self) -> None:
        self.canvas.add_page()
        self.canvas.area(0, 0, WIDTH, _BAR, self.accent)
        mark = self.words.mark()
        if mark is not None:
            line, size = self.fit(mark, WIDTH * 0.8, 120.0, bold=True)
            self.canvas.slanted(line, size, FAINT)
        self.y = TOP

    def continue_page(self) -> None:
        """Begin another page, and say there whose it is."""
        self._begin_page()
        half = INNER / 2 - GUTTER
        name = self.excerpt(self.document.business.name, half, BODY, bold=True)
        title = self.excerpt(self.words.name(), half, BODY)
        end = MARGIN + INNER - half
        self.canvas.text(name, MARGIN, self.y, BODY, INK)
        self.canvas.text(title, end, self.y, BODY, QUIET, width=half, align=END)
        self.y += 22

    def place(self, block: Block, *, again: Callable[[], None] | None = None) -> None:
        """Draw a block where it fits: here, or on a new page, which `again` begins."""
        if self.y + block.height > BOTTOM:
            self.continue_page()
            if again is not None:
                again()
        block.draw(self.y)
        self.y += block.height

    def draw_footers(self) -> None:
        """Draw what stands at the bottom of every page, once it is known how many there are."""
        pages, half = self.canvas.pages, INNER / 2 - GUTTER
        said = f"{self.words.name()} · {self.document.business.name}"
        footer = self.excerpt(said, INNER * 0.75, SMALL)
        for number, page in enumerate(pages, 1):
            self.canvas.turn_to(page)
            self.canvas.area(MARGIN, HEIGHT - 50, INNER, 0.6, RULE)
            self.canvas.text(footer, MARGIN, HEIGHT - 36, SMALL, QUIET)
            count = self.shape(self.words.page(number, len(pages)))
            end = MARGIN + INNER - half
            self.canvas.text(count, end, HEIGHT - 36, SMALL, QUIET, width=half, align=END)


def in_pieces(texts: Sequence[ShapedLine]) -> list[Sequence[ShapedLine]]:
    """Return lines as they are kept together on a page: all of a few, else one by one.

    The first two and the last two always stay together.
    """
    if len(texts) <= _KEPT:
        return [texts]
    return [texts[:2], *(texts[at : at + 1] for at in range(2, len(texts) - 2)), texts[-2:]]


def _operands(color: str) -> str:
    """Return a colour (`#rrggbb`) as operands of rg."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return f"{red / 255:.3f} {green / 255:.3f} {blue / 255:.3f}"


def _texts(document: Document) -> list[str]:
    """Return what people typed, as far as it tells in which script they write."""
    parties = (document.business, document.customer)
    return [
        *(text for party in parties for text in (party.name, party.address or "")),
        *(line.description for line in document.lines),
        document.notes or "",
    ]
