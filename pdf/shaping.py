"""Text shaping: the font of each character, direction, and positioned glyphs.

Widths and positions are in thousandths of an em.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby, pairwise, zip_longest
from typing import Final, NamedTuple
from unicodedata import category

import uharfbuzz as hb

from pdf.bidi import embedding_levels, visual_order
from pdf.composites import Part
from pdf.fonts import EMOJI, MISSING, SANS, Font, MappedGlyph, font, font_families

_EMOJI_SELECTORS: Final = "\ufe0f\u20e3"
"""U+FE0F and the frame of a key, which turn the character before them into an emoji."""
_JOINERS: Final = "\u200c\u200d"
_SIMPLE: Final = re.compile(
    r"[\u0020-\u02ff\u0370-\u0482\u048a-\u058f\u10a0-\u10ff\u1e00-\u200a\u2010-\u2027\u202f-\u205e"
    r"\u2070-\u20cf\u2100-\u2bff\u2e80-\u3029\u3030-\u3098\u309b-\ua4cf\uac00-\ud7a3\uf900-\ufaff"
    r"\ufb00-\ufb06\ufe30-\ufefe\uff00-\uffef\U00020000-\U0003ffff]*"
)
"""Text with one glyph for each character, from left to right."""
_MAX_CACHED_LENGTH: Final = 60
MAX_CLUSTER_LENGTH: Final = 12
"""Characters that one glyph can stand for. Words need fewer, but emoji can be joined endlessly."""

_Member = tuple[int, hb.GlyphPosition]
"""The number of a glyph, and where HarfBuzz puts it."""


class Glyph(NamedTuple):
    """A letter with its marks, or what else is drawn together, at `x` from the left of its run."""

    drawn: MappedGlyph
    x: int


class Run(NamedTuple):
    """Consecutive glyphs of one font; `x` is their start in the line."""

    font: Font
    x: int
    width: int
    text: str
    """Characters that are drawn as their own glyphs."""
    codes: str
    """The numbers of these glyphs, in four hex digits each."""
    glyphs: tuple[Glyph, ...] = ()
    """The glyphs to draw instead, where neighbours change each other's form."""


class ShapedLine(NamedTuple):
    """A line that is ready to draw, with its runs from left to right."""

    width: int
    runs: tuple[Run, ...]
    text: str
    """As it was typed."""
    is_rearranged: bool = False
    """Whether the text can't be told from the order of the glyphs."""
    continues: bool = False
    """Whether the next line continues its last word."""


class Typeface:
    """All fonts in one weight, in the order for a variant of Chinese characters."""

    def __init__(self, variant: str, weight: int) -> None:
        self._fonts = [(family, weight) for family in font_families(variant)]
        self.primary = font(SANS, weight)
        self._emoji = font(EMOJI, weight)
        self._font_of: dict[str, Font | None] = {}
        self._glyphs: dict[str, str] = {}
        self._advances: dict[str, int] = {}
        self._plain: set[str] = set()
        self._shared: set[str] = set()
        self._shape = lru_cache(maxsize=4_096)(self._shape_uncached)
        self._width = lru_cache(maxsize=4_096)(self._width_uncached)

    def shape(self, text: str, *, rtl: bool = False) -> ShapedLine:
        """Return a line of text; `rtl` is the direction of its paragraph."""
        if len(text) > _MAX_CACHED_LENGTH:
            return self._shape_uncached(text, rtl)
        return self._shape(text, rtl)

    def shape_part(self, text: str, levels: Sequence[int]) -> ShapedLine:
        """Return a line of a paragraph; `levels` are its characters' embedding levels."""
        return self._complex(text, levels)

    def is_simple(self, text: str) -> bool:
        """Return whether text has one glyph for each character, from left to right."""
        return _SIMPLE.fullmatch(text) is not None

    def width(self, text: str) -> int:
        """Return the width of a line of text, which doesn't depend on its direction."""
        return self._width(text) if len(text) <= _MAX_CACHED_LENGTH else self._width_uncached(text)

    def _width_uncached(self, text: str) -> int:
        if self.is_simple(text):
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

    def _shape_uncached(self, text: str, rtl: bool) -> ShapedLine:
        if not text:
            return ShapedLine(0, (), "")
        if self.is_simple(text):
            return self._simple(text, rtl=rtl)
        return self._complex(text, embedding_levels(text, rtl=rtl))

    def _simple(self, text: str, *, rtl: bool) -> ShapedLine:
        """Return text with one glyph for each character, whatever its neighbours."""
        if self._plain.issuperset(text):
            run = self._plain_run(self.primary, text, 0)
            return ShapedLine(run.width, (run,), text)
        runs, x = [], 0
        for chosen, chars in groupby(text, self._simple_font):
            run = self._plain_run(chosen, "".join(chars), x)
            runs.append(run)
            x += run.width
        if not self._shared.isdisjoint(text):
            return self._complex(
                text, embedding_levels(text, rtl=rtl)
            )  # where each glyph has its text
        return ShapedLine(x, tuple(runs), text)

    def _plain_run(self, chosen: Font | None, text: str, x: int) -> Run:
        """Return text whose characters all have a glyph in `chosen`; boxes if that is None."""
        codes = "".join(map(self._glyphs.__getitem__, text))
        width = sum(map(self._advances.__getitem__, text))
        return Run(
            font=chosen or self.primary,
            x=x,
            width=width,
            text=text if chosen else MISSING,
            codes=codes,
        )

    def _simple_font(self, char: str) -> Font | None:
        try:
            return self._font_of[char]
        except KeyError:
            chosen = self._first_font(char)
            font_or_box = chosen or self.primary
            glyph = font_or_box.glyph(char if chosen else MISSING)
            self._glyphs[char] = f"{glyph:04X}"
            self._advances[char] = font_or_box.advance(glyph)
            self._font_of[char] = chosen
            if chosen and char in chosen.shared_glyphs:
                self._shared.add(char)
            elif chosen is self.primary:
                self._plain.add(char)
            return chosen

    def _first_font(self, char: str) -> Font | None:
        """Return the first font that has `char`, or None."""
        for family, weight in self._fonts:
            candidate = font(family, weight)
            if candidate.glyph(char):
                return candidate
        return None

    def _complex(self, text: str, levels: Sequence[int]) -> ShapedLine:
        """Return text with right-to-left parts or characters that change each other's form."""
        spans = []
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
        is_rearranged = any(level % 2 for level in levels)
        return ShapedLine(x, tuple(runs), text, is_rearranged=is_rearranged)

    def _itemized(self, text: str) -> list[Font | None]:
        """Return the font of each character, which can depend on its neighbours."""
        fonts: list[Font | None] = []
        for char, next_char in zip_longest(text, text[1:], fillvalue=""):
            previous = fonts[-1] if fonts else None
            if next_char and next_char in _EMOJI_SELECTORS and self._emoji.glyph(char):
                fonts.append(self._emoji)
            elif previous is not None and _keeps_font(char, previous):
                fonts.append(previous)
            else:
                fonts.append(self._simple_font(char))
        return fonts

    def _shape_span(self, chosen: Font | None, text: str, x: int, *, rtl: bool) -> Run:
        if chosen is None:
            return self._missing_run(text, x)
        buffer = _shaped(chosen, text, rtl=rtl)
        width, glyphs = _position_glyphs(buffer, text, chosen)
        return Run(font=chosen, x=x, width=width, text="", codes="", glyphs=glyphs)

    def _missing_run(self, text: str, x: int) -> Run:
        """Return boxes for text that no font has, or nothing if it is only marks."""
        return self._plain_run(None, "" if all(map(extends_cluster, text)) else text, x)


