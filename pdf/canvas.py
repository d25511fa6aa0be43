"""Pages to draw on: text, rectangles, images and links, in points from the top left.

For a right-to-left language everything is mirrored: `x` then counts from the right.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Self

from pdf.fonts import EMOJI, Font, MappedGlyph
from pdf.images import Image
from pdf.shaping import Glyph, ShapedLine
from pdf.structure import Content, Element, LinkArea
from values.parties import PaperSize

_SIZES: Final = {PaperSize.A4: (595.28, 841.89), PaperSize.LETTER: (612.0, 792.0)}
"""Width and height in points (ISO 216, ANSI/ASME Y14.1)."""

START: Final = 0.0
CENTER: Final = 0.5
END: Final = 1.0
"""Alignments: the share of the free space that goes before the text."""


@dataclass(slots=True)
class Link:
    """A rectangle of a page that opens a URL."""

    box: tuple[float, float, float, float]
    """Left, bottom, right and top, from the page's bottom left."""
    url: str
    description: str
    """What it opens, in words."""


_NOTHING: Final = Element("Nothing")
"""Before the first content of a page."""


@dataclass(slots=True)
class Page:
    """The operators of a page's content stream (ISO 32000-1, Annex A), and its links."""

    index: int
    operators: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    text_state: tuple[str, str] = ("", "")
    """The operators that set the current font with its size, and the current colour."""
    element: Element | None = _NOTHING
    """Whose content the last operators are; None for an artifact."""
    marks: int = 0
    """How many pieces of content are marked as an element's."""

    def operators_of(self, element: Element | None) -> list[str]:
        """Return the list to which operators of `element` can be added; of an artifact for None."""
        if element is not self.element:
            end = "" if self.element is _NOTHING else "EMC "
            self.element = element
            if element is None:
                self.operators.append(f"{end}/Artifact BMC")
            else:
                self.operators.append(f"{end}/{element.tag} <</MCID {self.marks}>> BDC")
                element.children.append(Content(self.index, self.marks))
                self.marks += 1
        return self.operators


class _Within:
    """Restores the element to which a canvas adds content."""

    __slots__ = ("_canvas", "_previous")

    def __init__(self, canvas: "Canvas", previous: Element | None) -> None:
        self._canvas = canvas
        self._previous = previous

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._canvas.element = self._previous


class FontUse:
    """The glyphs of a font that a document uses.

    In content streams, the code of a glyph is its number if it shows its own character.
    Otherwise, as for a ligature, the code comes after the font's last number, so that readers can
    extract the text that the glyph stands for.
    """

    def __init__(self, font: Font, name: str) -> None:
        self.font = font
        self.name = name
        """The name in content streams."""
        self.chars: set[str] = set()
        """Characters that are drawn as their own glyphs."""
        self.extra_codes: dict[MappedGlyph, int] = {}
        """The codes of all other glyphs."""

    @cached_property
    def space(self) -> str:
        """The operator that ends the last word of a line."""
        glyph = self.font.glyph(" ")
        drawn = self.font.mapped(glyph, " ")
        if self.font.family == EMOJI:  # whose space is a picture
            drawn = drawn._replace(parts=())
        return f"<{self._code(drawn):04X}>Tj "

    def positioned(self, glyphs: Iterable[Glyph]) -> str:
        """Return the operand of TJ (ISO 32000-1, 9.4.3) for positioned glyphs."""
        operand, pen = "", 0
        for drawn, x in glyphs:
            if x != pen:
                operand += f"{pen - x}"
            operand += f"<{self._code(drawn):04X}>"
            pen = x + drawn.advance
        return operand.replace("><", "")

    def _code(self, drawn: MappedGlyph) -> int:
        text = drawn.text
        if drawn.is_whole() and len(text) == 1 and text not in self.font.shared_glyphs:
            glyph = drawn.parts[0].glyph
            if self.font.glyph(text) == glyph:
                self.chars.add(text)
                return glyph
        return self.extra_codes.setdefault(drawn, self.font.count + len(self.extra_codes))


