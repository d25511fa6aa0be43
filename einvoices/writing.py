"""Writing an e-invoice in a format."""

from einvoices.cii import write_cii
from einvoices.document import EInvoice
from einvoices.formats import EInvoiceFormat, EInvoiceSyntax
from einvoices.ubl import write_ubl


def write_e_invoice(invoice: EInvoice, specification: EInvoiceFormat) -> bytes:
    """Return the XML of `invoice`: the same bytes for the same invoice.

    It follows the rules of the format if nothing is missing for it.
    """
    match specification.syntax:
        case EInvoiceSyntax.CII:
            return write_cii(invoice, specification)
        case EInvoiceSyntax.UBL:
            return write_ubl(invoice, specification)
