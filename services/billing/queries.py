"""Queries for a company's rows, which `services/common/pagination` pages through."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from auth.staff import Staff
from core.search_texts import search_terms
from db.compiled_queries import CompiledQuery
from db.search import Contains, OneOf
from models import (
    OPEN_STATUSES,
    AuditAction,
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
    Quote,
    QuoteStatus,
    User,
)
from models.emails import TO_STAFF

NumberedT = TypeVar("NumberedT", Invoice, Quote, CreditNote)

_MAX_CUSTOMERS: Final = 5_000
"""Matching customers up to which their documents are found by customer id."""
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)
"""No log has earlier or later days, and not every database can store their times."""
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


async def search(rows: QuerySet[NumberedT], staff: Staff, text: str) -> QuerySet[NumberedT]:
    """Narrow the company's documents to those in which each word of `text` is found.

    A word is looked for in the number, or the one that was chosen for a draft, the customer's order
    number and reference, what the first line describes, and the customer's name and e-mail address:
    anywhere, and regardless of case and accents. An empty text matches all.
    """
    for term in search_terms(text):
        rows = rows.filter(await _found(staff, term))
    return rows


async def _found(staff: Staff, term: str) -> Q:
    """Return the condition that a document or its customer contains a term.

    The ids of customers let the database use its index of their documents. Where too many are
    found, a page of their documents is soon full without it.
    """
    found = search_customers(customers(staff), staff, term)
    rows = await found.limit(_MAX_CUSTOMERS + 1).only("id")
    ids = [row.id for row in rows]
    if len(ids) > _MAX_CUSTOMERS:
        of_many = Q(customer_id__in=Subquery(found.values("id")))
        return Contains(staff.company_id, term, with_index=False) | of_many
    own = Contains(staff.company_id, term)
    return own | OneOf("customer_id", ids) if ids else own


def search_customers(rows: QuerySet[Customer], staff: Staff, text: str) -> QuerySet[Customer]:
    """Narrow the company's customers to those in which each word of `text` is found.

    A word is looked for in the name, the e-mail address and the reference, as in `search`.
    """
    for term in search_terms(text):
        rows = rows.filter(Contains(staff.company_id, term))
    return rows


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


def audit_entries(
    staff: Staff,
    *,
    actions: Sequence[AuditAction] | None = None,
    actor: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEntry]:
    """Return the company's audit log, or what was done in it by somebody, from one day to another.

    The days are the company's, and both count.
    """
    rows = AuditEntry.filter(company_id=staff.company_id)
    if actions is not None:
        rows = rows.filter(action__in=list(actions))
    if actor is not None:
        rows = rows.filter(actor=actor)
    if since is not None:
        rows = rows.filter(at__gte=_midnight(since, staff))
    if until is not None:
        rows = rows.filter(at__lt=_midnight(min(until, _LAST_DAY) + timedelta(days=1), staff))
    return rows


def _midnight(day: date, staff: Staff) -> datetime:
    """Return when the day begins where the company is."""
    day = min(max(day, _FIRST_DAY), _LAST_DAY)
    return datetime.combine(day, time(), ZoneInfo(staff.time_zone)).astimezone(UTC)


def credit_notes(
    staff: Staff, status: CreditNoteStatus | None = None, *, customer: Customer | None = None
) -> QuerySet[CreditNote]:
    """Return the company's credit notes, or those of a customer."""
    return _filtered(CreditNote.filter(company_id=staff.company_id), status, customer)


def email_deliveries(
    staff: Staff, state: DeliveryState | None = None, *, invoice: Invoice | None = None
) -> QuerySet[EmailDelivery]:
    """Return the company's e-mails to clients; `invoice` narrows them to those about it."""
    rows = EmailDelivery.filter(company_id=staff.company_id).exclude(kind__in=list(TO_STAFF))
    if state is not None:
        rows = rows.filter(status=state)
    return rows if invoice is None else rows.filter(invoice_id=invoice.id)


async def company_of(staff: Staff) -> Company:
    """Return the caller's company."""
    company = await _company.first(staff.company_id)
    assert company is not None
    return company
