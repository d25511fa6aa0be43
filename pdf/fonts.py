"""The fonts: which of them has a character, how wide its glyphs are, what of it a file carries.

All are of the Noto family, under the SIL Open Font License, and come with the packages
`manimgx-fonts` and `justmytype-intl-cjk`. Widths are in thousandths of an em.
"""

import struct
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from sys import byteorder
from typing import Final, NamedTuple

import uharfbuzz as hb

from i18n.locales import locale_of

REGULAR: Final = 400
BOLD: Final = 700

SANS: Final = "Sans"
EMOJI: Final = "Emoji"
_CJK: Final = {"ja": "JP", "ko": "KR", "zh-Hant": "TC", "zh": "SC"}
_SCRIPTS: Final = (
    *("SansArabic", "SansHebrew", "SansDevanagari", "SansThai", "SansArmenian", "SansGeorgian"),
    *("SansBengali", "SansTamil", "SansTelugu", "SansKannada", "SansMalayalam", "SansGujarati"),
    *("SansGurmukhi", "SansOriya", "SansSinhala", "SansLao", "SansKhmer", "SansMyanmar"),
    *("SansEthiopic", "SansSymbols", EMOJI),
)
_FLAGS: Final = (
    hb.SubsetFlags.RETAIN_GIDS
    | hb.SubsetFlags.NO_HINTING
    | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    | hb.SubsetFlags.NOTDEF_OUTLINE
)
_DROPPED: Final = (
    *("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "OS/2", "STAT", "VORG", "VVAR", "cmap", "gasp"),
    *("meta", "name", "post", "vhea", "vmtx"),
)
"""Tables that a PDF's reader has no use for: it addresses glyphs by their number."""
_UNITS: Final = 1000
_HEAD_BOX: Final = 36
"""Where the bounding box stands in the table `head` (OpenType specification, "head")."""


class Pair(NamedTuple):
    """A glyph that a document uses, and the text that it stands for."""

    glyph: int
    text: str


MISSING: Final = Pair(0, "\N{REPLACEMENT CHARACTER}")
"""The box that is drawn for what no font has."""


@dataclass(frozen=True, slots=True)
class Subset:
    """What a file carries of a font; the streams are deflated."""

    name: str
    program: bytes
    program_length: int
    """Before deflation."""
    widths: str
    """The W array of a CIDFont (ISO 32000-1, 9.7.4.3)."""
    to_unicode: bytes
    glyphs: bytes | None
    """Two bytes a code, the number of its glyph; None if each code is that number."""


class Font:
    """One weight of one font file."""

    def __init__(self, family: str, weight: int) -> None:
        path = _files()[family]
        self.family = family
        self.name = f"{path.name.partition('[')[0]}-{'Bold' if weight == BOLD else 'Regular'}"
        self.weight = weight
        self._face = _face(path)
        self.shaper = hb.Font(self._face.original)
        self.shaper.set_variations({"wght": weight})
        self.count: int = self._face.original.glyph_count
        """How many glyphs the font has."""
        self.scale: float = _UNITS / self._face.original.upem
        head = self._face.original.reference_table("head").data
        self.box = [round(edge * self.scale) for edge in struct.unpack_from(">4h", head, _HEAD_BOX)]

    @cached_property
    def doubles(self) -> frozenset[str]:
        """Characters that look like a lower one and share its glyph; spaces are none."""
        owners, doubles = set[int](), set[str]()
        for code in sorted(self._face.original.unicodes):
            glyph = self.shaper.get_nominal_glyph(code)
            if glyph in owners and not chr(code).isspace():
                doubles.add(chr(code))
            owners.add(glyph)
        return frozenset(doubles)

    def glyph(self, char: str) -> int:
        """Return the number of the glyph of `char`; 0 if the font has none."""
        glyph: int | None = self.shaper.get_nominal_glyph(ord(char))
        return glyph or 0

    def advance(self, glyph: int) -> int:
        """Return how far the pen moves on."""
        advance: int = self.shaper.get_glyph_h_advance(glyph)
        return round(advance * self.scale)

    def subset(self, chars: frozenset[str], others: tuple[Pair, ...]) -> Subset:
        """Return the part of the font that draws `chars` and `others`.

        The codes of the latter follow the number of the font's last glyph.
        """
        return _subset(self, chars, others)

    def cut(self, glyphs: set[int]) -> bytes:
        """Return the font with nothing but `glyphs`, at its weight, as TrueType."""
        wanted = hb.SubsetInput()
        wanted.flags = _FLAGS
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(glyphs)
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(map(_tag, _DROPPED))
        prepared = self._face.prepared()
        wanted.pin_axis_location(prepared, "wght", self.weight)
        cut: bytes = hb.subset(prepared, wanted).blob.data
        return cut


class _Face:
    """A font file, opened once for all weights."""

    def __init__(self, path: Path) -> None:
        self.original = hb.Face(hb.Blob.from_file_path(path))
        self._prepared: hb.Face | None = None

    def prepared(self) -> hb.Face:
        """Return the face as it is cut fastest; made at the first cut, for it takes a while."""
        if self._prepared is None:
            self._prepared = hb.subset_preprocess(self.original)
        return self._prepared


@cache
def _face(path: Path) -> _Face:
    return _Face(path)


@cache
def font(family: str, weight: int) -> Font:
    """Return a font of the family Noto by its name, e.g. "SansArabic" or "SansJP"."""
    return Font(family, weight)


@cache
def _files() -> dict[str, Path]:
    """Return the path of every font file by its family, e.g. "SansHebrew"."""
    found: dict[str, Path] = {}
    for package, pattern in (
        ("manimgx_fonts", "*.ttf"),
        ("justmytype_intl_cjk", "fonts/**/*.ttf"),
    ):
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        for path in Path(spec.origin).parent.glob(pattern):
            found[path.name.removeprefix("Noto").partition("[")[0]] = path
    return found


def families(language: str) -> list[str]:
    """Return where a character is looked for, in this order.

    Chinese, Japanese and Korean share characters that each writes differently: the document's
    `language` (one of `_CJK`'s keys, or any other) says whose come first.
    """
    first = _CJK.get(language, _CJK["zh"])
    return [
        SANS,
        *_SCRIPTS,
        *sorted(map("Sans{}".format, _CJK.values()), key=f"Sans{first}".__ne__),
    ]


def script_of(language: str, texts: Iterable[str]) -> str:
    """Return whose way to write Chinese characters a document wants: a key for `families`.

    In a document of another language its `texts` tell: kana are Japanese, hangul is Korean.
    """
    locale = locale_of(language)
    if locale.language == "zh":
        traditional = locale.script == "Hant" or locale.territory in ("TW", "HK", "MO")
        return "zh-Hant" if traditional else "zh"
    if locale.language in _CJK:
        return str(locale.language)
    foreign = "".join(text for text in texts if not text.isascii())
    if any("\u3040" <= char <= "\u30ff" for char in foreign):
        return "ja"
    return "ko" if any("\uac00" <= char <= "\ud7a3" for char in foreign) else "zh"


@lru_cache(maxsize=32)
def _subset(font: Font, chars: frozenset[str], others: tuple[Pair, ...]) -> Subset:
    by_code = {MISSING.glyph: MISSING}
    for char in sorted(chars):
        glyph = font.glyph(char)
        by_code.setdefault(glyph, Pair(glyph, char))
    by_code = dict(sorted(by_code.items())) | dict(enumerate(others, font.count))
    program = font.cut({pair.glyph for pair in by_code.values()})
    return Subset(
        name=f"{_prefix(by_code)}+{font.name}",
        program=zlib.compress(program),
        program_length=len(program),
        widths=_widths({code: font.advance(pair.glyph) for code, pair in by_code.items()}),
        to_unicode=zlib.compress(_to_unicode(by_code).encode()),
        glyphs=zlib.compress(_glyph_map(by_code)) if others else None,
    )


def _prefix(by_code: dict[int, Pair]) -> str:
    """Return six capitals that tell this subset from others (ISO 32000-1, 9.6.4)."""
    digest = sha256(repr(by_code).encode()).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])


