"""What readers of PDF find in a file."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from io import BytesIO
from typing import Final
from unicodedata import normalize

import pikepdf
import pypdf
import pypdfium2

POPPLER: Final = shutil.which("pdftoppm") is not None
_INVISIBLE: Final = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\ufeff]")


def squash(text: str) -> str:
    """Return text without what readers add or leave out between words."""
    return _INVISIBLE.sub("", normalize("NFC", text))


@dataclass(frozen=True, slots=True)
class Found:
    """What pypdf found in a file."""

    pages: list[str]
    title: str
    links: list[str]


def read(file: bytes) -> Found:
    """Return what pypdf reads; it complains of whatever is not as it should be."""
    reader = pypdf.PdfReader(BytesIO(file), strict=True)
    assert reader.metadata is not None
    return Found(
        pages=[page.extract_text() for page in reader.pages],
        title=reader.metadata.title or "",
        links=[
            annotation["/A"]["/URI"]
            for page in reader.pages
            for annotation in page.get("/Annots", [])
        ],
    )


def problems(file: bytes) -> list[str]:
    """Return what pikepdf (qpdf) and poppler have to say against a file."""
    with pikepdf.open(BytesIO(file)) as opened:
        said: list[str] = [*opened.check_pdf_syntax(), *map(str, opened.get_warnings())]
    if POPPLER:
        said.append(_poppler(file, "pdftoppm", "-r", "20", "-png", "-").stderr.decode())
    return list(filter(None, said))


def poppler_text(file: bytes) -> str:
    """Return what poppler's pdftotext reads, in the order of the file."""
    return _poppler(file, "pdftotext", "-raw", "-", "-").stdout.decode()


def _poppler(file: bytes, *command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=file, capture_output=True, timeout=60, check=True)


def chromium_text(file: bytes) -> str:
    """Return what PDFium reads, which is in Chromium."""
    with pypdfium2.PdfDocument(file) as opened:
        return "".join(page.get_textpage().get_text_bounded() for page in opened)
