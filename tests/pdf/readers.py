"""PDF readers: what they extract from files and what they criticise."""

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from unicodedata import normalize

import pikepdf
import pypdf
import pypdfium2
import zxingcpp

POPPLER: Final = shutil.which("pdftoppm") is not None
_DIRECTION_MARKS: Final = re.compile(r"[\u200e\u200f\u202a-\u202e]")
_INVISIBLE: Final = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\ufeff]")


def squash(text: str) -> str:
    """Return text without spaces and marks, which readers add and leave out."""
    return _INVISIBLE.sub("", normalize("NFC", text))


def exact(text: str) -> str:
    """Return text in NFKC, without spaces and marks of direction, which readers add."""
    return "".join(_DIRECTION_MARKS.sub("", normalize("NFKC", text)).split())


@dataclass(frozen=True, slots=True)
class PdfContent:
    """The text, title and links of a file."""

    pages: list[str]
    title: str
    links: list[str]


def read(file: bytes) -> PdfContent:
    """Return what pypdf reads in its strict mode."""
    reader = pypdf.PdfReader(BytesIO(file), strict=True)
    assert reader.metadata is not None
    return PdfContent(
        pages=[page.extract_text() for page in reader.pages],
        title=reader.metadata.title or "",
        links=[
            annotation["/A"]["/URI"]
            for page in reader.pages
            for annotation in page.get("/Annots", [])
        ],
    )


def sizes(file: bytes) -> set[tuple[float, ...]]:
    """Return the sizes of the pages in points; all begin at the origin."""
    with pikepdf.open(BytesIO(file)) as opened:
        boxes = {tuple(float(str(each)) for each in page.MediaBox) for page in opened.pages}
    assert {box[:2] for box in boxes} == {(0.0, 0.0)}
    return {box[2:] for box in boxes}


def problems(file: bytes) -> list[str]:
    """Return the errors and warnings of pikepdf (qpdf) and poppler."""
    with pikepdf.open(BytesIO(file)) as opened:
        messages: list[str] = [*opened.check_pdf_syntax(), *map(str, opened.get_warnings())]
    if POPPLER:
        messages.append(_poppler(file, "pdftoppm", "-r", "20", "-png", "-").stderr.decode())
    return list(filter(None, messages))


def poppler_text(file: bytes, *options: str) -> str:
    """Return the text that poppler's pdftotext reads."""
    return _poppler(file, "pdftotext", *options, "-", "-").stdout.decode()


def _poppler(file: bytes, *command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=file, capture_output=True, timeout=60, check=True)


def chromium_text(file: bytes) -> str:
    """Return the text that PDFium, the reader in Chromium, reads."""
    with pypdfium2.PdfDocument(file) as opened:
        return "".join(page.get_textpage().get_text_bounded() for page in opened)


READERS: Final[dict[str, Callable[[bytes], str]]] = {
    "pypdf": lambda file: "".join(read(file).pages),
    "PDFium": chromium_text,
}
if POPPLER:
    READERS["poppler"] = poppler_text
    READERS["poppler, in file order"] = lambda file: poppler_text(file, "-raw")

_PIXELS_PER_POINT: Final = 3
_MILLIMETRE: Final = _PIXELS_PER_POINT * 72 / 25.4


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as a phone reads it; its place is in millimetres from the page's top left."""

    text: str
    left: float
    top: float
    size: float


def qr_codes(file: bytes) -> list[list[QrCode]]:
    """Return the QR codes of each page, drawn by pypdfium2."""
    codes = []
    for page in pypdfium2.PdfDocument(file):
        image = page.render(scale=_PIXELS_PER_POINT).to_pil()
        codes.append([_qr_code(found) for found in zxingcpp.read_barcodes(image)])
    return codes


def _qr_code(found: zxingcpp.Barcode) -> QrCode:
    left, top = found.position.top_left.x, found.position.top_left.y
    return QrCode(
        text=found.text,
        left=left / _MILLIMETRE,
        top=top / _MILLIMETRE,
        size=(found.position.top_right.x - left) / _MILLIMETRE,
    )
