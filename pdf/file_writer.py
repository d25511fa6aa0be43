"""The PDF file of drawn pages, written with borb's objects and its writer."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar
from urllib.parse import quote

from borb.pdf import UsageStatistics
from borb.pdf.document import Document as BorbDocument
from borb.pdf.primitives import hexstr, name, reference, stream
from borb.pdf.visitor.write_new.bool_visitor import BoolVisitor
from borb.pdf.visitor.write_new.dict_visitor import DictVisitor
from borb.pdf.visitor.write_new.document_visitor import DocumentVisitor
from borb.pdf.visitor.write_new.facade_visitor import FacadeVisitor
from borb.pdf.visitor.write_new.float_visitor import FloatVisitor
from borb.pdf.visitor.write_new.hex_str_visitor import HexStrVisitor
from borb.pdf.visitor.write_new.int_visitor import IntVisitor
from borb.pdf.visitor.write_new.list_visitor import ListVisitor
from borb.pdf.visitor.write_new.reference_visitor import ReferenceVisitor
from borb.pdf.visitor.write_new.referenced_object_visitor import ReferencedObjectVisitor
from borb.pdf.visitor.write_new.str_visitor import StrVisitor
from borb.pdf.visitor.write_new.stream_visitor import StreamVisitor
from borb.pdf.visitor.write_new.write_new_visitor import WriteNewVisitor

from pdf.canvas import HEIGHT, WIDTH, Canvas, FontUse, Page
from pdf.fonts import BOLD, REGULAR, SANS, Font, Subset
from pdf.images import Image

UsageStatistics.opt_out()

T = TypeVar("T")

_BASE: Final = frozenset(
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
    "{|}~\u00a0¡¢£¥§©«®°±·»¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖ×ØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõö÷øùúûüýÿŒœŸ"
    "‐–—‘’‚“”„•…‰‹›€™−"
)
"""Characters that every file embeds, used or not, so that most files share a font subset."""
_SYMBOLIC: Final = 4
_STEMS: Final = {REGULAR: 80, BOLD: 140}
_ASCENT: Final = 1069
_DESCENT: Final = -293
_CAPITALS: Final = 714
"""Noto Sans's metrics. Readers ignore them when the font is embedded."""


@dataclass(frozen=True, slots=True)
class Properties:
    """A file's metadata."""

    title: str
    author: str
    language: str
    changed: datetime
    file_id: str
    """32 hex digits."""


def write(canvas: Canvas, properties: Properties) -> bytes:
    """Return a PDF file of the pages of `canvas`."""
    writer = _Writer()
    add = writer.add
    resources = add(
        {
            "Font": {use.name: _font(writer, use) for use in canvas.fonts.values()},
            "XObject": {f"I{at}": _image(writer, image) for at, image in enumerate(canvas.images)},
        }
    )
    pages: dict[str, Any] = add({"Type": name("Pages"), "Count": len(canvas.pages)})
    pages["MediaBox"] = [0, 0, WIDTH, HEIGHT]
    pages["Resources"] = resources
    pages["Kids"] = [_page(writer, page, pages) for page in canvas.pages]
    catalog = add(
        {
            "Type": name("Catalog"),
            "Pages": pages,
            "Lang": _string(properties.language),
            "ViewerPreferences": {"DisplayDocTitle": True},
        }
    )
    date = properties.changed.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    info = add(
        {
            "Title": _string(properties.title),
            "Author": _string(properties.author),
            "Creator": "Invotify",
            "Producer": "borb",
            "CreationDate": date,
            "ModDate": date,
        }
    )
    file_id = hexstr(properties.file_id.upper())
    return writer.write({"Root": catalog, "Info": info, "ID": [file_id, file_id]})


def _page(writer: "_Writer", page: Page, parent: dict[str, Any]) -> dict[str, Any]:
    entry = {
        "Type": name("Page"),
        "Parent": parent,
        "Contents": writer.add(_deflated(zlib.compress("\n".join(page.operators).encode()))),
    }
    if page.links:
        entry["Annots"] = [
            {
                "Type": name("Annot"),
                "Subtype": name("Link"),
                "Rect": list(link.box),
                "Border": [0, 0, 0],
                "A": {"S": name("URI"), "URI": hexstr(_ascii(link.url).encode().hex().upper())},
            }
            for link in page.links
        ]
    return writer.add(entry)


def _deflated(content: bytes, entries: Mapping[str, object] = MappingProxyType({})) -> stream:
    """Return a stream of content that is already deflated."""
    deflated = stream()
    deflated.update(entries, Bytes=content, Filter=name("FlateDecode"))
    return deflated