class Canvas:
    """The pages of one document, with the fonts and images that they use."""

    def __init__(self, paper_size: PaperSize, *, mirrored: bool = False) -> None:
        self.width, self.height = _SIZES[paper_size]
        self.mirrored = mirrored
        self.pages: list[Page] = []
        self.fonts: dict[Font, FontUse] = {}
        self.images: list[Image] = []
        self.page: Page
        self.structure = Element("Document")
        self.element: Element | None = self.structure
        """To which drawn text and pictures belong; None if they are artifacts."""

    def within(self, element: Element | None) -> _Within:
        """Let content belong to `element` until the end of the context; to none for None.

        At its first content, an element becomes part of the one around it. All that is drawn within
        an artifact is an artifact.
        """
        outer = self.element
        if outer is None:
            element = None
        elif element is not None and not element.is_attached:
            element.is_attached = True
            outer.children.append(element)
        self.element = element
        return _Within(self, outer)

    def add_page(self) -> None:
        """Add a page and select it."""
        self.select_page(Page(len(self.pages)))
        self.pages.append(self.page)

    def select_page(self, page: Page) -> None:
        """Draw on `page` from now on."""
        self.page = page

    def text(
        self,
        line: ShapedLine,
        x: float,
        y: float,
        size: float,
        color: str,
        *,
        width: float = 0.0,
        align: float = START,
    ) -> None:
        """Draw a line with its baseline at `y`, aligned in a box of `width` that starts at `x`."""
        if not line.runs:
            return
        line_width = line.width * size / 1000
        left = self._left(x + (width - line_width) * align, line_width)
        element = self.element
        operators = self.page.operators_of(element)
        if element is not None:
            element.text += line.text if line.continues else f"{line.text} "
            element.is_rearranged |= line.is_rearranged
        for run in line.runs:
            use = self._use(run.font)
            start = left + run.x * size / 1000
            state = self._set_text_state(use, size, color)
            operators.append(f"BT {state}1 0 0 1 {start:.2f} {self.height - y:.2f} Tm")
            if run.glyphs:
                shown = f"[{use.positioned(run.glyphs)}]TJ"
            else:
                use.chars.update(run.text)
                shown = f"<{run.codes}>Tj"
            is_end = run is line.runs[-1] and not (line.continues or line.is_rearranged)
            operators.append(f"{shown} {use.space if is_end else ''}ET")

    def _use(self, font: Font) -> FontUse:
        use = self.fonts.get(font)
        if use is None:
            use = self.fonts[font] = FontUse(font, f"F{len(self.fonts)}")
        return use

    def _set_text_state(self, use: FontUse, size: float, color: str) -> str:
        """Return the operators that differ from the current text state."""
        font, fill = f"/{use.name} {size:g} Tf ", f"{color} rg "
        current_font, current_fill = self.page.text_state
        self.page.text_state = font, fill
        return ("" if font == current_font else font) + ("" if fill == current_fill else fill)

    def rectangle(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle whose top is at `y`. It decorates the page, so it is an artifact."""
        box = f"{self._left(x, width):.2f} {self.height - y - height:.2f} {width:.2f} {height:.2f}"
        self.page.operators_of(None).append(f"q {color} rg {box} re f Q")

    def image(self, image: Image, x: float, y: float, width: float, height: float) -> None:
        """Draw an image with its top at `y`."""
        if image not in self.images:
            self.images.append(image)
        name, left = self.images.index(image), self._left(x, width)
        matrix = f"{width:.2f} 0 0 {height:.2f} {left:.2f} {self.height - y - height:.2f}"
        operators = self._picture(left, y, width, height)
        operators.append(f"q {matrix} cm /I{name} Do Q")

    def qr_modules(
        self, rows: tuple[bytes, ...], x: float, y: float, width: float, color: str
    ) -> None:
        """Draw the dark modules of a QR code with its top at `y`. The code is never mirrored."""
        side = width / len(rows)
        left, top = self._left(x, width), self.height - y
        path = []
        for at, row in enumerate(rows):
            for start, length in _runs(row):
                path.append(f"{start} {-at - 1} {length} 1 re")
        matrix = f"{side:.4f} 0 0 {side:.4f} {left:.2f} {top:.2f} cm"
        operators = self._picture(left, y, width, width)
        operators.append(f"q {color} rg {matrix} {' '.join(path)} f Q")

    def _picture(self, left: float, y: float, width: float, height: float) -> list[str]:
        """Return the operators of the current figure, and note where it is."""
        bottom = self.height - y - height
        if self.element is not None:
            self.element.box = (left, bottom, left + width, bottom + height)
        return self.page.operators_of(self.element)

    def watermark(self, line: ShapedLine, size: float, color: str) -> None:
        """Draw a line diagonally across the middle of the page, from bottom left to top right.

        It is an artifact.
        """
        half = line.width * size / 2000
        sine = 0.7071  # of 45 degrees, and the cosine as well
        x, y = self.width / 2 - half * sine, self.height / 2 - half * sine
        matrix = f"{sine} {sine} {-sine} {sine} {x:.2f} {y:.2f} cm"
        page, mirrored = self.page, self.mirrored
        layer = Page(page.index, element=None)
        self.page = layer
        self.mirrored = False
        with self.within(None):
            self.text(line, 0, self.height, size, color)
        self.page = page
        self.mirrored = mirrored
        self.page.operators_of(None).append(f"q {matrix} {' '.join(layer.operators)} Q")

    def link(
        self, x: float, y: float, width: float, height: float, *, url: str, description: str
    ) -> None:
        """Make a rectangle whose top is at `y` open `url`, as part of the current element."""
        left, top = self._left(x, width), self.height - y
        box = (round(left, 2), round(top - height, 2), round(left + width, 2), round(top, 2))
        if self.element is not None:
            self.element.children.append(LinkArea(self.page.index, len(self.page.links)))
        self.page.links.append(Link(box, url, description))

    def _left(self, x: float, width: float) -> float:
        return self.width - x - width if self.mirrored else x


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Return the start and length of each run of dark modules in a row."""
    runs, start = [], None
    for at, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = at
        elif not dark and start is not None:
            runs.append((start, at - start))
            start = None
    return runs
