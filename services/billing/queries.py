"""Queries for a company's rows, which `services/common/pagination` pages through."""

from typing import Final, TypeVar

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from auth.staff import Staff
from db.compiled_queries import CompiledQuery
from models import (
    OPEN_STATUSES,
    AuditEntry,
    Company,
    Credential,
    CredentialKind,
    CreditNote,
    CreditNoteStatus,
    Customer,
    DeliveryState,
    EmailDelivery,
    Invoice,
    InvoiceStatus,
    MailKind,
    Quote,
    QuoteStatus,
    User,
)

NumberedT = TypeVar("NumberedT", Invoice, Quote, CreditNote)

_MAX_SEARCH_LENGTH: Final = 100
"""Characters of a search text; the rest is ignored."""
_company = CompiledQuery(Company, where="company.id = $1")


def invoices(
    staff: Staff,
    status: InvoiceStatus | None = None,
    *,
    shared: bool | None = None,
    overdue: bool = False,
    customer: Customer | None = None,
) -> QuerySet[Invoice]:
    """Return the company's invoices, or those of a customer.

    `shared` narrows them to those with or without a link, and `overdue` to open ones whose due date
    has passed.
    """
    rows = Invoice.filter(company_id=staff.company_id)
    if overdue:
        rows = rows.filter(status__in=list(OPEN_STATUSES), due_date__lt=staff.today)
    return _filtered(rows, status, customer, shared=shared)


def search(rows: QuerySet[NumberedT], staff: Staff, text: str) -> QuerySet[NumberedT]:
    """Narrow the company's documents to those with `text` in their number or customer's name.

    A draft is found by the number that was chosen for it. Case is ignored, and an empty text
    matches all. The query starts from the company and its
    customers, which are indexed, so that its cost doesn't depend on other companies' rows.
    """
    text = clean_search(text)
    if not text:
        return rows
    named = Customer.filter(_contains("name", text), company_id=staff.company_id).values("id")
    numbered = _contains("number", text) | _contains("requested_number", text)
    return rows.filter(numbered | Q(customer_id__in=Subquery(named)))


def search_customers(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Narrow the customers to those with `text` in their name or e-mail address.

    Case is ignored, and an empty text matches all.
    """
    text = clean_search(text)
    return rows.filter(_contains("name", text) | _contains("email", text)) if text else rows


def clean_search(text: str) -> str:
    """Return the text that is searched for: trimmed, and cut to 100 characters."""
    return text.replace("\x00", "").strip()[:_MAX_SEARCH_LENGTH]


def _contains(column: str, text: str) -> Q:
    """Return the condition that the column contains `text` in any case."""
    # SQLite ignores the case of ASCII letters only.
    spellings = dict.fromkeys((text, text.lower(), text.upper(), text.title()))
    return Q(*(Q(**{f"{column}__icontains": s}) for s in spellings), join_type=Q.OR)


def quotes(
    staff: Staff,
    status: QuoteStatus | None = None,
    *,
    shared: bool | None = None,
    customer: Customer | None = None,
) -> QuerySet[Quote]:
    """Return the company's quotes, or those of a customer.

    `shared` narrows them to those with or without a link.
    """
    return _filtered(Quote.filter(company_id=staff.company_id), status, customer, shared=shared)


def _filtered(
    rows: QuerySet[NumberedT],
    status: InvoiceStatus | QuoteStatus | CreditNoteStatus | None,
    customer: Customer | None,
    *,
    shared: bool | None = None,
) -> QuerySet[NumberedT]:
    if status is not None:
        rows = rows.filter(status=status)
    if customer is not None:
        rows = rows.filter(customer_id=customer.id)
    if shared is not None:
        rows = rows.filter(share_token__isnull=not shared)
    return rows


def customers(staff: Staff, *, shared: bool | None = None) -> QuerySet[Customer]:
    """Return the company's customers; `shared` narrows them by whether they have a portal link."""
    rows = Customer.filter(company_id=staff.company_id)
    return rows if shared is None else rows.filter(portal_token__isnull=not shared)


def api_keys(staff: Staff) -> QuerySet[Credential]:
    """Return the company's API keys with who created them, including revoked ones."""
    keys = Credential.filter(company_id=staff.company_id, kind=CredentialKind.API_KEY)
    return keys.select_related("user", "parent")


def users(staff: Staff) -> QuerySet[User]:
    """Return the company's users, including those who have yet to accept their invitation."""
    return User.filter(company_id=staff.company_id)


def audit_entries(staff: Staff) -> QuerySet[AuditEntry]:
    """Return the company's audit log."""
    return AuditEntry.filter(company_id=staff.company_id)


def credit_notes(
    staff: Staff, status: CreditNoteStatus | None = None, *, customer: Customer | None = None
) -> QuerySet[CreditNote]:
    """Return the company's credit notes, or those of a customer."""
    return _filtered(CreditNote.filter(company_id=staff.company_id), status, customer)


def email_deliveries(
    staff: Staff, state: DeliveryState | None = None, *, invoice: Invoice | None = None
) -> QuerySet[EmailDelivery]:
    """Return the company's e-mails to clients; `invoice` narrows them to those about it."""
    rows = EmailDelivery.filter(company_id=staff.company_id).exclude(kind=MailKind.NOTICE)
    if state is not None:
        rows = rows.filter(status=state)
    return rows if invoice is None else rows.filter(invoice_id=invoice.id)


async def company_of(staff: Staff) -> Company:
    """Return the caller's company."""
    company = await _company.first(staff.company_id)
    assert company is not None
    return company
