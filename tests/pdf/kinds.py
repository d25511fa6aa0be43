"""Documents of kinds and in states that the gallery doesn't show."""

from dataclasses import replace
from datetime import date

from pdf.documents import DocumentKind, PdfDocument, StatementRow, StatementTable
from tests.pdf.gallery import document, gallery, line
from values.parties import PaperSize


class SmallXml:
    """The smallest XML file."""

    def fingerprint(self) -> str:
        """Return what tells it from others."""
        return ""

    def write(self) -> bytes:
        """Return the file."""
        return b"<a/>"


def kinds() -> dict[str, PdfDocument]:
    """Return the documents by name."""
    plain = gallery()["plain"]
    day = date(2026, 11, 1)
    rows = [
        StatementRow(None, "Opening balance", "", "€0.00"),
        *(StatementRow(day, "Invoice " + "INV-0001 " * 40, "€100.00", "€100.00") for _ in range(9)),
        StatementRow(None, "Closing balance", "", "€900.00"),
    ]
    return {
        "paid": replace(plain, status="PAID", paid=plain.total, due=0),
        "e-invoice": replace(plain, e_invoice=SmallXml()),
        "cancelled": replace(plain, status="CANCELLED"),
        "receipt": replace(plain, kind=DocumentKind.RECEIPT, lines=(), status="SUCCEEDED"),
        "statement": replace(
            plain,
            kind=DocumentKind.STATEMENT,
            paper_size=PaperSize.LETTER,
            lines=(),
            statements=(StatementTable("EUR", tuple(rows)), StatementTable("USD", tuple(rows))),
        ),
        "no-lines": document([]),
        "long-row": document([line("part of it\n" * 150)], notes="A note. " * 600),
        "many-taxes": document([line(f"Item {n}", tax_rate=str(n)) for n in range(30)]),
        "no-glyphs": document([line("\U00013000 \ue000")], number="\U00013000"),
    }
