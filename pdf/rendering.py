"""The PDF of a document."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from i18n.locales import locale_of
from pdf.cleaning import one_line
from pdf.documents import DocumentKind, Line, Party, PdfDocument
from pdf.file.metadata import Properties
from pdf.file.writer import write
from pdf.labels import Labels
from pdf.layout.pages import lay_out

_ID_LENGTH: Final = 32
"""Hex digits: sixteen bytes, as readers expect."""


def render(document: PdfDocument) -> bytes:
    """Return the PDF of a document: the same bytes for the same document, in any process."""
    labels = Labels(document)
    return write(
        lay_out(document),
        Properties(
            title=one_line(labels.name()),
            author=one_line(document.business.name),
            language=str(locale_of(document.language)).replace("_", "-"),
            changed=document.version,
            file_id=document.fingerprint()[:_ID_LENGTH],
            e_invoice=document.e_invoice.write() if document.e_invoice else None,
        ),
    )


def warm() -> None:
    """Load the Latin fonts and whatever else would slow down the first document."""
    party = Party("Warm")
    render(
        PdfDocument(
            kind=DocumentKind.INVOICE,
            number="1",
            status="DRAFT",
            version=datetime(2026, 1, 1, tzinfo=UTC),
            language="en",
            currency="EUR",
            business=party,
            customer=party,
            total=100,
            accent_color="#000000",
            lines=(
                Line(
                    description="Warm",
                    quantity=Decimal(1),
                    unit_price=Decimal(1),
                    tax_rate=Decimal(0),
                    amount=100,
                ),
            ),
            due=100,
        )
    )
