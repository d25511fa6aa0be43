"""The document in reportlab's platypus; everything that can be reused is created once."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from dev.benchmarks.pdf.qr_code import dark_runs
from dev.benchmarks.pdf.static_fonts import StaticFonts
from pdf.documents import Party, PdfDocument
from pdf.labels import Labels

_WIDTH, _HEIGHT = A4
_MARGIN: Final = 48.0
_INNER: Final = _WIDTH - 2 * _MARGIN
_QR_SIZE: Final = 62.0
_TEXT_COLOR, _MUTED, _RULE, _PANEL = map(HexColor, ("#1c2430", "#616e7d", "#e0e6eb", "#f6f7f9"))
_COLUMNS: Final = (_INNER - 264, 54, 75, 50, 85)

_BODY: Final = ParagraphStyle(
    "body", fontName="Sans", fontSize=9, leading=13, textColor=_TEXT_COLOR
)
_STRONG: Final = ParagraphStyle("strong", _BODY, fontName="Sans-Bold")
_DIM: Final = ParagraphStyle("dim", _BODY, textColor=_MUTED)
_SMALL: Final = ParagraphStyle("small", _DIM, fontSize=7.5, leading=11)
_BRAND: Final = ParagraphStyle("brand", _STRONG, fontSize=16, leading=23)
_NUMBER: Final = ParagraphStyle("number", _DIM, fontSize=12, leading=17, alignment=TA_RIGHT)

_SIDE_BY_SIDE: Final = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 14),
    ]
)


def prepare(fonts: StaticFonts) -> Callable[[PdfDocument], bytes]:
    """Return the renderer."""
    rl_config.useA85 = 0  # ASCII streams only cost time and bytes
    pdfmetrics.registerFont(TTFont("Sans", str(fonts.regular)))
    pdfmetrics.registerFont(TTFont("Sans-Bold", str(fonts.bold)))
    pdfmetrics.registerFontFamily("Sans", normal="Sans", bold="Sans-Bold")
    return _render


def _render(document: PdfDocument) -> bytes:
    labels, accent, written = Labels(document), HexColor(document.accent_color), BytesIO()
    frame = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
    first = Frame(_MARGIN, 64, _INNER, _HEIGHT - 64 - 49, **frame)
    later = Frame(_MARGIN, 64, _INNER, _HEIGHT - 64 - 74, **frame)

    def begin_first(canvas: Any, _: Any) -> None:
        _bar(canvas, accent)

    def begin_later(canvas: Any, _: Any) -> None:
        _bar(canvas, accent)
        canvas.setFillColor(_TEXT_COLOR)
        canvas.setFont("Sans-Bold", 9)
        canvas.drawString(_MARGIN, _HEIGHT - 52, document.business.name)
        canvas.setFillColor(_MUTED)
        canvas.setFont("Sans", 9)
        canvas.drawRightString(_MARGIN + _INNER, _HEIGHT - 52, labels.name())

    template = BaseDocTemplate(
        written,
        pagesize=A4,
        title=labels.name(),
        author=document.business.name,
        lang=document.language,
        pageTemplates=[
            PageTemplate("first", first, onPage=begin_first, autoNextPageTemplate="later"),
            PageTemplate("later", later, onPage=begin_later),
        ],
    )
    footer = f"{document.business.name} · {labels.name()}"
    template.build(
        _story(document, labels, accent),
        canvasmaker=lambda *args, **kwargs: _Numbered(footer, labels, *args, **kwargs),
    )
    return written.getvalue()


def _bar(canvas: Any, accent: Any) -> None:
    canvas.setFillColor(accent)
    canvas.rect(0, _HEIGHT - 6, _WIDTH, 6, stroke=0, fill=1)


class _Numbered(Canvas):
    """Draws the footers when the number of pages is known."""

    def __init__(self, footer: str, labels: Labels, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._footer, self._labels = footer, labels
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # as reportlab calls it
        """Keep the page for later."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Draw the footers and write the file."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFillColor(_RULE)
            self.rect(_MARGIN, 50, _INNER, 0.6, stroke=0, fill=1)
            self.setFillColor(_MUTED)
            self.setFont("Sans", 7.5)
            self.drawString(_MARGIN, 36, self._footer)
            right = _MARGIN + _INNER
            self.drawRightString(right, 36, self._labels.page(number, len(self._pages)))
            super().showPage()
        super().save()


class _Code(Flowable):
    """A QR code as a single path."""

    def __init__(self, link: str) -> None:
        super().__init__()
        self.width = self.height = _QR_SIZE
        self._link = link

    def draw(self) -> None:
        """Draw the code and make it a link."""
        canvas, (side, runs) = self.canv, dark_runs(self._link)
        path = canvas.beginPath()
        for column, row, length in runs:
            path.rect(column, side - row - 1, length, 1)
        canvas.saveState()
        canvas.scale(_QR_SIZE / side, _QR_SIZE / side)
        canvas.setFillColor(_TEXT_COLOR)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.restoreState()
        canvas.linkURL(self._link, (0, 0, _QR_SIZE, _QR_SIZE), relative=1)


