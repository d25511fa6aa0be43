"""Documents as clients see them, for the API, the pages and the portal alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from banking.transfers import BankTransfer
from core.urls import Urls
from einvoices.requirements import can_be_complete
from models import CreditNote, Invoice, Quote
from models.documents import DocumentLine
from services.billing.bank_transfers import bank_transfer
from services.billing.e_invoices import e_invoice_of, is_withdrawn, offered_format
from services.billing.loaders import lines_of
from services.checkout.payment_options import PaymentOptions, offered_payment_options
from services.sharing.tokens import SharedCreditNote, SharedLink, SharedQuote
from settings import Settings


@dataclass(frozen=True)
class PublicInvoiceData:
    """An invoice behind a link, with company, customer and lines, and how it can be paid."""

    link: SharedLink
    lines: Sequence[DocumentLine]
    urls: Urls
    settings: Settings

    @property
    def invoice(self) -> Invoice:
        """The invoice."""
        return self.link.invoice

    @property
    def url(self) -> str:
        """The address of its page."""
        return self.link.url(self.urls)

    @property
    def pdf_url(self) -> str:
        """The address of its PDF."""
        return self.link.pdf_url(self.urls)

    @cached_property
    def xml_url(self) -> str | None:
        """The address of its e-invoice; None if it has none. Needs the lines."""
        return _xml_url(self.invoice, self.lines, None, self.url)

    @cached_property
    def payment_options(self) -> PaymentOptions | None:
        """None if it can't be paid online."""
        return offered_payment_options(self.invoice, self.invoice.company, self.settings)

    @cached_property
    def bank_transfer(self) -> BankTransfer | None:
        """None if it can't be paid by bank transfer."""
        return bank_transfer(self.invoice)


def _xml_url(
    row: Invoice | CreditNote,
    lines: Sequence[DocumentLine],
    corrected: Invoice | None,
    page_url: str,
) -> str | None:
    """Return the address of the e-invoice in the format that is offered to the customer."""
    if is_withdrawn(row) or not can_be_complete(row.seller, row.buyer):
        return None
    invoice = e_invoice_of(row, lines, corrected, with_lines=False)
    offered = offered_format(invoice, row.customer)
    return f"{page_url}.xml?format={offered}" if offered else None


@dataclass(frozen=True, slots=True)
class PublicQuoteData:
    """A quote behind a link, with company, customer and lines."""

    quote: Quote
    lines: Sequence[DocumentLine]
    url: str
    pdf_url: str


@dataclass(frozen=True)
class PublicCreditNoteData:
    """A credit note behind a link, with company, customer, lines and the corrected invoice."""

    note: CreditNote
    lines: Sequence[DocumentLine]
    url: str
    pdf_url: str

    @cached_property
    def xml_url(self) -> str | None:
        """The address of its e-invoice; None if it has none. Needs the lines."""
        corrected = self.note.invoice if self.note.invoice_id else None
        return _xml_url(self.note, self.lines, corrected, self.url)


@dataclass(frozen=True, slots=True)
class PublicDocuments:
    """Loads what a client may see of a document. The row itself comes with the link."""

    settings: Settings
    urls: Urls

    async def load_invoice(self, link: SharedLink) -> PublicInvoiceData:
        """Load the invoice behind `link`, with its lines."""
        return self.invoice(link, await lines_of(link.invoice))

    def invoice(self, link: SharedLink, lines: Sequence[DocumentLine] = ()) -> PublicInvoiceData:
        """Return the invoice behind `link`, with lines that are loaded already."""
        return PublicInvoiceData(link=link, lines=lines, urls=self.urls, settings=self.settings)

    async def load_quote(self, link: SharedQuote) -> PublicQuoteData:
        """Load the quote behind `link`, with its lines."""
        return self.quote(link, await lines_of(link.quote))

    def quote(self, link: SharedQuote, lines: Sequence[DocumentLine] = ()) -> PublicQuoteData:
        """Return the quote behind `link`, with lines that are loaded already."""
        return PublicQuoteData(
            quote=link.quote,
            lines=lines,
            url=link.url(self.urls),
            pdf_url=link.pdf_url(self.urls),
        )

    async def load_credit_note(self, link: SharedCreditNote) -> PublicCreditNoteData:
        """Load the credit note behind `link`, with its lines."""
        return self.credit_note(link, await lines_of(link.note))

    def credit_note(
        self, link: SharedCreditNote, lines: Sequence[DocumentLine] = ()
    ) -> PublicCreditNoteData:
        """Return the credit note behind `link`, with lines that are loaded already."""
        return PublicCreditNoteData(
            note=link.note,
            lines=lines,
            url=link.url(self.urls),
            pdf_url=link.pdf_url(self.urls),
        )