def _widths(advances: dict[int, int]) -> str:
    """Return the W array: each stretch of codes that follow one another, and their widths."""
    parts = []
    for _, stretch in groupby(enumerate(advances), lambda item: item[1] - item[0]):
        codes = [code for _, code in stretch]
        parts.append(f"{codes[0]} [{' '.join(str(advances[code]) for code in codes)}]")
    return f"[{' '.join(parts)}]"


def _glyph_map(by_code: dict[int, Pair]) -> bytes:
    """Return the CIDToGIDMap (ISO 32000-1, 9.7.4.2)."""
    glyphs = array("H", bytes(2 * (max(by_code) + 1)))
    for code, pair in by_code.items():
        glyphs[code] = pair.glyph
    if byteorder == "little":
        glyphs.byteswap()
    return glyphs.tobytes()


_CMAP: Final = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_NOTHING: Final = "\u200b"
"""What is read for a glyph without a text of its own: some readers take its code for nothing."""
_MOST_ENTRIES: Final = 100
"""In one block of a CMap (Adobe Technical Note 5411, 1.4)."""


def _to_unicode(by_code: dict[int, Pair]) -> str:
    """Return the CMap by which a reader gets back the text (ISO 32000-1, 9.10.3)."""
    entries = [
        f"<{code:04X}> <{(pair.text or _NOTHING).encode('utf-16-be').hex().upper()}>"
        for code, pair in by_code.items()
    ]
    blocks = [entries[at : at + _MOST_ENTRIES] for at in range(0, len(entries), _MOST_ENTRIES)]
    return _CMAP.format(
        "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    )


def _tag(name: str) -> int:
    """Return a table's name as HarfBuzz has it."""
    return int.from_bytes(name.encode(), "big")
