"""Bank transfer on the pages: the account to copy, and the codes to scan.

The texts are in `templates/transfer.html`.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

import segno
from markupsafe import Markup

from banking.transfers import BankTransfer
from i18n.digits import with_latin_digits
from i18n.formatting import format_amount, format_money
from services.public.documents import PublicInvoiceData

_QUIET_ZONE: Final = 4
"""Modules around a code (ISO/IEC 18004)."""
_SWISS_SIZE: Final = 46
"""Millimetres of a Swiss QR code, which its cross is measured by (Style Guide QR-bill)."""
_CROSS: Final = (("#fff", 7, 7), ("#000", 6, 6), ("#fff", 7 / 6, 35 / 9), ("#fff", 35 / 9, 7 / 6))
"""The rectangles of the cross: colour, width and height in millimetres."""


@dataclass(frozen=True, slots=True)
class TransferView:
    """How an invoice is paid by bank transfer."""

    transfer: BankTransfer
    amount: str
    """What is left to pay, formatted."""
    plain_amount: str
    """The same as a banking app takes it: in Latin digits, whatever those of the language are."""
    qr_code: Markup | None
    """The code for European banking apps, as SVG."""
    swiss_qr_code: Markup | None

    @classmethod
    def of(cls, data: PublicInvoiceData) -> Self | None:
        """Return how an invoice is paid by bank transfer; None if it can't be."""
        transfer, invoice = data.bank_transfer, data.invoice
        if transfer is None:
            return None
        remaining = invoice.money(invoice.remaining)
        language, bill = invoice.written_in, transfer.swiss_qr_bill
        return cls(
            transfer=transfer,
            amount=format_money(remaining, language),
            plain_amount=with_latin_digits(format_amount(remaining, language)),
            qr_code=_svg(transfer.epc_payload) if transfer.epc_payload else None,
            swiss_qr_code=_svg(bill.payload, has_cross=True) if bill else None,
        )


@lru_cache(maxsize=200)
def _svg(payload: str, *, has_cross: bool = False) -> Markup:
    """Return a QR code with error correction level M on a white ground.

    Drawing one takes longer than all the rest of the page.
    """
    code = segno.make(payload, error="m", encoding="utf-8", micro=False, boost_error=False)
    svg = code.svg_inline(
        border=_QUIET_ZONE, light="#fff", omitsize=True, svgclass=None, lineclass=None
    )
    cross = _cross(len(code.matrix)) if has_cross else ""
    return Markup(svg.removesuffix("</svg>") + cross + "</svg>")  # noqa: S704  # no text in it


def _cross(modules: int) -> str:
    """Return the Swiss cross in the middle of a code."""
    middle, millimetre = modules / 2 + _QUIET_ZONE, modules / _SWISS_SIZE
    return "".join(
        f'<path fill="{color}" d="M{middle - width * millimetre / 2:.3f}'
        f" {middle - height * millimetre / 2:.3f}h{width * millimetre:.3f}"
        f'v{height * millimetre:.3f}h-{width * millimetre:.3f}z"/>'
        for color, width, height in _CROSS
    )
