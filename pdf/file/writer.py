"""The PDF file of drawn pages: PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1)."""

import zlib
from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import quote

from borb.pdf.primitives import hexstr, name, stream

from pdf.canvas import Canvas, FontUse, Page
from pdf.file.metadata import (
    CREATOR,
    E_INVOICE_NAME,
    PRODUCER,
    Properties,
    srgb_profile,
    xmp_packet,
)
from pdf.file.objects import ObjectWriter, Verbatim, deflated, text_string
from pdf.file.structure import write_structure
from pdf.fonts import BOLD, REGULAR, SANS, Font, Subset
from pdf.images import Image
from pdf.structure import LinkArea

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


_PRINTED: Final = 4
"""The flag of an annotation that is also printed (ISO 32000-1, 12.5.3)."""


def write(canvas: Canvas, properties: Properties) -> bytes:
    """Return a PDF file of the pages of `canvas`."""
    writer = ObjectWriter()
    add = writer.add
    resources = add(
        {
            "Font": {use.name: _font(writer, use) for use in canvas.fonts.values()},
            "XObject": {f"I{at}": _image(writer, image) for at, image in enumerate(canvas.images)},
        }
    )
    pages: dict[str, Any] = add({"Type": name("Pages"), "Count": len(canvas.pages)})
    links: dict[LinkArea, dict[str, Any]] = {}
    shared = {
        "Parent": pages,
        "Resources": resources,
        "MediaBox": [0, 0, canvas.width, canvas.height],
    }
    pages["Kids"] = [_page(writer, page, links, shared) for page in canvas.pages]
    for key, annotation in enumerate(links.values(), len(canvas.pages)):
        annotation["StructParent"] = key
    tree = write_structure(
        writer,
        canvas,
        [writer.number(page) for page in pages["Kids"]],
        {area: writer.number(annotation) for area, annotation in links.items()},
    )
    metadata = stream()
    metadata.update(
        Type=name("Metadata"), Subtype=name("XML"), Bytes=xmp_packet(properties), Filter=None
    )
    catalog = add(
        {
            "Type": name("Catalog"),
            "Pages": pages,
            "Lang": text_string(properties.language),
            "ViewerPreferences": {"DisplayDocTitle": True},
            "MarkInfo": {"Marked": True},
            "StructTreeRoot": Verbatim(f"{tree} 0 R"),
            "Metadata": add(metadata),
            "OutputIntents": [_output_intent(writer)],
        }
    )
    date = properties.changed.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    if properties.e_invoice is not None:
        file = _attachment(writer, properties.e_invoice, date)
        catalog["AF"] = [file]
        catalog["Names"] = {"EmbeddedFiles": {"Names": [E_INVOICE_NAME, file]}}
    info = add(
        {
            "Title": text_string(properties.title),
            "Author": text_string(properties.author),
            "Creator": CREATOR,
            "Producer": PRODUCER,
            "CreationDate": date,
            "ModDate": date,
        }
    )
    return writer.write(root=catalog, info=info, file_id=properties.file_id.upper())


def _page(
    writer: ObjectWriter,
    page: Page,
    links: dict[LinkArea, dict[str, Any]],
    shared: Mapping[str, object],
) -> dict[str, Any]:
    """Return a page with the `shared` entries; its links are added to `links`."""
    content = "\n".join([*page.operators, "EMC"])
    entry = {
        "Type": name("Page"),
        **shared,
        "Contents": writer.add(deflated(zlib.compress(content.encode()))),
        "StructParents": page.index,
        "Tabs": name("S"),
    }
    if page.links:
        entry["Annots"] = []
    for at, link in enumerate(page.links):
        annotation = writer.add(
            {
                "Type": name("Annot"),
                "Subtype": name("Link"),
                "Rect": list(link.box),
                "Border": [0, 0, 0],
                "F": _PRINTED,
                "Contents": text_string(link.description),
                "A": {"S": name("URI"), "URI": hexstr(_ascii(link.url).encode().hex().upper())},
            }
        )
        entry["Annots"].append(annotation)
        links[LinkArea(page.index, at)] = annotation
    return writer.add(entry)


def _output_intent(writer: ObjectWriter) -> dict[str, Any]:
    """Return what the colours mean (ISO 19005-3, 6.2.3)."""
    return {
        "Type": name("OutputIntent"),
        "S": name("GTS_PDFA1"),
        "OutputConditionIdentifier": "sRGB IEC61966-2.1",
        "DestOutputProfile": writer.add(deflated(zlib.compress(srgb_profile()), {"N": 3})),
    }


def _attachment(writer: ObjectWriter, e_invoice: bytes, date: str) -> dict[str, Any]:
    """Return the e-invoice as an associated file (ISO 19005-3, annex E)."""
    entries = {
        "Type": name("EmbeddedFile"),
        "Subtype": name("text#2Fxml"),
        "Params": {"ModDate": date, "Size": len(e_invoice)},
    }
    embedded = writer.add(deflated(zlib.compress(e_invoice), entries))
    return writer.add(
        {
            "Type": name("Filespec"),
            "F": E_INVOICE_NAME,
            "UF": text_string(E_INVOICE_NAME),
            "Desc": text_string("Factur-X"),
            "AFRelationship": name("Alternative"),
            "EF": {"F": embedded, "UF": embedded},
        }
    )


def _ascii(url: str) -> str:
    """Return a URL with characters outside ASCII encoded (ISO 32000-1, 12.6.4.7)."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~")


# --- fonts and pictures ---------------------------------------------------------------------------


def _font(writer: ObjectWriter, use: FontUse) -> dict[str, Any]:
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
            "ToUnicode": writer.add(deflated(subset.to_unicode)),
        }
    )


def _cid_font(writer: ObjectWriter, font: Font, subset: Subset) -> dict[str, Any]:
    program = deflated(subset.program, {"Length1": subset.program_length})
    return writer.add(
        {
            "Type": name("Font"),
            "Subtype": name("CIDFontType2"),
            "BaseFont": name(subset.name),
            "CIDSystemInfo": {"Registry": "Adobe", "Ordering": "Identity", "Supplement": 0},
            "CIDToGIDMap": (
                name("Identity") if subset.glyphs is None else writer.add(deflated(subset.glyphs))
            ),
            "W": Verbatim(subset.widths),
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


def _image(writer: ObjectWriter, image: Image) -> stream:
    entries = {
        "Type": name("XObject"),
        "Subtype": name("Image"),
        "Width": image.width,
        "Height": image.height,
        "BitsPerComponent": 8,
    }
    content = deflated(image.color, {**entries, "ColorSpace": name("DeviceRGB")})
    if image.alpha is not None:
        alpha = deflated(image.alpha, {**entries, "ColorSpace": name("DeviceGray")})
        content["SMask"] = writer.add(alpha)
    return writer.add(content)
