"""From text to glyphs that are placed: the font of each character, direction, and shaping.

Widths and places are in thousandths of an em; whoever draws a line multiplies by its size.
"""

import re
from functools import cache, lru_cache
from itertools import groupby, pairwise, zip_longest
from typing import Final, NamedTuple
from unicodedata import category

import uharfbuzz as hb

from pdf.bidi import levels_of, visual_order
from pdf.fonts import EMOJI, MISSING, SANS, Font, families, font

_MAKES_EMOJI: Final = "\ufe0f\u20e3"
"""What asks for a picture of the character before it: U+FE0F, and the frame of a key."""
_JOINERS: Final = "\u200c\u200d"
_SIMPLE: Final = re.compile(
    r"[\u0020-\u02ff\u0370-\u0482\u048a-\u058f\u10a0-\u10ff\u1e00-\u200a\u2010-\u2027\u202f-\u205e"
    r"\u2070-\u20cf\u2100-\u2bff\u2e80-\u3029\u3030-\u3098\u309b-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    r"\ufb00-\ufb06\ufe30-\ufefe\uff00-\uffef\U00020000-\U0003ffff]*"
)
"""Text that is drawn one glyph a character, from left to right."""
_LONGEST_CACHED: Final = 60


class Glyph(NamedTuple):
    """A glyph that shaping chose and placed."""

    number: int
    text: str
    """What it stands for, alone or for those behind it."""
    x: int
    """Where it is drawn, from the left end of its run."""
    rise: int
    """How far above the line."""


class Run(NamedTuple):
    """Glyphs of one font that follow one another; `x` is where they begin in their line."""

    font: Font
    x: int
    width: int
    text: str
    """Characters that are drawn as their own glyphs, one after the other."""
    codes: str
    """The numbers of these glyphs, of four hex digits each."""
    glyphs: tuple[Glyph, ...] = ()
    """What is drawn instead, where neighbours change each other's form."""


class ShapedLine(NamedTuple):
    """A line, ready to be drawn; its runs from left to right."""

    width: int
    runs: tuple[Run, ...]


class Typeface:
    """One weight of all fonts together, in the order that a document's language asks for."""

    def __init__(self, language: str, weight: int) -> None:
        self._fonts = [(family, weight) for family in families(language)]
        self.primary = font(SANS, weight)
        self._emoji = font(EMOJI, weight)
        self._font_of: dict[str, Font | None] = {}
        self._glyphs: dict[str, str] = {}
        self._advances: dict[str, int] = {}
        self._plain: set[str] = set()
        self._doubles: set[str] = set()
        self._shape = lru_cache(maxsize=4_096)(self._shape_anew)
        self._width = lru_cache(maxsize=4_096)(self._width_anew)

    def shape(self, text: str, *, rtl: bool = False) -> ShapedLine:
        """Return a line of text; `rtl` is the direction of the paragraph that it is of."""
        if len(text) > _LONGEST_CACHED:
            return self._shape_anew(text, rtl)
        return self._shape(text, rtl)

    def width(self, text: str) -> int:
        """Return how wide a line of text is, whatever its direction."""
        return self._width(text) if len(text) <= _LONGEST_CACHED else self._width_anew(text)

    def _width_anew(self, text: str) -> int:
        if _SIMPLE.fullmatch(text):
            return self._simple(text, rtl=False).width
        width = 0
        for chosen, chars in groupby(zip(self._itemized(text), text, strict=True), _font_of):
            part = "".join(char for _, char in chars)
            if chosen is None:
                width += self._missing_run(part, 0).width
            else:
                buffer = _shaped(chosen, part, rtl=False)
                width += sum(each.x_advance for each in buffer.glyph_positions) * chosen.scale
        return round(width)

    def _shape_anew(self, text: str, rtl: bool) -> ShapedLine:
        if not text:
            return ShapedLine(0, ())
        if _SIMPLE.fullmatch(text):
            return self._simple(text, rtl=rtl)
        return self._complex(text, rtl)

    def _simple(self, text: str, *, rtl: bool) -> ShapedLine:
        """Return text of which each character is a glyph, with no look at its neighbours."""
        if self._plain.issuperset(text):
            run = self._plain_run(self.primary, text, 0)
            return ShapedLine(run.width, (run,))
        runs, x = [], 0
        for chosen, chars in groupby(text, self._simple_font):
            run = self._plain_run(chosen, "".join(chars), x)
            runs.append(run)
            x += run.width
        if not self._doubles.isdisjoint(text):
            return self._complex(text, rtl)  # there each glyph says what it stands for
        return ShapedLine(x, tuple(runs))

    def _plain_run(self, chosen: Font | None, text: str, x: int) -> Run:
        """Return text of which each character has its glyph in `chosen`, or a box for None."""
        codes = "".join(map(self._glyphs.__getitem__, text))
        width = sum(map(self._advances.__getitem__, text))
        return Run(chosen or self.primary, x, width, text if chosen else MISSING.text, codes)

    def _simple_font(self, char: str) -> Font | None:
        try:
            return self._font_of[char]
        except KeyError:
            found = self._find(char)
            drawn = found or self.primary
            glyph = drawn.glyph(char) if found else 0
            self._glyphs[char] = f"{glyph:04X}"
            self._advances[char] = drawn.advance(glyph)
            self._font_of[char] = found
            if found and char in found.doubles:
                self._doubles.add(char)
            elif found is self.primary:
                self._plain.add(char)
            return found

    def _find(self, char: str) -> Font | None:
        """Return the first font that has `char`; None if none has."""
        for family, weight in self._fonts:
            candidate = font(family, weight)
            if candidate.glyph(char):
                return candidate
        return None

    def _complex(self, text: str, rtl: bool) -> ShapedLine:
        """Return text of which neighbours change each other's form, or that runs leftwards."""
        levels, spans = levels_of(text, rtl=rtl), []
        for (level, chosen), chars in groupby(
            zip(levels, self._itemized(text), text, strict=True), lambda item: item[:2]
        ):
            spans.append((level, chosen, "".join(char for _, _, char in chars)))
        runs, x = [], 0
        for at in visual_order([level for level, _, _ in spans]):
            level, chosen, part = spans[at]
            run = self._shape_span(chosen, part, x, rtl=level % 2 == 1)
            runs.append(run)
            x += run.width
        return ShapedLine(x, tuple(runs))

    def _itemized(self, text: str) -> list[Font | None]:
        """Return the font of each character; one that goes with its neighbour takes its font."""
        fonts: list[Font | None] = []
        for char, behind in zip_longest(text, text[1:], fillvalue=""):
            before = fonts[-1] if fonts else None
            if behind and behind in _MAKES_EMOJI and self._emoji.glyph(char):
                fonts.append(self._emoji)
            elif before is not None and _stays(char, before):
                fonts.append(before)
            else:
                fonts.append(self._simple_font(char))
        return fonts

    def _shape_span(self, chosen: Font | None, text: str, x: int, *, rtl: bool) -> Run:
        if chosen is None:
            return self._missing_run(text, x)
        return Run(chosen, x, *_placed(_shaped(chosen, text, rtl=rtl), text, chosen.scale))

    def _missing_run(self, text: str, x: int) -> Run:
        """Return boxes for text that no font has; marks alone get none."""
        return self._plain_run(None, "" if all(map(follows, text)) else text, x)


