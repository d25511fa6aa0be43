"""E-mails about documents that don't exist, to show a company what its own texts look like."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from banking.currencies import EXPONENTS
from core.urls import Urls
from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, EmailContent
from models import (
    Checkout,
    Company,
    CreditNote,
    CreditNoteStatus,
    Customer,
    EmailTextKind,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Quote,
    QuoteStatus,
)
from models.companies import today_of
from services.billing.bank_transfers import bank_transfer
from services.billing.receipts import Receipt
from services.email.bodies.credit_notes import credit_note_body
from services.email.bodies.invoices import InvoiceFacts, invoice_body
from services.email.bodies.payments import (
    SentReceipt,
    SentRefund,
    failure_body,
    receipt_body,
    refund_body,
)
from services.email.bodies.quotes import quote_body
from services.email.bodies.reminders import reminder_body
from services.email.email_content import logo_image_of
from services.email.own_texts import OwnText, clean_text, with_own_text
from services.ledger.document_numbers import Document
from services.sharing.tokens import SharedLink
from values.payments import HistoryEntry, PaidWith, PaymentHistory, PaymentKind
from values.taxes import TaxCategory

_CUSTOMER: Final = "Ada Lovelace"
_TOTAL: Final = 123_450
"""Minor units."""
_DAYS: Final = {EmailTextKind.OVERDUE_REMINDER: -7, EmailTextKind.REMINDER: 3}
"""From today to the due date. Other documents have thirty days."""
_ABOUT_PAYMENTS: Final = {
    EmailTextKind.RECEIPT,
    EmailTextKind.REFUND,
    EmailTextKind.PAYMENT_FAILED,
}
_CARD: Final = PaidWith(type="card", brand="visa", last4="4242")


async def sample_email(
    company: Company,
    kind: EmailTextKind,
    language: str,
    text: OwnText,
    recipient: str,
    urls: Urls,
    *,
    link: str | None = None,
) -> EmailContent:
    """Return an e-mail to `recipient` with the company's own text. Raises BadInput.

    It leads to `link`, or without one to the dashboard.
    """
    cleaned = clean_text(kind, text)
    document = _sample_document(company, kind, language)
    business = Business.of(company, company.seller, language)
    body = _sample_body(document, kind, business, link or urls.dashboard())
    if body.headline is not None:
        # That of documents promises a PDF, and samples have none.
        body = replace(body, preheader=body.headline.amount or "")
    return EmailContent(
        id=uuid4(),
        category=None,
        is_automatic=False,
        company=company,
        business=business,
        recipient=recipient,
        language=language,
        logo=await logo_image_of(company, urls),
        body=with_own_text(body, cleaned, [document], keeps_message=False),
    )


def sample_invoice(company: Company, token: object) -> SharedLink:
    """Return the invoice of the sample e-mails with its line, behind a link with this token."""
    language = company.language
    invoice = _sample_document(company, EmailTextKind.INVOICE, language)
    assert isinstance(invoice, Invoice)
    line = InvoiceLine(
        position=1,
        description=translations_for(language).gettext("Sample"),
        quantity=Decimal(1),
        unit_price=Decimal(_TOTAL) / 10 ** EXPONENTS[company.currency],
        amount=_TOTAL,
        net=_TOTAL,
        discount=0,
        tax_category=TaxCategory.ZERO,
        tax_rate=Decimal(0),
        tax=0,
    )
    invoice.loaded_lines, invoice.loaded_history = [line], PaymentHistory()
    return SharedLink(invoice=invoice, token=str(token))


def _sample_document(company: Company, kind: EmailTextKind, language: str) -> Document:
    today = today_of(company)
    last_day = today + timedelta(days=_DAYS.get(kind, 30))
    columns = {
        "currency": company.currency,
        "language": language,
        "issue_date": today,
        "subtotal": _TOTAL,
        "total": _TOTAL,
    }
    document: Document
    match kind:
        case EmailTextKind.QUOTE:
            document = Quote(
                number="Q-00148", status=QuoteStatus.SENT, valid_until=last_day, **columns
            )
        case EmailTextKind.CREDIT_NOTE:
            document = CreditNote(number="CN-00148", status=CreditNoteStatus.ISSUED, **columns)
        case _:
            is_paid = kind is EmailTextKind.RECEIPT
            document = Invoice(
                number="INV-00148",
                status=InvoiceStatus.PAID if is_paid else InvoiceStatus.ISSUED,
                due_date=last_day,
                amount_paid=_TOTAL if is_paid else 0,
                **columns,
            )
    # No database has these rows, so that Tortoise would refuse to relate them.
    document._company = company
    document._customer = Customer(name=_CUSTOMER)
    return document


def _sample_body(
    document: Document, kind: EmailTextKind, business: Business, link: str
) -> EmailBody:
    lines: Sequence[Any] = ()
    if kind in _ABOUT_PAYMENTS:
        assert isinstance(document, Invoice)
        return _sample_about_payment(document, kind, business, link)
    match document:
        case Quote():
            return quote_body(document, lines, business, None, link)
        case CreditNote():
            return credit_note_body(document, lines, business, None, link)
        case Invoice():
            facts = _facts_of(document, kind, link)
            if kind is EmailTextKind.INVOICE:
                return invoice_body(facts, lines, business, None)
            return reminder_body([facts], business, None, None)


def _sample_about_payment(
    invoice: Invoice, kind: EmailTextKind, business: Business, link: str
) -> EmailBody:
    now = datetime.now(UTC)
    if kind is EmailTextKind.PAYMENT_FAILED:
        checkout = Checkout(created_at=now, failure_code="insufficient_funds")
        return failure_body(_TOTAL, checkout, [_facts_of(invoice, kind, link)], business)
    payment = HistoryEntry(PaymentKind.PAYMENT, _TOTAL, now, paid_with=_CARD)
    sent = SentReceipt(Receipt(invoice, payment, ()), link)
    if kind is EmailTextKind.REFUND:
        return refund_body([SentRefund(sent, _TOTAL)], now, business)
    return receipt_body([sent], business)


def _facts_of(invoice: Invoice, kind: EmailTextKind, link: str) -> InvoiceFacts:
    return InvoiceFacts(
        invoice=invoice,
        language=invoice.written_in,
        link=link,
        pays_at_once=invoice.company.takes_payments or None,
        days_overdue=-_DAYS.get(kind, 30),
        transfer=bank_transfer(invoice),
    )