@cache
def typeface(variant: str, weight: int) -> Typeface:
    """Return the fonts of a weight in the order for a variant; see `fonts.font_families`."""
    return Typeface(variant, weight)


def _keeps_font(char: str, previous: Font) -> bool:
    """Return whether a character is drawn in the font of the previous one."""
    if previous.family == EMOJI:
        # Its digits and spaces are images as well.
        return extends_cluster(char) and previous.glyph(char) != 0
    return (extends_cluster(char) or not char.isalpha()) and previous.glyph(char) != 0


def extends_cluster(char: str) -> bool:
    """Return whether a character belongs to the one before it: a mark, joiner or modifier."""
    return char in _JOINERS or category(char)[0] == "M" or _is_modifier(char)


def _is_modifier(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f"


def _font_of(item: tuple[Font | None, str]) -> Font | None:
    return item[0]


def _shaped(chosen: Font, text: str, *, rtl: bool) -> hb.Buffer:
    """Return text in one font and direction, shaped by HarfBuzz."""
    buffer = hb.Buffer()
    buffer.add_codepoints(list(map(ord, text)))
    buffer.guess_segment_properties()
    buffer.language = "und"  # instead of the process's locale
    levels = hb.BufferClusterLevel
    buffer.cluster_level = levels.MONOTONE_CHARACTERS if rtl else levels.MONOTONE_GRAPHEMES
    buffer.direction = "rtl" if rtl else "ltr"
    hb.shape(chosen.shaper, buffer)
    return buffer


def _position_glyphs(buffer: hb.Buffer, text: str, chosen: Font) -> tuple[int, tuple[Glyph, ...]]:
    """Return the width of a run and its glyphs from left to right, one for each cluster.

    Glyphs of one cluster become parts of one: none of them alone stands for a text, and readers
    take raised glyphs, and those drawn out of order, for other lines or words.
    """
    items = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    clusters = [
        (start, [(info.codepoint, position) for info, position in members])
        for start, members in groupby(items, lambda item: item[0].cluster)
    ]
    starts = sorted(start for start, _ in clusters)
    ends = dict(pairwise([*starts, len(text)]))
    glyphs: list[Glyph] = []
    pen = 0
    for start, members in clusters:
        for part, part_text in _limited(members, text[start : ends[start]]):
            drawn, advance = _merged(part, part_text, chosen)
            glyphs.append(Glyph(drawn, round(pen * chosen.scale)))
            pen += advance
    return round(pen * chosen.scale), tuple(glyphs)


def _limited(members: list[_Member], text: str) -> Iterator[tuple[list[_Member], str]]:
    """Yield the glyphs of a cluster and their text, in parts if it is too long for one glyph."""
    for at in range(0, len(text), MAX_CLUSTER_LENGTH):
        end = at + MAX_CLUSTER_LENGTH
        yield members[at : end if end < len(text) else None], text[at:end]


def _merged(members: list[_Member], text: str, chosen: Font) -> tuple[MappedGlyph, int]:
    """Return one glyph made of others, and the advance in font units."""
    parts, pen = [], 0
    for number, position in members:
        parts.append(Part(number, pen + position.x_offset, position.y_offset))
        pen += position.x_advance
    drawn = MappedGlyph(tuple(parts), round(pen * chosen.scale), text)
    return (chosen.mapped(parts[0].glyph, text) if drawn.is_whole() else drawn), pen
