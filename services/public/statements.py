"""Statements of account in words, for the page and for the PDF alike."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Final

from i18n.formatting import format_money, format_period
from i18n.payments import describe_entry
from i18n.translations import N_, translations_for
from models.accounts import MovementKind
from pdf.documents import DocumentKind, PdfDocument, StatementRow, StatementTable
from services.billing.pdf_documents import business_of, customer_of
from services.company.logos import logo_of
from services.sharing.statements import CurrencyStatement, Movement, Statement
from values.money import Minor, Money
from values.payments import HistoryEntry, PaymentKind

_TEXTS: Final = {
    MovementKind.INVOICE: N_("Invoice %(number)s"),
    MovementKind.CANCELLATION: N_("Invoice %(number)s cancelled"),
    MovementKind.CREDIT_NOTE: N_("Credit note %(credit_note)s"),
    MovementKind.VOID: N_("Credit note %(credit_note)s voided"),
    MovementKind.PAYMENT: N_("Payment for invoice %(number)s: %(what)s"),
    MovementKind.CREDIT_KEPT: N_(
        "%(moved)s overpaid on invoice %(number)s, kept as credit note %(credit_note)s"
    ),
    MovementKind.CREDIT_USED: N_(
        "%(moved)s of credit note %(credit_note)s used on invoice %(number)s"
    ),
    MovementKind.PAYOUT: N_("Credit note %(credit_note)s paid out"),
}
_OTHER_CHANGE: Final = N_("%(what)s, invoice %(number)s")
_TAKEN_BACK: Final = {
    MovementKind.CREDIT_USED: N_(
        "%(moved)s taken off invoice %(number)s, back on credit note %(credit_note)s"
    ),
    MovementKind.PAYOUT: N_("Payout of credit note %(credit_note)s reversed"),
}
"""For negative ones."""


def statement_tables(statement: Statement, language: str) -> tuple[StatementTable, ...]:
    """Return the tables of a statement; one with zeros if there is nothing to tell."""
    company = statement.customer.company
    empty = CurrencyStatement(currency=company.currency, opening=0, movements=())
    return tuple(
        StatementTable(heading=each.currency, rows=tuple(_rows(each, language)))
        for each in statement.currencies or [empty]
    )


def _rows(statement: CurrencyStatement, language: str) -> Iterator[StatementRow]:
    _ = translations_for(language).gettext

    def money(minor: int) -> str:
        return format_money(Money(Minor(minor), statement.currency), language)

    yield StatementRow(None, _("Opening balance"), "", money(statement.opening))
    for movement in statement.movements:
        amount = money(movement.amount) if movement.amount else ""
        text = describe_movement(movement, statement.currency, language)
        yield StatementRow(movement.day, text, amount, money(movement.balance))
    yield StatementRow(None, _("Closing balance"), "", money(statement.closing))


def describe_movement(movement: Movement, currency: str, language: str) -> str:
    """Return what happened, for example "Payment for invoice 2026-0001: Bank transfer"."""
    texts = _TAKEN_BACK if (movement.amount or movement.moved) < 0 else _TEXTS
    text = texts.get(movement.kind) or _TEXTS.get(movement.kind, _OTHER_CHANGE)
    moved = Money(Minor(abs(movement.moved)), currency)
    return translations_for(language).gettext(text) % {
        "number": movement.number,
        "credit_note": movement.credit_note,
        "moved": format_money(moved, language),
        "what": _what(movement, language),
    }


def _what(movement: Movement, language: str) -> str:
    """Return what changed the amount due on an invoice, as its page says it."""
    if movement.kind not in PaymentKind.__members__:
        return ""
    entry = HistoryEntry(
        kind=PaymentKind(movement.kind),
        amount=-movement.amount,
        at=datetime.combine(movement.day, time(), UTC),
        method=movement.method,
        paid_with=movement.paid_with,
    )
    return describe_entry(entry, language)


async def statement_pdf(statement: Statement, language: str) -> PdfDocument:
    """Return the PDF content of a statement: parties as they are now, since it isn't issued."""
    customer, period = statement.customer, statement.period
    company = customer.company
    seller, buyer = company.seller, customer.buyer
    return PdfDocument(
        kind=DocumentKind.STATEMENT,
        number=format_period(period.first, period.last, language),
        status="",
        version=datetime.combine(period.last, time(), UTC),
        language=language,
        currency=company.currency,
        business=business_of(company, seller, buyer, language),
        customer=customer_of(seller, buyer, language),
        total=0,
        accent_color=company.accent,
        footer=seller.footer,
        paper_size=seller.paper_size,
        logo=await logo_of(company),
        statements=statement_tables(statement, language),
    )
