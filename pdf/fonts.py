"""The fonts: their characters and widths, and the subsets that files embed.

All belong to the Noto family and are under the SIL Open Font License. Most come with the packages
`manimgx-fonts` and `justmytype-intl-cjk`, the rest are in the folder `noto`. Widths are in
thousandths of an em.
"""

import struct
import zlib
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import sha256
from importlib.util import find_spec
from itertools import count, groupby
from pathlib import Path
from sys import byteorder
from typing import Final, NamedTuple

import uharfbuzz as hb

from i18n.locales import text_language
from pdf.composites import Composite, Part, add_composites

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
_RARER_SCRIPTS: Final = (
    *("SerifTibetan", "SansSyriac", "SansThaana", "SansMongolian", "SansTifinagh", "SansAdlam"),
    *("SansCanadianAboriginal", "SansCherokee", "SansOlChiki", "SansMeeteiMayek", "SansLisu"),
    "SansYi",
)
"""Those in the folder `noto`."""
_SUBSET_FLAGS: Final = (
    hb.SubsetFlags.RETAIN_GIDS
    | hb.SubsetFlags.NO_HINTING
    | hb.SubsetFlags.NO_LAYOUT_CLOSURE
    | hb.SubsetFlags.NOTDEF_OUTLINE
)
_DROPPED_TABLES: Final = (
    *("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "OS/2", "STAT", "VORG", "VVAR", "cmap", "gasp"),
    *("meta", "name", "post", "vhea", "vmtx"),
)
"""Tables that PDF readers don't use, since they address glyphs by number."""
_UNITS_PER_EM: Final = 1000
_HEAD_BOX_OFFSET: Final = 36
"""The offset of the bounding box in the table `head` (OpenType specification, "head")."""


class MappedGlyph(NamedTuple):
    """A glyph that a document uses, perhaps made of several, and the text that it stands for.

    The name is part of the name of a subset: changing it changes the bytes of files.
    """

    parts: tuple[Part, ...]
    advance: int
    text: str

    def is_whole(self) -> bool:
        """Return whether it is one of the font's own glyphs, as that is."""
        return len(self.parts) == 1 and not any(self.parts[0][1:])


MISSING: Final = "\N{REPLACEMENT CHARACTER}"
"""What is drawn, in `SANS`, for a character that no font has."""


@dataclass(frozen=True, slots=True)
class Subset:
    """The part of a font that a file embeds. The bytes are deflated."""

    name: str
    program: bytes
    program_length: int
    """Before deflation."""
    widths: str
    """The W array of a CIDFont (ISO 32000-1, 9.7.4.3)."""
    to_unicode: bytes
    glyphs: bytes | None
    """The glyph number of each code, in two bytes; None if each code is its glyph number."""


class Font:
    """One weight of one font file."""

    def __init__(self, family: str, weight: int) -> None:
        path = _files()[family]
        self.family = family
        self.name = f"{path.stem.partition('[')[0]}-{'Bold' if weight == BOLD else 'Regular'}"
        self.weight = weight
        self._face = _face(path)
        self.shaper = hb.Font(self._face.original)
        self.shaper.set_variations({"wght": weight})
        self.count: int = self._face.original.glyph_count
        """The number of glyphs."""
        self.scale: float = _UNITS_PER_EM / self._face.original.upem
        head = self._face.original.reference_table("head").data
        self.box = [
            round(edge * self.scale) for edge in struct.unpack_from(">4h", head, _HEAD_BOX_OFFSET)
        ]

    @cached_property
    def shared_glyphs(self) -> frozenset[str]:
        """Characters, except spaces, that share the glyph of a character with a lower code."""
        seen, shared = set[int](), set[str]()
        for code in sorted(self._face.original.unicodes):
            glyph = self.shaper.get_nominal_glyph(code)
            if glyph in seen and not chr(code).isspace():
                shared.add(chr(code))
            seen.add(glyph)
        return frozenset(shared)

    def glyph(self, char: str) -> int:
        """Return the number of the glyph of `char`; 0 if the font has none."""
        glyph: int | None = self.shaper.get_nominal_glyph(ord(char))
        return glyph or 0

    def advance(self, glyph: int) -> int:
        """Return the width of a glyph."""
        advance: int = self.shaper.get_glyph_h_advance(glyph)
        return round(advance * self.scale)

    def mapped(self, glyph: int, text: str) -> MappedGlyph:
        """Return one of the font's glyphs with a text."""
        return MappedGlyph((Part(glyph, 0, 0),), self.advance(glyph), text)

    def subset(self, chars: frozenset[str], extra: tuple[MappedGlyph, ...]) -> Subset:
        """Return the part of the font that draws `chars` and `extra`.

        The codes of `extra` start after the number of the font's last glyph.
        """
        return _subset(self, chars, extra)

    def to_truetype(self, glyphs: set[int]) -> bytes:
        """Return a TrueType font of this weight with only these glyphs."""
        wanted = hb.SubsetInput()
        wanted.flags = _SUBSET_FLAGS
        wanted.sets(hb.SubsetInputSets.GLYPH_INDEX).update(glyphs)
        wanted.sets(hb.SubsetInputSets.DROP_TABLE_TAG).update(map(_tag, _DROPPED_TABLES))
        prepared = self._face.prepared()
        wanted.pin_axis_location(prepared, "wght", self.weight)
        program: bytes = hb.subset(prepared, wanted).blob.data
        return program


class _Face:
    """A font file, shared by all weights."""

    def __init__(self, path: Path) -> None:
        self.original = hb.Face(hb.Blob.from_file_path(path))
        self._prepared: hb.Face | None = None

    def prepared(self) -> hb.Face:
        """Return the face preprocessed for fast subsetting; slow at the first call."""
        if self._prepared is None:
            self._prepared = hb.subset_preprocess(self.original)
        return self._prepared


@cache
def _face(path: Path) -> _Face:
    return _Face(path)


@cache
def font(family: str, weight: int) -> Font:
    """Return a Noto font by its family, for example "SansArabic" or "SansJP"."""
    return Font(family, weight)


@cache
def _files() -> dict[str, Path]:
    """Return the path of every font file by its family, for example "SansHebrew"."""
    files = list(Path(__file__).with_name("noto").glob("*.ttf"))
    for package, pattern in (
        ("manimgx_fonts", "*.ttf"),
        ("justmytype_intl_cjk", "fonts/**/*.ttf"),
    ):
        spec = find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        files += Path(spec.origin).parent.glob(pattern)
    return {path.stem.removeprefix("Noto").partition("[")[0]: path for path in files}


def font_families(variant: str) -> list[str]:
    """Return the families to search for a character, in this order.

    Chinese, Japanese and Korean share characters, but draw them differently. `variant` (a key of
    `_CJK`, see `han_variant`) says whose font comes first; the default is simplified Chinese.
    """
    first = _CJK.get(variant, _CJK["zh"])
    return [
        SANS,
        *_SCRIPTS,
        *sorted(map("Sans{}".format, _CJK.values()), key=f"Sans{first}".__ne__),
        *_RARER_SCRIPTS,
    ]


def han_variant(language: str, texts: Iterable[str]) -> str:
    """Return the variant of Chinese characters for a document, as a key for `font_families`.

    In a document of another language its `texts` decide: kana are Japanese, hangul is Korean.
    """
    variant = text_language(language)
    if variant in _CJK:
        return variant
    foreign = "".join(text for text in texts if not text.isascii())
    if any("\u3040" <= char <= "\u30ff" for char in foreign):
        return "ja"
    return "ko" if any("\uac00" <= char <= "\ud7a3" for char in foreign) else "zh"


@lru_cache(maxsize=32)
def _subset(font: Font, chars: frozenset[str], extra: tuple[MappedGlyph, ...]) -> Subset:
    by_code = {0: font.mapped(0, MISSING)}
    for char in sorted(chars):
        glyph = font.glyph(char)
        by_code.setdefault(glyph, font.mapped(glyph, char))
    by_code = dict(sorted(by_code.items())) | dict(enumerate(extra, font.count))
    program = font.to_truetype({part.glyph for each in by_code.values() for part in each.parts})
    glyphs = {code: each.parts[0].glyph for code, each in by_code.items() if each.is_whole()}
    made = {code: each for code, each in by_code.items() if not each.is_whole()}
    if made:
        composites = [Composite(x.parts, round(x.advance / font.scale)) for x in made.values()]
        program, first = add_composites(program, composites)
        glyphs |= dict(zip(made, count(first)))
    return Subset(
        name=f"{_prefix(by_code)}+{font.name}",
        program=zlib.compress(program),
        program_length=len(program),
        widths=_widths({code: each.advance for code, each in by_code.items()}),
        to_unicode=zlib.compress(_to_unicode(by_code).encode()),
        glyphs=zlib.compress(_glyph_map(glyphs)) if extra else None,
    )


def _prefix(by_code: dict[int, MappedGlyph]) -> str:
    """Return six capitals that identify a subset (ISO 32000-1, 9.6.4)."""
    digest = sha256(repr(by_code).encode()).digest()
    return "".join(chr(ord("A") + byte % 26) for byte in digest[:6])


def _widths(advances: dict[int, int]) -> str:
    """Return the W array: each run of consecutive codes with their widths."""
    parts = []
    for _, run in groupby(enumerate(advances), lambda item: item[1] - item[0]):
        codes = [code for _, code in run]
        parts.append(f"{codes[0]} [{' '.join(str(advances[code]) for code in codes)}]")
    return f"[{' '.join(parts)}]"


def _glyph_map(glyphs: dict[int, int]) -> bytes:
    """Return the CIDToGIDMap (ISO 32000-1, 9.7.4.2)."""
    numbers = array("H", bytes(2 * (max(glyphs) + 1)))
    for code, glyph in glyphs.items():
        numbers[code] = glyph
    if byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


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
_MAX_CMAP_ENTRIES: Final = 100
"""In a block of a CMap (Adobe Technical Note 5411, 1.4)."""


def _to_unicode(by_code: dict[int, MappedGlyph]) -> str:
    """Return the CMap with which readers extract text (ISO 32000-1, 9.10.3)."""
    entries = [
        f"<{code:04X}> <{each.text.encode('utf-16-be').hex().upper()}>"
        for code, each in by_code.items()
    ]
    blocks = [
        entries[at : at + _MAX_CMAP_ENTRIES] for at in range(0, len(entries), _MAX_CMAP_ENTRIES)
    ]
    return _CMAP.format(
        "\n".join(f"{len(block)} beginbfchar\n{chr(10).join(block)}\nendbfchar" for block in blocks)
    )


def _tag(name: str) -> int:
    """Return a table's tag as HarfBuzz expects it."""
    return int.from_bytes(name.encode(), "big")
