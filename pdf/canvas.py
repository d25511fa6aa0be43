"""Pages to draw on: text, lines, areas, pictures and links, in points from the top left.

For a language that runs leftwards everything is drawn mirrored: `x` is then counted from the right.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Final

from pdf.fonts import Font, Pair
from pdf.images import Image
from pdf.shaping import Glyph, ShapedLine

WIDTH: Final = 595.28
HEIGHT: Final = 841.89
"""A4 (ISO 216), in points."""

START: Final = 0.0
CENTER: Final = 0.5
END: Final = 1.0
"""Where text stands in its box: how much of what is left is before it."""


@dataclass(slots=True)
class Link:
    """An area of a page that opens an address."""

    box: tuple[float, float, float, float]
    """Left, bottom, right and top, from the page's bottom left."""
    address: str


@dataclass(slots=True)
class Page:
    """What is drawn on one page: operators of a content stream (ISO 32000-1, Annex A)."""

    operators: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    pen: tuple[str, ...] = ()
    """Font, size and colour that are set."""


class FontUse:
    """What a document uses of a font.

    A glyph's code in content streams is its own number where it stands for its own character.
    Otherwise, as for a ligature, it is a number behind the font's last one, so that a reader
    gets back what each stands for at its place.
    """

    def __init__(self, font: Font, name: str) -> None:
        self.font = font
        self.name = name
        """In content streams."""
        self.chars: set[str] = set()
        """Those that are drawn as their own glyphs."""
        self.others: dict[Pair, int] = {}
        """The codes of glyphs that stand for something else."""

    def placed(self, glyphs: Iterable[Glyph], pen: int) -> tuple[str, int]:
        """Return the operand of TJ (ISO 32000-1, 9.4.3) that draws glyphs at their places.

        `pen` is where the one before left off; where this one does is returned with it.
        """
        operand = ""
        for glyph in glyphs:
            if glyph.x != pen:
                operand += f"{pen - glyph.x}"
            operand += f"<{self._code(glyph):04X}>"
            pen = glyph.x + self.font.advance(glyph.number)
        return operand.replace("><", ""), pen

    def _code(self, glyph: Glyph) -> int:
        text = glyph.text
        is_own = len(text) == 1 and self.font.glyph(text) == glyph.number
        if is_own and text not in self.font.doubles:
            self.chars.add(text)
            return glyph.number
        pair = Pair(glyph.number, glyph.text)
        return self.others.setdefault(pair, self.font.count + len(self.others))


class Canvas:
    """The pages of one document, and what they use of fonts and pictures."""

    def __init__(self, *, mirrored: bool = False) -> None:
        self.mirrored = mirrored
        self.pages: list[Page] = []
        self.fonts: dict[Font, FontUse] = {}
        self.images: list[Image] = []
        self.page: Page

    def add_page(self) -> None:
        """Begin a new page, and draw on it from now on."""
        self.turn_to(Page())
        self.pages.append(self.page)

    def turn_to(self, page: Page) -> None:
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
        """Draw a line with its baseline at `y`, in a box of `width` from `x` on."""
        if not line.runs:
            return
        taken = line.width * size / 1000
        left = self._left(x + (width - taken) * align, taken)
        operators = self.page.operators
        for run in line.runs:
            use = self._use(run.font)
            begin = left + run.x * size / 1000
            operators.append(
                f"BT {self._pen(use, size, color)}1 0 0 1 {begin:.2f} {HEIGHT - y:.2f} Tm"
            )
            if not run.glyphs:
                use.chars.update(run.text)
                operators.append(f"<{run.codes}>Tj ET")
                continue
            pen = 0
            for rise, group in groupby(run.glyphs, attrgetter("rise")):
                operand, pen = use.placed(group, pen)
                operators.append(f"{rise * size / 1000:.2f} Ts [{operand}]TJ")
            operators.append("0 Ts ET")

    def _use(self, font: Font) -> FontUse:
        use = self.fonts.get(font)
        if use is None:
            use = self.fonts[font] = FontUse(font, f"F{len(self.fonts)}")
        return use

    def _pen(self, use: FontUse, size: float, color: str) -> str:
        """Return the operators that set what is not set yet."""
        wanted = (f"/{use.name} {size:g} Tf ", f"{color} rg ")
        if wanted == self.page.pen:
            return ""
        set_already = self.page.pen
        self.page.pen = wanted
        return "".join(operator for operator in wanted if operator not in set_already)

    def area(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """Fill a rectangle whose top is at `y`."""
        box = f"{self._left(x, width):.2f} {HEIGHT - y - height:.2f} {width:.2f} {height:.2f}"
        self.page.operators.append(f"q {color} rg {box} re f Q")

    def picture(self, image: Image, x: float, y: float, width: float, height: float) -> None:
        """Draw an image with its top at `y`."""
        if image not in self.images:
            self.images.append(image)
        name, left = self.images.index(image), self._left(x, width)
        matrix = f"{width:.2f} 0 0 {height:.2f} {left:.2f} {HEIGHT - y - height:.2f}"
        self.page.operators.append(f"q {matrix} cm /I{name} Do Q")

    def modules(
        self, rows: tuple[bytes, ...], x: float, y: float, width: float, color: str
    ) -> None:
        """Draw a square pattern of dark modules, as a QR code has them; it is never mirrored."""
        side = width / len(rows)
        left, top = self._left(x, width), HEIGHT - y
        path = []
        for at, row in enumerate(rows):
            for begin, length in _stretches(row):
                path.append(f"{begin} {-at - 1} {length} 1 re")
        placed = f"{side:.4f} 0 0 {side:.4f} {left:.2f} {top:.2f} cm"
        self.page.operators.append(f"q {color} rg {placed} {' '.join(path)} f Q")

    def slanted(self, line: ShapedLine, size: float, color: str) -> None:
        """Draw a line across the middle of the page, from the bottom left to the top right."""
        half = line.width * size / 2000
        slant = 0.7071
        x, y = WIDTH / 2 - half * slant, HEIGHT / 2 - half * slant
        matrix = f"{slant} {slant} {-slant} {slant} {x:.2f} {y:.2f} cm"
        drawn = Page()
        outer, self.page = self.page, drawn
        self.mirrored, mirrored = False, self.mirrored
        self.text(line, 0, HEIGHT, size, color)
        self.mirrored, self.page = mirrored, outer
        self.page.operators.append(f"q {matrix} {' '.join(drawn.operators)} Q")

    def link(self, x: float, y: float, width: float, height: float, address: str) -> None:
        """Let a rectangle whose top is at `y` open `address`."""
        left, top = self._left(x, width), HEIGHT - y
        box = (round(left, 2), round(top - height, 2), round(left + width, 2), round(top, 2))
        self.page.links.append(Link(box, address))

    def _left(self, x: float, width: float) -> float:
        return WIDTH - x - width if self.mirrored else x


def _stretches(row: bytes) -> list[tuple[int, int]]:
    """Return where dark modules begin in a row, and how many follow one another."""
    found, begin = [], None
    for at, dark in enumerate([*row, 0]):
        if dark and begin is None:
            begin = at
        elif not dark and begin is not None:
            found.append((begin, at - begin))
            begin = None
    return found
