"""E-invoices of invoices and credit notes: what they say, what is missing for them, their XML."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from einvoices.building import build_e_invoice
from einvoices.details import MissingDetail
from einvoices.document import EInvoice, PrecedingInvoice
from einvoices.formats import EInvoiceFormat
from einvoices.requirements import is_complete, missing_details
from einvoices.writing import EInvoiceFile
from errors import BadInput, Conflict, Text, gather_refusals
from models import CreditNote, CreditNoteStatus, Customer, Invoice, InvoiceStatus
from models.customers import EInvoiceFormat as CustomersFormat
from models.documents import DocumentLine
from pdf.cleaning import safe_filename
from services.billing.loaders import lines_of
from services.ledger.issuing import planned_due_date

Row: TypeAlias = Invoice | CreditNote

_FORMATS: Final[Mapping[CustomersFormat, EInvoiceFormat]] = {
    CustomersFormat.PDF: EInvoiceFormat.FACTUR_X,
    CustomersFormat.XRECHNUNG: EInvoiceFormat.XRECHNUNG_UBL,
    CustomersFormat.PEPPOL: EInvoiceFormat.PEPPOL_UBL,
}
"""The format for each of a customer's choices. That of XRechnung has two syntaxes."""
XML_TYPE: Final = "application/xml"
"""The media type of the files."""


@dataclass(frozen=True, slots=True)
class FormatState:
    """What is missing for an e-invoice in a format."""

    format: EInvoiceFormat
    missing: Sequence[MissingDetail]

    @property
    def is_ready(self) -> bool:
        """Whether the document, once it is issued, has an e-invoice in this format."""
        return not self.missing


def is_withdrawn(row: Row) -> bool:
    """Whether a document was issued and isn't valid any more, which no e-invoice can say.

    Clients don't get its e-invoice, since their software would book it. Staff do, for the records.
    """
    return row.status in {InvoiceStatus.CANCELLED, CreditNoteStatus.VOID}


def require_valid(row: Row) -> None:
    """Raise Conflict for a document whose e-invoice clients don't get any more."""
    if is_withdrawn(row):
        raise Conflict(Text("This document isn't valid any more, so it has no e-invoice."))


def e_invoice_of(
    row: Row,
    lines: Sequence[DocumentLine],
    corrected: Invoice | None,
    *,
    with_lines: bool = True,
) -> EInvoice:
    """Return what the e-invoice of a document says, which was loaded with its parents.

    `corrected` is the invoice that a credit note corrects. Without the lines, it is enough to tell
    what is missing.
    """
    due_date = None
    if isinstance(row, Invoice):
        is_draft = row.number is None
        due_date = planned_due_date(row, row.company, row.customer) if is_draft else row.due_date
    preceding = None
    if corrected is not None:
        preceding = PrecedingInvoice(corrected.label, corrected.issue_date)
    return build_e_invoice(
        row, lines, due_date=due_date, preceding=preceding, with_lines=with_lines
    )


def embedded_e_invoice(
    row: Row, lines: Sequence[DocumentLine], corrected: Invoice | None
) -> EInvoiceFile | None:
    """Return the Factur-X that the PDF of a document contains; None if it isn't ready or valid."""
    if row.number is None or is_withdrawn(row):
        return None
    return _file_if_complete(e_invoice_of(row, lines, corrected), EInvoiceFormat.FACTUR_X)


async def load_e_invoice(row: Row) -> EInvoice:
    """Return what the e-invoice of a document says, which was loaded with its parents."""
    corrected = None
    if isinstance(row, CreditNote) and row.invoice_id is not None:
        corrected = await Invoice.get(id=row.invoice_id)
    return e_invoice_of(row, await lines_of(row), corrected)


def states_of(invoice: EInvoice) -> list[FormatState]:
    """Return what is missing for each format."""
    return [FormatState(each, missing_details(invoice, each)) for each in EInvoiceFormat]


def wanted_format(customer: Customer) -> EInvoiceFormat:
    """Return the format that a customer has chosen, or the one that suits everyone."""
    return _FORMATS[customer.e_invoice]


def offered_format(invoice: EInvoice, customer: Customer) -> EInvoiceFormat | None:
    """Return the format in which the customer gets an issued document; None if it isn't ready."""
    formats = dict.fromkeys((wanted_format(customer), EInvoiceFormat.FACTUR_X))
    return next((each for each in formats if is_complete(invoice, each)), None)


def required_format(customer: Customer) -> EInvoiceFormat | None:
    """Return the format that a customer requires; None if a PDF is enough."""
    return None if customer.e_invoice is CustomersFormat.PDF else wanted_format(customer)


async def require_e_invoice(row: Row, customer: Customer) -> None:
    """Check a document that is being issued to a customer who requires e-invoices.

    Raises BadInput with all that is missing.
    """
    required = required_format(customer)
    if required is None:
        return
    missing = missing_details(await load_e_invoice(row), required)
    with gather_refusals() as refusals:
        for detail in missing:
            refusals.add(BadInput(detail.message, field=detail.field))


def parse_format(value: str | None) -> EInvoiceFormat:
    """Return the format that an address names, by default Factur-X. Raises BadInput."""
    try:
        return EInvoiceFormat(value or EInvoiceFormat.FACTUR_X)
    except ValueError:
        names = ", ".join(EInvoiceFormat)
        raise BadInput(
            Text("Choose one of these formats: %(names)s.", names=names), field="format"
        ) from None


async def find_file(row: Row, specification: EInvoiceFormat) -> EInvoiceFile:
    """Return the e-invoice of a document, which was loaded with its parents.

    Raises Conflict for a draft, and if something is missing for the format.
    """
    if row.number is None:
        raise Conflict(Text("A draft has no e-invoice. Issue it first."))
    file = _file_if_complete(await load_e_invoice(row), specification)
    if file is None:
        raise Conflict(Text("There is no e-invoice in this format, since details are missing."))
    return file


async def required_file(row: Row) -> EInvoiceFile | None:
    """Return the e-invoice that the customer of an issued document requires, as for a download.

    None if a PDF is enough, if details were missing when the document was issued, and if it isn't
    valid any more.
    """
    required = required_format(row.customer)
    if required is None or is_withdrawn(row):
        return None
    return _file_if_complete(await load_e_invoice(row), required)


async def offered_file(row: Row) -> EInvoiceFile | None:
    """Return the e-invoice that a document's customer is offered; None if there is none."""
    if row.number is None or is_withdrawn(row):
        return None
    invoice = await load_e_invoice(row)
    offered = offered_format(invoice, row.customer)
    return EInvoiceFile(invoice, offered) if offered else None


def _file_if_complete(invoice: EInvoice, specification: EInvoiceFormat) -> EInvoiceFile | None:
    return EInvoiceFile(invoice, specification) if is_complete(invoice, specification) else None


def filename_of(file: EInvoiceFile) -> str:
    """Return the file's name: "INV-00041-factur-x.xml". It is safe in every file system."""
    return safe_filename(f"{file.invoice.number}-{file.format}") + ".xml"


async def write_file(file: EInvoiceFile) -> bytes:
    """Return the XML. With a thousand lines it takes so long that others shouldn't wait for it."""
    return await asyncio.to_thread(file.write)
