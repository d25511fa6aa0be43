"""The formats of e-invoices, each a specification on top of EN 16931 in one of its two syntaxes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class EInvoiceSyntax(StrEnum):
    """How the terms of EN 16931 are written as XML."""

    CII = "CII"
    """UN/CEFACT Cross Industry Invoice D16B."""
    UBL = "UBL"
    """OASIS Universal Business Language 2.1."""


class EInvoiceFormat(StrEnum):
    """A format. The values are those of the query parameter `format`."""

    FACTUR_X = "factur-x"
    """Factur-X 1.0 and ZUGFeRD 2, profile EN 16931."""
    XRECHNUNG_CII = "xrechnung-cii"
    XRECHNUNG_UBL = "xrechnung-ubl"
    PEPPOL_UBL = "peppol-ubl"
    """Peppol BIS Billing 3.0."""

    @property
    def syntax(self) -> EInvoiceSyntax:
        """The syntax that it is written in."""
        return _SPECIFICATIONS[self].syntax

    @property
    def specification_id(self) -> str:
        """The specification identifier (BT-24)."""
        return _SPECIFICATIONS[self].id

    @property
    def is_xrechnung(self) -> bool:
        """Whether it follows XRechnung, in either syntax."""
        return self in {EInvoiceFormat.XRECHNUNG_CII, EInvoiceFormat.XRECHNUNG_UBL}


@dataclass(frozen=True, slots=True)
class _Specification:
    id: str
    syntax: EInvoiceSyntax


_EN_16931: Final = "urn:cen.eu:en16931:2017"
_XRECHNUNG: Final = f"{_EN_16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
_PEPPOL: Final = f"{_EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_SPECIFICATIONS: Final = {
    EInvoiceFormat.FACTUR_X: _Specification(_EN_16931, EInvoiceSyntax.CII),
    EInvoiceFormat.XRECHNUNG_CII: _Specification(_XRECHNUNG, EInvoiceSyntax.CII),
    EInvoiceFormat.XRECHNUNG_UBL: _Specification(_XRECHNUNG, EInvoiceSyntax.UBL),
    EInvoiceFormat.PEPPOL_UBL: _Specification(_PEPPOL, EInvoiceSyntax.UBL),
}

BUSINESS_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
"""The business process (BT-23) of ordinary invoices and credit notes."""