@cache
def typeface(language: str, weight: int) -> Typeface:
    """Return the fonts of a weight in the order for a language; see `fonts.families`."""
    return Typeface(language, weight)


def _stays(char: str, before: Font) -> bool:
    """Return whether a character is drawn with the font of what it stands behind."""
    if before.family == EMOJI:
        return follows(char) and before.glyph(char) != 0  # its digits and spaces are pictures, too
    return (follows(char) or not char.isalpha()) and before.glyph(char) != 0


def follows(char: str) -> bool:
    """Return whether a character belongs to what it stands behind: a mark, or a joiner."""
    return char in _JOINERS or category(char)[0] == "M" or _is_modifier(char)


def _is_modifier(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"


def _font_of(item: tuple[Font | None, str]) -> Font | None:
    return item[0]


def _shaped(chosen: Font, text: str, *, rtl: bool) -> hb.Buffer:
    """Return what HarfBuzz makes of text in one direction and of one font."""
    buffer = hb.Buffer()
    buffer.add_codepoints(list(map(ord, text)))
    buffer.guess_segment_properties()
    buffer.language = "und"  # rather than the process's
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
    buffer.direction = "rtl" if rtl else "ltr"
    hb.shape(chosen.shaper, buffer)
    return buffer


def _placed(buffer: hb.Buffer, text: str, scale: float) -> tuple[int, str, str, tuple[Glyph, ...]]:
    """Return what a run has behind its place: the shaped glyphs, from left to right.

    A cluster's text goes to the widest of its glyphs, and that of a mark off the line to the letter
    before. Glyphs without a text come last: a reader takes what is drawn between two letters for
    the end of a word.
    """
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    starts = sorted({info.cluster for info in infos})
    ends = dict(pairwise([*starts, len(text)]))
    widest = {}
    if len(starts) < len(infos):
        for cluster, members in groupby(range(len(infos)), lambda at: infos[at].cluster):
            widest[cluster] = max(members, key=lambda at: positions[at].x_advance)
    glyphs: list[Glyph] = []
    pen = 0
    for at, (info, position) in enumerate(zip(infos, positions, strict=True)):
        start = info.cluster
        said = text[start : ends[start]] if widest.get(start, at) == at else ""
        x, rise = round(position.x_offset * scale), round(position.y_offset * scale)
        if rise and said and glyphs and buffer.direction == "ltr":
            base = max(range(len(glyphs)), key=lambda at: (bool(glyphs[at].text), at))
            glyphs[base] = glyphs[base]._replace(text=glyphs[base].text + said)
            said = ""
        glyphs.append(Glyph(info.codepoint, said, pen + x, rise))
        pen += round(position.x_advance * scale)
    glyphs.sort(key=lambda glyph: not glyph.text)
    return pen, "", "", tuple(glyphs)
