"""The document in fpdf2: a table for the lines, cells for the rest."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, TableCellFillMode, XPos, YPos
from fpdf.fonts import FontFace

from dev.benchmarks.pdf.qr_code import dark_runs
from dev.benchmarks.pdf.static_fonts import StaticFonts
from pdf.documents import Party, PdfDocument
from pdf.labels import Labels

_MARGIN: Final = 48.0
_QR_SIZE: Final = 62.0
_TEXT_COLOR, _MUTED, _RULE, _PANEL = (28, 36, 48), (97, 110, 125), (224, 230, 235), (246, 247, 249)
_BELOW: Final = {"new_x": XPos.LEFT, "new_y": YPos.NEXT}
_COUNT: Final = "{nb}"
"""fpdf2 replaces this with the number of pages."""


def prepare(fonts: StaticFonts) -> Callable[[PdfDocument], bytes]:
    """Return the renderer. fpdf2 opens the fonts again for each document."""

    def render(document: PdfDocument) -> bytes:
        pdf = _Pdf(document, fonts)
        pdf.draw()
        return bytes(pdf.output())

    return render


class _Pdf(FPDF):
    """A document."""

    def __init__(self, document: PdfDocument, fonts: StaticFonts) -> None:
        super().__init__(unit="pt", format="A4")
        self._document, self._labels = document, Labels(document)
        self._accent = tuple(bytes.fromhex(document.accent_color[1:]))
        self.set_margins(_MARGIN, 49, _MARGIN)
        self.set_auto_page_break(auto=True, margin=64)
        self.add_font("Sans", "", fonts.regular)
        self.add_font("Sans", "B", fonts.bold)
        self.set_title(self._labels.name())
        self.set_author(document.business.name)
        self.set_lang(document.language)
        self.add_page()

    def header(self) -> None:
        """Draw the top of a page."""
        self.set_fill_color(*self._accent)
        self.rect(0, 0, self.w, 6, style="F")
        if self.page > 1:
            self.set_xy(_MARGIN, 42)
            self._set_style(9, _TEXT_COLOR, "B")
            self.cell(self.epw / 2, 13, self._document.business.name)
            self._set_style(9, _MUTED)
            self.cell(self.epw / 2, 13, self._labels.name(), align=Align.R)
            self.ln(24)

    def footer(self) -> None:
        """Draw the footer of a page."""
        self.set_draw_color(*_RULE)
        self.set_line_width(0.6)
        self.line(_MARGIN, self.h - 50, self.w - _MARGIN, self.h - 50)
        self.set_xy(_MARGIN, self.h - 44)
        self._set_style(7.5, _MUTED)
        left = f"{self._document.business.name} · {self._labels.name()}"
        self.cell(self.epw * 0.75, 11, left)
        page = self._labels.page(self.page_no(), 1).removesuffix("1") + _COUNT
        self.cell(self.epw * 0.25, 11, page, align=Align.R)

    def draw(self) -> None:
        """Draw the document."""
        self._head()
        self._lines()
        self._totals_block()
        self._notes()

    def _set_style(self, size: float, color: Sequence[int], style: str = "") -> None:
        self.set_font("Sans", style, size)
        self.set_text_color(*color)

    def _head(self) -> None:
        document, labels, half = self._document, self._labels, self.epw / 2
        self._set_style(16, _TEXT_COLOR, "B")
        self.cell(half, 23, document.business.name)
        self._set_style(24, self._accent, "B")
        self.cell(half, 28, labels.title(), align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._set_style(12, _MUTED)
        self.cell(0, 17, document.number, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*_RULE)
        self.line(_MARGIN, self.y + 8, self.w - _MARGIN, self.y + 8)
        top = self.y + 20
        wide, narrow = self.epw * 0.36, self.epw * 0.28
        ends = [
            self._party(_MARGIN, top, wide, labels.sender(), document.business),
            self._party(_MARGIN + wide, top, wide, labels.recipient(), document.customer),
        ]
        self.set_xy(_MARGIN + 2 * wide, top)
        for label, value in labels.facts():
            self._set_style(7.5, _MUTED)
            self.cell(narrow, 11, label, **_BELOW)
            self._set_style(9, _TEXT_COLOR)
            self.cell(narrow, 15, value, **_BELOW)
        self.set_xy(_MARGIN, max(*ends, self.y) + 20)

    def _party(self, x: float, y: float, width: float, label: str, party: Party) -> float:
        self.set_xy(x, y)
        self._set_style(7.5, _MUTED)
        self.cell(width, 11, label, **_BELOW)
        self._set_style(9, _TEXT_COLOR, "B")
        self.cell(width, 13, party.name, **_BELOW)
        self._set_style(9, _MUTED)
        below = "\n".join(self._labels.party(party))
        self.multi_cell(width, 13, below, align=Align.L, **_BELOW)
        end: float = self.y
        return end

    def _lines(self) -> None:
        labels = self._labels
        self._set_style(9, _TEXT_COLOR)
        self.set_draw_color(*_RULE)
        head = FontFace(emphasis="BOLD", size_pt=7.5, color=_MUTED, fill_color=_PANEL)
        with self.table(
            width=self.epw,
            col_widths=(self.epw - 264, 54, 75, 50, 85),
            text_align=(Align.L, Align.R, Align.R, Align.R, Align.R),
            line_height=13,
            padding=6,
            headings_style=head,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            cell_fill_mode=TableCellFillMode.NONE,
        ) as table:
            table.row(labels.columns())
            for line in map(labels.line, self._document.lines):
                table.row(
                    (
                        line.description,
                        line.quantity,
                        line.unit_price,
                        line.taxes[0],
                        line.amount,
                    )
                )

    def _totals_block(self) -> None:
        labels, due = self._labels, self._labels.due()
        assert due is not None
        plain, strong = (9.0, 17.0, ""), (12.0, 26.0, "B")
        rows = [
            *((item, plain) for item in labels.subtotals()),
            (labels.total(), strong),
            *((item, plain) for item in labels.settlements()),
            (due, strong),
        ]
        if self.will_page_break(10 + sum(high for _, (_, high, _) in rows)):
            self.add_page()
        top = self.y + 10
        half, x = self.epw / 2, _MARGIN + self.epw / 2
        self._live_page(top + 6)
        self.set_xy(x, top)
        self.set_fill_color(*_PANEL)
        for at, ((label, amount), (size, high, style)) in enumerate(rows, 1):
            last = at == len(rows)
            self._set_style(size, _TEXT_COLOR if style else _MUTED, style)
            self.cell(half * 0.6, high, label, fill=last)
            self._set_style(size, _TEXT_COLOR, style)
            self.cell(half * 0.4, high, amount, align=Align.R, fill=last)
            self.set_xy(x, self.y + high)
        self.set_fill_color(*self._accent)
        self.rect(x, self.y - strong[1], 3, strong[1], style="F")

    def _live_page(self, y: float) -> None:
        link = self._document.link
        assert link is not None
        side, runs = dark_runs(link)
        module = _QR_SIZE / side
        self.set_fill_color(*_TEXT_COLOR)
        for column, row, length in runs:
            left, top = _MARGIN + column * module, y + row * module
            self.rect(left, top, length * module, module, style="F")
        self.link(_MARGIN, y, _QR_SIZE, _QR_SIZE, link)
        width, below = self.epw / 2 - _QR_SIZE - 28, {"align": Align.L, **_BELOW}
        self.set_xy(_MARGIN + _QR_SIZE + 14, y)
        self._set_style(7.5, _MUTED)
        self.multi_cell(width, 11, self._labels.live_page_hint(), **below)
        self._set_style(7.5, self._accent)
        self.multi_cell(width, 11, link, link=link, **below)

    def _notes(self) -> None:
        below: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT}
        self.ln(24)
        notes = self._document.notes or ""
        if self.will_page_break(16 + 13 * len(notes.splitlines())):
            self.add_page()
        self._set_style(9, _TEXT_COLOR, "B")
        self.cell(0, 16, self._labels.notes(), **below)
        self._set_style(9, _MUTED)
        self.multi_cell(0, 13, notes, align=Align.L, **below)
