"""The payment slip of the Swiss QR-bill: receipt and payment part, at the foot of the last page.

Sizes and places are those of the Style Guide QR-bill (SIX), in millimetres from the top left of the
slip. The languages, too: others get the English slip.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from banking.swiss_qr_bill import SwissQrBill
from i18n.locales import locale_of
from pdf.canvas import CENTER, END, START
from pdf.images import qr_code
from pdf.layout.page_flow import FOOTER_HEIGHT, PageFlow
from pdf.shaping import ShapedLine
from pdf.structure import Element

_MM: Final = 72 / 25.4
"""Points."""
_BLACK: Final = "0 0 0"
_WHITE: Final = "1 1 1"
_WIDTH: Final = 210.0
_HEIGHT: Final = 105.0
_RECEIPT_WIDTH: Final = 62.0
_BORDER: Final = 5.0
_PART: Final = _RECEIPT_WIDTH + _BORDER
"""The left edge of the payment part's texts."""
_DETAILS: Final = 118.0
"""The left edge of the payment part's details."""
_AMOUNTS: Final = 68.0
"""The top of currency and amount."""
_QR_SIZE: Final = 46.0
_QR_TOP: Final = 17.0
_CROSS_SIZE: Final = 7.0
_CORNER: Final = 3.0
_LINE: Final = 0.75 / _MM
"""The width of corner marks."""
_TITLE: Final = 11.0


@dataclass(frozen=True, slots=True)
class _Words:
    """The headings in one language (Swiss Implementation Guidelines QR-bill, annex D)."""

    payment_part: str
    receipt: str
    account: str
    reference: str
    message: str
    debtor: str
    debtor_field: str
    currency: str
    amount: str
    acceptance_point: str
    separate: str


_WORDS: Final = {
    "de": _Words(
        payment_part="Zahlteil",
        receipt="Empfangsschein",
        account="Konto / Zahlbar an",
        reference="Referenz",
        message="Zusätzliche Informationen",
        debtor="Zahlbar durch",
        debtor_field="Zahlbar durch (Name/Adresse)",
        currency="Währung",
        amount="Betrag",
        acceptance_point="Annahmestelle",
        separate="Vor der Einzahlung abzutrennen",
    ),
    "fr": _Words(
        payment_part="Section paiement",
        receipt="Récépissé",
        account="Compte / Payable à",
        reference="Référence",
        message="Informations supplémentaires",
        debtor="Payable par",
        debtor_field="Payable par (nom/adresse)",
        currency="Monnaie",
        amount="Montant",
        acceptance_point="Point de dépôt",
        separate="A détacher avant le versement",
    ),
    "it": _Words(
        payment_part="Sezione pagamento",
        receipt="Ricevuta",
        account="Conto / Pagabile a",
        reference="Riferimento",
        message="Informazioni supplementari",
        debtor="Pagabile da",
        debtor_field="Pagabile da (nome/indirizzo)",
        currency="Valuta",
        amount="Importo",
        acceptance_point="Punto di accettazione",
        separate="Da staccare prima del versamento",
    ),
    "en": _Words(
        payment_part="Payment part",
        receipt="Receipt",
        account="Account / Payable to",
        reference="Reference",
        message="Additional information",
        debtor="Payable by",
        debtor_field="Payable by (name/address)",
        currency="Currency",
        amount="Amount",
        acceptance_point="Acceptance point",
        separate="Separate before paying in",
    ),
}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of details: where it is, and the sizes of its headings and texts in points."""

    x: float
    y: float
    width: float
    height: float
    heading: float
    text: float
    field: tuple[float, float]
    """The size of the empty field for the debtor."""

    @property
    def leading(self) -> float:
        """The height of a line."""
        return (self.text + 1) / _MM


_RECEIPT_DETAILS: Final = _Column(
    x=_BORDER, y=12.0, width=52.0, height=56.0, heading=6.0, text=8.0, field=(52.0, 20.0)
)
_PART_DETAILS: Final = tuple(
    _Column(
        x=_DETAILS,
        y=_BORDER,
        width=87.0,
        height=85.0,
        heading=size - 2,
        text=size,
        field=(65.0, 25.0),
    )
    for size in (10.0, 9.0, 8.0)
)
"""Columns to try, one after the other, until the details fit."""

_Detail = tuple[str, list[str]]
"""A heading and the texts below it; without texts the debtor's empty field."""
_WrappedDetail = tuple[str, list[ShapedLine]]


