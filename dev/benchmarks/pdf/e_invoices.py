"""The e-invoices that documents contain."""

from decimal import Decimal
from typing import Final

from dev.benchmarks.pdf.documents import RATES
from einvoices.document import EInvoice, Identifier, Line, Payment, Tax, Trader
from einvoices.formats import EInvoiceFormat
from einvoices.writing import EInvoiceFile
from pdf.documents import Party, PdfDocument
from values.money import Minor
from values.parties import PostalAddress
from values.taxes import TaxCategory

_VAT_ID: Final = "GB298441073"


def factur_x(document: PdfDocument) -> EInvoiceFile:
    """Return an e-invoice that says what `document` says."""
    taxes = tuple(
        Tax(
            category=TaxCategory.STANDARD,
            rate=tax.rate,
            base=tax.base,
            tax=tax.tax,
            allowance=Minor(document.discount_amount if tax.rate == RATES[0] else 0),
            reason=None,
        )
        for tax in document.taxes
        if tax.rate is not None
    )
    lines = tuple(
        Line(
            name=line.description,
            description=None,
            quantity=line.quantity,
            unit="C62",
            price=Decimal(line.unit_price),
            allowance=Minor(0),
            net=Minor(line.amount),
            category=TaxCategory.STANDARD,
            rate=line.tax_rate,
        )
        for line in document.lines
    )
    invoice = EInvoice(
        is_credit_note=False,
        number=document.number,
        issue_date=document.issue_date,
        due_date=document.due_date,
        currency=document.currency,
        note=document.notes,
        buyer_reference=None,
        order_reference=None,
        preceding=None,
        seller=_trader(document.business, _VAT_ID),
        buyer=_trader(document.customer, None),
        delivery_date=document.issue_date,
        period=None,
        delivery_address=None,
        payment=Payment(means="68", reference=document.number),
        payment_terms=None,
        taxes=taxes,
        second_taxes=(),
        lines=lines,
        line_total=Minor(document.subtotal),
        allowance_total=Minor(document.discount_amount),
        tax_total=Minor(sum(tax.tax for tax in taxes)),
        total=Minor(document.total),
    )
    return EInvoiceFile(invoice, EInvoiceFormat.FACTUR_X)


def _trader(party: Party, vat_id: str | None) -> Trader:
    street, city = (party.address or "").split("\n")
    return Trader(
        name=party.name,
        address=PostalAddress(lines=(street,), city=city, country="DE"),
        vat_id=vat_id,
        tax_number=None,
        identifier=None,
        registration=None,
        endpoint=Identifier(party.email or "", "EM"),
        contact=None,
    )
