"""E-invoices in their formats, as files that are written when they are needed."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from einvoices.cii import write_cii
from einvoices.document import EInvoice
from einvoices.formats import EInvoiceFormat, EInvoiceSyntax
from einvoices.ubl import write_ubl

WRITER_VERSION: Final = 1
"""Increase it whenever the bytes of an unchanged e-invoice change."""


@dataclass(frozen=True, slots=True)
class EInvoiceFile:
    """An e-invoice in a format, which other processes can receive and write."""

    invoice: EInvoice
    format: EInvoiceFormat

    def fingerprint(self) -> str:
        """Return 64 hex digits that change whenever the bytes do, without writing these."""
        return sha256(f"{WRITER_VERSION} {self.format} {self.invoice!r}".encode()).hexdigest()

    def write(self) -> bytes:
        """Return the XML: the same bytes for the same e-invoice.

        It follows the rules of the format if nothing is missing for it.
        """
        match self.format.syntax:
            case EInvoiceSyntax.CII:
                return write_cii(self.invoice, self.format)
            case EInvoiceSyntax.UBL:
                return write_ubl(self.invoice, self.format)