def draw_payment_slip(flow: PageFlow) -> None:
    """Draw the slip below what is drawn, or on another page if there is no room; if there is one.

    The page's footer moves above it.
    """
    transfer = flow.document.transfer
    if transfer is None or transfer.swiss_qr_bill is None:
        return
    top = flow.canvas.height - _HEIGHT * _MM
    if flow.y > top - FOOTER_HEIGHT:
        flow.continue_page()
    flow.last_page_end = top
    words = _WORDS.get(locale_of(flow.document.language).language, _WORDS["en"])
    # A slip is never mirrored, whatever the document's language.
    mirrored, flow.canvas.mirrored = flow.canvas.mirrored, False
    _Slip(flow, top, transfer.swiss_qr_bill, words).draw()
    flow.canvas.mirrored = mirrored


class _Slip:
    """Draws one slip; `top` is where it begins on its page, in points."""

    def __init__(self, flow: PageFlow, top: float, bill: SwissQrBill, words: _Words) -> None:
        self._flow = flow
        self._top = top
        self._bill = bill
        self._words = words

    def draw(self) -> None:
        """Draw everything."""
        self._draw_borders()
        self._draw_receipt()
        self._draw_payment_part()

    def _draw_borders(self) -> None:
        self._rectangle(0, 0, _WIDTH, 0.5 / _MM)
        self._rectangle(_RECEIPT_WIDTH, 0, 0.5 / _MM, _HEIGHT)
        line = self._flow.shape(self._words.separate)
        with self._within("P"):
            self._draw_line(line, 0, -1.5, 7.0, width=_WIDTH, align=CENTER)

    def _draw_receipt(self) -> None:
        words, column = self._words, _RECEIPT_DETAILS
        self._draw_title(words.receipt, _BORDER)
        details = self._wrapped(self._details(), column)
        if _height(details, column) > column.height:
            details = self._wrapped(self._details(with_streets=False), column)
        self._draw_details(details, column)
        self._draw_amount(_BORDER, 12.0, column)
        point = self._flow.shape(words.acceptance_point, bold=True)
        with self._within("P"):
            self._draw_line(point, _BORDER, 84.0, column.heading, width=column.width, align=END)

    def _draw_payment_part(self) -> None:
        self._draw_title(self._words.payment_part, _PART)
        self._draw_code()
        for column in _PART_DETAILS:
            details = self._wrapped(self._details(with_message=True), column)
            if _height(details, column) <= column.height:
                break
        self._draw_details(details, column)
        self._draw_amount(_PART, 15.0, _PART_DETAILS[0])

    def _details(self, *, with_message: bool = False, with_streets: bool = True) -> list[_Detail]:
        bill, words = self._bill, self._words
        creditor, debtor = (
            party.lines(with_street=with_streets) if party else []
            for party in (bill.creditor, bill.debtor)
        )
        details = [
            (words.account, [bill.account, *creditor]),
            (words.reference, [bill.reference.formatted]),
            (words.debtor if debtor else words.debtor_field, debtor),
        ]
        if with_message and bill.message:
            details.insert(2, (words.message, [bill.message]))
        return details

    def _draw_title(self, title: str, x: float) -> None:
        with self._within("H2"):
            self._draw_line(self._flow.shape(title, bold=True), x, 8.5, _TITLE)

    def _draw_details(self, details: list[_WrappedDetail], column: _Column) -> None:
        left_over = column.height - _height(details, column, gap=0.0)
        gap = min(column.leading, max(left_over, 0.0) / len(details))
        y = column.y
        for heading, lines in details:
            y += column.leading
            line = self._flow.shape(heading, bold=True)
            with self._within("P"):
                self._draw_line(line, column.x, y - 0.7, column.heading)
                for text in lines:
                    y += column.leading
                    self._draw_line(text, column.x, y - 0.7, column.text)
            if not lines:
                self._draw_corners(column.x, y + 0.7, *column.field)
            y += gap

    def _draw_amount(self, x: float, indent: float, column: _Column) -> None:
        bill = self._bill
        for left, heading, text in (
            (x, self._words.currency, bill.currency),
            (x + indent, self._words.amount, _spaced(bill.amount)),
        ):
            y = _AMOUNTS + column.leading
            with self._within("P"):
                self._draw_line(self._flow.shape(heading, bold=True), left, y, column.heading)
                y += column.leading + 0.7
                self._draw_line(self._flow.shape(text), left, y, column.text)

    def _draw_code(self) -> None:
        """Draw the QR code with the Swiss cross in its middle (Style Guide, Swiss QR Code)."""
        flow = self._flow
        with self._within("Figure", alt=self._words.payment_part):
            flow.canvas.qr_modules(
                qr_code(self._bill.payload),
                _PART * _MM,
                self._top + _QR_TOP * _MM,
                _QR_SIZE * _MM,
                _BLACK,
            )
        x, y = _PART + _QR_SIZE / 2, _QR_TOP + _QR_SIZE / 2
        bar, length = 7 / 6, 35 / 9
        for color, width, height in (
            (_WHITE, _CROSS_SIZE, _CROSS_SIZE),
            (_BLACK, _CROSS_SIZE - 1, _CROSS_SIZE - 1),
            (_WHITE, bar, length),
            (_WHITE, length, bar),
        ):
            self._rectangle(x - width / 2, y - height / 2, width, height, color)

    def _draw_corners(self, x: float, y: float, width: float, height: float) -> None:
        """Draw the corners of an empty field."""
        right, bottom = x + width, y + height
        for left, top in ((x, y), (right - _CORNER, y), (x, bottom), (right - _CORNER, bottom)):
            self._rectangle(left, top - (_LINE if top == bottom else 0), _CORNER, _LINE)
        for left, top in ((x, y), (right, y), (x, bottom - _CORNER), (right, bottom - _CORNER)):
            self._rectangle(left - (_LINE if left == right else 0), top, _LINE, _CORNER)

    def _wrapped(self, details: list[_Detail], column: _Column) -> list[_WrappedDetail]:
        width = column.width * _MM
        return [
            (
                heading,
                [line for text in texts for line in self._flow.wrap(text, width, column.text)],
            )
            for heading, texts in details
        ]

    def _draw_line(
        self,
        line: ShapedLine,
        x: float,
        y: float,
        size: float,
        *,
        width: float = 0.0,
        align: float = START,
    ) -> None:
        self._flow.canvas.text(
            line,
            x * _MM,
            self._top + y * _MM,
            size,
            _BLACK,
            width=width * _MM,
            align=align,
        )

    def _within(self, tag: str, alt: str | None = None) -> AbstractContextManager[object]:
        return self._flow.canvas.within(Element(tag, alt=alt))

    def _rectangle(
        self, x: float, y: float, width: float, height: float, color: str = _BLACK
    ) -> None:
        self._flow.canvas.rectangle(x * _MM, self._top + y * _MM, width * _MM, height * _MM, color)


def _height(details: list[_WrappedDetail], column: _Column, gap: float | None = None) -> float:
    """Return the height of details, with the smallest gaps that look well if none is given."""
    least = column.leading / 2 if gap is None else gap
    lines = sum(1 + len(texts) for _, texts in details)
    field = sum(column.field[1] for _, texts in details if not texts)
    return lines * column.leading + field + least * (len(details) - 1)


def _spaced(amount: Decimal) -> str:
    """Return an amount with a space between thousands and two decimals, for example "1 949.75"."""
    return f"{amount:,.2f}".replace(",", " ")
