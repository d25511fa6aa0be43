"""What staff see of their company; `paging` makes pages of it."""

from datetime import UTC, datetime
from typing import Final, TypeVar

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from auth.staff import Staff
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
    InvoiceView,
    Quote,
    QuoteStatus,
    User,
)

DocumentT = TypeVar("DocumentT", Invoice, Quote)
NumberedT = TypeVar("NumberedT", Invoice, Quote, CreditNote)

MAX_SEARCH: Final = 100
"""Characters of what is searched for."""


def invoices(
    staff: Staff, status: InvoiceStatus | None = None, *, shared: bool | None = None
) -> QuerySet[Invoice]:
    """Return the company's invoices; with `shared`, only those that have a link, or have none."""
    rows = Invoice.filter(company_id=staff.company_id)
    return _narrowed(rows, status, shared=shared)


def overdue_invoices(staff: Staff, *, shared: bool | None = None) -> QuerySet[Invoice]:
    """Return the company's invoices on which money is owed and whose due date has passed."""
    today = datetime.now(UTC).date()
    rows = invoices(staff, shared=shared)
    return rows.filter(status__in=list(OPEN_STATUSES), due_date__lt=today)


def search(rows: QuerySet[NumberedT], staff: Staff, text: str) -> QuerySet[NumberedT]:
    """Return those of the company's documents with `text` in their number or customer's name.

    In upper or lower case; nothing narrows nothing. The look-up begins at the company, and the
    names are those of its customers: an index leads to both, whatever other companies have.
    """
    text = _wanted(text)
    if not text:
        return rows
    named = Customer.filter(_contains("name", text), company_id=staff.company_id).values("id")
    return rows.filter(_contains("number", text) | Q(customer_id__in=Subquery(named)))


def search_customers(rows: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Return those of the customers with `text` in their name or e-mail address.

    In upper or lower case; nothing narrows nothing.
    """
    text = _wanted(text)
    return rows.filter(_contains("name", text) | _contains("email", text)) if text else rows


def _wanted(text: str) -> str:
    return text.replace("\x00", "").strip()[:MAX_SEARCH]


def _contains(column: str, text: str) -> Q:
    """Return the condition that `text` is in the column, in any case."""
    # SQLite knows the case of ASCII's letters only.
    spellings = dict.fromkeys((text, text.lower(), text.upper(), text.title()))
    return Q(*(Q(**{f"{column}__icontains": s}) for s in spellings), join_type=Q.OR)


def quotes(
    staff: Staff, status: QuoteStatus | None = None, *, shared: bool | None = None
) -> QuerySet[Quote]:
    """Return the company's quotes; with `shared`, only those that have a link, or have none."""
    return _narrowed(Quote.filter(company_id=staff.company_id), status, shared=shared)


def _narrowed(
    rows: QuerySet[DocumentT], status: InvoiceStatus | QuoteStatus | None, *, shared: bool | None
) -> QuerySet[DocumentT]:
    if status is not None:
        rows = rows.filter(status=status)
    if shared is not None:
        rows = rows.filter(share_token__isnull=not shared)
    return rows


def customers(staff: Staff, *, shared: bool | None = None) -> QuerySet[Customer]:
    """Return the company's customers; with `shared`, only those with a portal link, or without."""
    rows = Customer.filter(company_id=staff.company_id)
    return rows if shared is None else rows.filter(portal_token__isnull=not shared)


def views(invoice: Invoice, *, include_automated: bool) -> QuerySet[InvoiceView]:
    """Return the log of an invoice's opens."""
    rows = InvoiceView.filter(invoice_id=invoice.id)
    return rows if include_automated else rows.filter(automated=False)


def latest_views(staff: Staff) -> QuerySet[InvoiceView]:
    """Return the opens of the company's invoices by people, the newest first, with whose it was."""
    rows = InvoiceView.filter(company_id=staff.company_id, automated=False)
    return rows.order_by("-sequence").select_related("invoice__customer")


def api_keys(staff: Staff) -> QuerySet[Credential]:
    """Return the company's API keys, the revoked ones, too."""
    return Credential.filter(company_id=staff.company_id, kind=CredentialKind.API_KEY)


def users(staff: Staff) -> QuerySet[User]:
    """Return the company's users, the invited ones, too."""
    return User.filter(company_id=staff.company_id)


def audit_entries(staff: Staff) -> QuerySet[AuditEntry]:
    """Return who did what in the company."""
    return AuditEntry.filter(company_id=staff.company_id)


def credit_notes(staff: Staff, status: CreditNoteStatus | None = None) -> QuerySet[CreditNote]:
    """Return the company's credit notes."""
    rows = CreditNote.filter(company_id=staff.company_id)
    return rows if status is None else rows.filter(status=status)


def email_deliveries(
    staff: Staff, state: DeliveryState | None = None, *, invoice: Invoice | None = None
) -> QuerySet[EmailDelivery]:
    """Return the company's e-mails; with `invoice`, only those about it."""
    rows = EmailDelivery.filter(company_id=staff.company_id)
    if state is not None:
        rows = rows.filter(status=state)
    return rows if invoice is None else rows.filter(invoice_id=invoice.id)


async def company_of(staff: Staff) -> Company:
    """Return the caller's company."""
    return await Company.get(id=staff.company_id)