def _story(document: PdfDocument, labels: Labels, accent: Any) -> list[Any]:
    story = [*_head(document, labels, accent), _lines(document, labels, accent), Spacer(0, 10)]
    story.append(KeepTogether([_totals_block(document, labels, accent)]))
    if document.notes:
        notes = escape(document.notes).replace("\n", "<br/>")
        story.append(
            KeepTogether(
                [Spacer(0, 18), Paragraph(escape(labels.notes()), _STRONG), Paragraph(notes, _DIM)]
            )
        )
    return story


def _head(document: PdfDocument, labels: Labels, accent: Any) -> list[Any]:
    title = ParagraphStyle(
        "title", _STRONG, fontSize=24, leading=30, alignment=TA_RIGHT, textColor=accent
    )
    brand = Table(
        [
            [
                Paragraph(escape(document.business.name), _BRAND),
                [Paragraph(labels.title(), title), Paragraph(document.number, _NUMBER)],
            ]
        ],
        colWidths=(_INNER / 2, _INNER / 2),
        style=TableStyle(
            [
                *_SIDE_BY_SIDE.getCommands(),
                ("RIGHTPADDING", (1, 0), (1, 0), 0),
                ("LINEBELOW", (0, 0), (-1, -1), 0.6, _RULE),
            ]
        ),
    )
    facts = [
        Paragraph(escape(text), style)
        for label, value in labels.facts()
        for text, style in ((label, _SMALL), (value, _BODY))
    ]
    parties = Table(
        [
            [
                _party(labels.sender(), document.business, labels),
                _party(labels.recipient(), document.customer, labels),
                facts,
            ]
        ],
        colWidths=(_INNER * 0.36, _INNER * 0.36, _INNER * 0.28),
        style=_SIDE_BY_SIDE,
    )
    return [brand, Spacer(0, 9), parties, Spacer(0, 17)]


def _party(label: str, party: Party, labels: Labels) -> list[Any]:
    below = "<br/>".join(escape(text).replace("\n", "<br/>") for text in labels.party(party))
    return [
        Paragraph(label, _SMALL),
        Paragraph(escape(party.name), _STRONG),
        Paragraph(below, _DIM),
    ]


def _lines(document: PdfDocument, labels: Labels, accent: Any) -> Any:
    rows: list[Any] = [labels.columns()]
    rows += [
        (
            Paragraph(escape(line.description), _BODY),
            line.quantity,
            line.unit_price,
            line.taxes[0],
            line.amount,
        )
        for line in map(labels.line, document.lines)
    ]
    style = TableStyle(
        [
            ("FONT", (0, 0), (-1, 0), "Sans-Bold", 7.5, 11),
            ("TEXTCOLOR", (0, 0), (-1, 0), _MUTED),
            ("BACKGROUND", (0, 0), (-1, 0), _PANEL),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, accent),
            ("FONT", (0, 1), (-1, -1), "Sans", 9, 13),
            ("TEXTCOLOR", (0, 1), (-1, -1), _TEXT_COLOR),
            ("LINEBELOW", (0, 1), (-1, -1), 0.6, _RULE),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
        ]
    )
    return Table(rows, colWidths=_COLUMNS, repeatRows=1, style=style)


def _totals_block(document: PdfDocument, labels: Labels, accent: Any) -> Any:
    subtotals, settlements, due = labels.subtotals(), labels.settlements(), labels.due()
    assert due is not None
    rows = [*subtotals, labels.total(), *settlements, due]
    total, last = len(subtotals), len(rows) - 1
    totals = Table(
        rows,
        colWidths=(_INNER * 0.3, _INNER * 0.2),
        style=TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), "Sans", 9, 13),
                ("TEXTCOLOR", (0, 0), (0, -1), _MUTED),
                ("TEXTCOLOR", (1, 0), (1, -1), _TEXT_COLOR),
                ("ALIGN", (1, 0), (1, -1), "RIGHT"),
                *(
                    command
                    for row in (total, last)
                    for command in (
                        ("FONT", (0, row), (-1, row), "Sans-Bold", 12, 17),
                        ("TEXTCOLOR", (0, row), (-1, row), _TEXT_COLOR),
                    )
                ),
                ("BACKGROUND", (0, last), (-1, last), _PANEL),
                ("LINEBEFORE", (0, last), (0, last), 3, accent),
            ]
        ),
    )
    link = document.link
    assert link is not None
    address = f'<link href="{link}" color="{document.accent_color}">{link}</link>'
    beside = [Paragraph(labels.live_page_hint(), _SMALL), Paragraph(address, _SMALL)]
    live_page = Table(
        [[_Code(link), beside]],
        colWidths=(_QR_SIZE + 14, _INNER / 2 - _QR_SIZE - 28),
        style=_SIDE_BY_SIDE,
    )
    return Table(
        [[live_page, totals]],
        colWidths=(_INNER / 2, _INNER / 2),
        style=TableStyle([*_SIDE_BY_SIDE.getCommands(), ("RIGHTPADDING", (0, 0), (-1, -1), 0)]),
    )
