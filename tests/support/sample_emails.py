"""E-mails of every kind about rows that no database has, for tests of what they say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final, TypeVar
from uuid import uuid4

from tortoise.models import Model

from banking.references import payment_reference
from banking.transfers import BankTransfer
from integrations.mail.contents import Business, EmailBody, EmailContent, LogoImage
from integrations.mail.mime import compose
from models import (
    Announcement,
    Answer,
    Checkout,
    Company,
    CreditNote,
    CreditNoteStatus,
    Customer,
    Invoice,
    InvoiceStatus,
    MailCategory,
    Question,
    Quote,
    QuoteStatus,
)
from models.invoices import InvoiceLine
from services.billing.receipts import Receipt
from services.email.bodies.announcements import announcement_body
from services.email.bodies.answers import answer_body
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
from values.payments import HistoryEntry, PaidWith, PaymentKind
from values.taxes import TaxCategory

M = TypeVar("M", bound=Model)

LINK: Final = "https://portal.example/invoice/t?source=email"
TRANSFER: Final = BankTransfer(
    account_holder="Halden & Brandt",
    iban="DE89370400440532013000",
    reference=payment_reference("INV-7", "DE89370400440532013000"),
)
_NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)


def sample_line(**changes: Any) -> InvoiceLine:
    """Return a line of 100.00 with 19 % tax."""
    fields: dict[str, Any] = {
        "description": "Tiles <Dune>",
        "quantity": Decimal(2),
        "unit": "MTK",
        "unit_price": Decimal(50),
        "amount": 10_000,
        "net": 10_000,
        "discount": 0,
        "discount_amount": 0,
        "tax_category": TaxCategory.STANDARD,
        "tax_rate": Decimal(19),
        "tax": 1_900,
    }
    return InvoiceLine(**fields | changes)


def sample_company(language: str = "en") -> Company:
    """Return a company that answers e-mails."""
    return _stored(
        Company(id=uuid4(), name="Halden & Brandt", email="hello@halden.example", language=language)
    )


def _stored(row: M) -> M:
    """Return `row` as if a database had it, so that others can refer to it."""
    row._saved_in_db = True
    return row


def sample_facts(language: str = "en", *, days_overdue: int = -24, **changes: Any) -> InvoiceFacts:
    """Return an invoice over 119.00 that can be paid online, with changes to its columns."""
    pays_at_once = changes.pop("pays_at_once", True)
    columns = {"issue_date": date(2026, 11, 1), "due_date": date(2026, 12, 24), **changes}
    invoice = _stored(Invoice(**_document(language, "INV-7", InvoiceStatus.ISSUED) | columns))
    return InvoiceFacts(
        invoice=invoice,
        language=language,
        link=LINK,
        pays_at_once=pays_at_once,
        days_overdue=days_overdue,
        transfer=TRANSFER,
    )


def _document(language: str, number: str, status: object) -> dict[str, Any]:
    company = sample_company(language)
    return {
        "number": number,
        "currency": "EUR",
        "language": language,
        "status": status,
        "company": company,
        "customer": _stored(Customer(id=uuid4(), company=company, name="Ada")),
        "subtotal": 10_000,
        "tax": 1_900,
        "total": 11_900,
    }


def every_body(language: str) -> Iterator[tuple[MailCategory, EmailBody]]:
    """Yield an e-mail of every kind to clients, with its category."""
    business = sample_business(language)
    facts, late = sample_facts(language), sample_facts(language, days_overdue=17)
    lines = [sample_line(position=position) for position in range(7)]
    quote = Quote(**_document(language, "Q-7", QuoteStatus.SENT), valid_until=date(2026, 12, 24))
    note = CreditNote(**_document(language, "CN-7", CreditNoteStatus.ISSUED), reason="Broken")
    note.invoice = facts.invoice
    news = Announcement(subject="We're moving", body="To a larger office.\n\nCome and see it.")
    yield MailCategory.DOCUMENT, invoice_body(facts, lines, business, None)
    yield MailCategory.DOCUMENT, invoice_body(late, lines[:1], business, "Dear Ada,\nthanks.")
    yield MailCategory.DOCUMENT, quote_body(quote, lines, business, None, LINK)
    yield MailCategory.DOCUMENT, credit_note_body(note, lines, business, None, LINK)
    question = Question(name="Ada", text="May we pay <later>?\nIn May?")
    answer = Answer(author="Ines", text="Of course.\n\nTake your time.")
    yield MailCategory.DOCUMENT, answer_body(answer, question, quote, business, LINK)
    yield MailCategory.DOCUMENT, answer_body(answer, question, note, business, LINK)
    for body in _about_payments(facts, business):
        yield MailCategory.DOCUMENT, body
    yield MailCategory.REMINDER, reminder_body([facts], business, None, None)
    yield MailCategory.REMINDER, reminder_body([late], business, None, LINK)
    yield MailCategory.REMINDER, reminder_body([late, facts], business, None, LINK)
    yield MailCategory.MARKETING, announcement_body(news, business, language, LINK)


def _about_payments(facts: InvoiceFacts, business: Business) -> Iterator[EmailBody]:
    card = PaidWith(type="card", brand="visa", last4="4242")
    payment = HistoryEntry(PaymentKind.PAYMENT, 11_900, _NOW, payment_id=uuid4(), paid_with=card)
    receipt = Receipt(facts.invoice, payment, ())
    sent = SentReceipt(receipt, LINK)
    yield receipt_body([sent], business)
    yield receipt_body([sent, sent], business)
    refund = SentRefund(sent, 5_000)
    yield refund_body([refund], _NOW, business)
    yield refund_body([refund, refund], _NOW, business)
    failed = Checkout(
        amount=11_900, created_at=_NOW, failed_at=_NOW, failure_code="insufficient_funds"
    )
    yield failure_body(11_900, failed, [facts], business)
    yield failure_body(23_800, failed, [facts, facts], business)


def sample_business(language: str = "en") -> Business:
    """Return the business as an e-mail names it."""
    company = sample_company(language)
    return Business.of(company, company.seller, language)


def message_with(body: EmailBody, category: MailCategory, language: str) -> EmailMessage:
    """Return the message of an e-mail as the recipient's program reads it."""
    content = EmailContent(
        id=uuid4(),
        category=category,
        is_automatic=False,
        company=sample_company(language),
        business=sample_business(language),
        recipient="ada@example.com",
        language=language,
        logo=LogoImage("https://portal.example/logo.png", 600, 60),
        body=body,
        preferences_url="https://portal.example/preferences/p",
        unsubscribe_url="https://portal.example/unsubscribe/p/document",
    )
    raw = compose(content, "billing@portal.example", _NOW).as_bytes()
    return message_from_bytes(raw, policy=default)