def _ascii(url: str) -> str:
    """Return a URL with characters outside ASCII encoded (ISO 32000-1, 12.6.4.7)."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


def _string(text: str) -> hexstr:
    """Return a text string object (ISO 32000-1, 7.9.2.2)."""
    return hexstr("FEFF" + text.encode("utf-16-be").hex().upper())


# --- fonts and pictures ---------------------------------------------------------------------------


def _font(writer: "_Writer", use: FontUse) -> dict[str, Any]:
    """Return a composite font, whose glyphs are addressed by number (ISO 32000-1, 9.7)."""
    font = use.font
    base = _BASE if font.family == SANS else frozenset()
    subset = font.subset(base | use.chars, tuple(use.extra_codes))
    return writer.add(
        {
            "Type": name("Font"),
            "Subtype": name("Type0"),
            "BaseFont": name(subset.name),
            "Encoding": name("Identity-H"),
            "DescendantFonts": [_cid_font(writer, font, subset)],
            "ToUnicode": writer.add(_deflated(subset.to_unicode)),
        }
    )


def _cid_font(writer: "_Writer", font: Font, subset: Subset) -> dict[str, Any]:
    program = _deflated(subset.program, {"Length1": subset.program_length})
    return writer.add(
        {
            "Type": name("Font"),
            "Subtype": name("CIDFontType2"),
            "BaseFont": name(subset.name),
            "CIDSystemInfo": {"Registry": "Adobe", "Ordering": "Identity", "Supplement": 0},
            "CIDToGIDMap": (
                name("Identity") if subset.glyphs is None else writer.add(_deflated(subset.glyphs))
            ),
            "W": _Verbatim(subset.widths),
            "FontDescriptor": writer.add(
                {
                    "Type": name("FontDescriptor"),
                    "FontName": name(subset.name),
                    "Flags": _SYMBOLIC,
                    "FontBBox": font.box,
                    "ItalicAngle": 0,
                    "Ascent": _ASCENT,
                    "Descent": _DESCENT,
                    "CapHeight": _CAPITALS,
                    "StemV": _STEMS[font.weight],
                    "FontFile2": writer.add(program),
                }
            ),
        }
    )


def _image(writer: "_Writer", image: Image) -> stream:
    entries = {
        "Type": name("XObject"),
        "Subtype": name("Image"),
        "Width": image.width,
        "Height": image.height,
        "BitsPerComponent": 8,
    }
    content = _deflated(image.color, {**entries, "ColorSpace": name("DeviceRGB")})
    if image.alpha is not None:
        alpha = _deflated(image.alpha, {**entries, "ColorSpace": name("DeviceGray")})
        content["SMask"] = writer.add(alpha)
    return writer.add(content)


# --- borb's writer --------------------------------------------------------------------------------


class _Verbatim(str):
    """Content that is written unchanged."""

    __slots__ = ()


class _VerbatimVisitor(WriteNewVisitor):  # type: ignore[misc]  # borb has no types
    def visit(self, node: object) -> bool:
        if not isinstance(node, _Verbatim):
            return False
        self._append_bytes_or_str(str(node))
        return True


class _Writer(FacadeVisitor):  # type: ignore[misc]  # borb has no types
    """borb's writer without the steps whose time grows with the square of the file's length.

    Callers register the objects that others refer to, so it doesn't search for them. It appends
    to one byte array instead of copying bytes, and it runs only the visitors that are needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._written = bytearray()
        self._objects: list[Any] = []
        self._references: dict[int, reference] = {}
        self._visitors = [
            kind(root=self)
            for kind in (
                _VerbatimVisitor,
                HexStrVisitor,
                StrVisitor,
                ReferenceVisitor,
                BoolVisitor,
                IntVisitor,
                FloatVisitor,
                ReferencedObjectVisitor,
                DocumentVisitor,  # before DictVisitor, since a document is a dictionary as well
                DictVisitor,
                ListVisitor,
                StreamVisitor,
            )
        ]

    def add(self, node: T) -> T:
        """Register an object that others refer to, and return it."""
        number = len(self._objects) + 1
        self._objects.append(node)
        self._references[id(node)] = reference(number, 0, referenced_object=node)
        return node

    def write(self, trailer: dict[str, Any]) -> bytes:
        """Return the bytes of the file with all registered objects."""
        document = BorbDocument()
        document["XRef"] = list(self._references.values())
        document["Trailer"] = {**trailer, "Size": len(self._objects) + 1}
        self.visit(document)
        return bytes(self._written)

    def visit(self, node: object) -> bool:
        return any(visitor.visit(node) for visitor in self._visitors)

    def get_reference(self, node: object) -> object:
        return self._references.get(id(node), node)

    def _append_bytes(self, b: bytes) -> "_Writer":
        self._written += b
        return self

    def bytes(self) -> bytearray:
        return self._written

    def tell(self) -> int:
        return len(self._written)
