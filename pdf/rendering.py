"""From a document to the bytes of its PDF."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from i18n.locales import locale_of
from pdf.documents import Document, DocumentKind, Line, Party
from pdf.file_writer import Properties, write
from pdf.labels import Words
from pdf.layout import lay_out
from pdf.text import one_line

_IDENTITY: Final = 32
"""Hex digits of a file's identity: sixteen bytes, as readers expect it."""


def render(document: Document) -> bytes:
    """Return the PDF of `document`: the same bytes for the same document, in any process."""
    words = Words(document)
    return write(
        lay_out(document),
        Properties(
            title=one_line(words.name()),
            author=one_line(document.business.name),
            language=str(locale_of(document.language)).replace("_", "-"),
            changed=document.version,
            identity=document.fingerprint()[:_IDENTITY],
        ),
    )


def warm() -> None:
    """Open the fonts of Latin text, and whatever else the first document would have to wait for."""
    nobody = Party("Warm")
    render(
        Document(
            kind=DocumentKind.INVOICE,
            number="1",
            status="DRAFT",
            version=datetime(2026, 1, 1, tzinfo=UTC),
            language="en",
            currency="EUR",
            business=nobody,
            customer=nobody,
            total=100,
            accent_color="#000000",
            lines=(Line("Warm", Decimal(1), 100, Decimal(0), 100),),
            due=100,
        )
    )
