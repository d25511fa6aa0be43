"""A company's rows, for lists. `services/billing/lists/filters` narrows those that staff search."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from tortoise.queryset import QuerySet

from auth.staff import Staff
from db.compiled_queries import CompiledQuery
from models import (
    AuditAction,
    AuditEntry,
    Company,
    Credential,
    CredentialKind,
    CreditNote,
    Customer,
    DeliveryState,
    EmailDelivery,
    Invoice,
    User,
)
from models.emails import TO_STAFF

NumberedT = TypeVar("NumberedT", Invoice, CreditNote)

_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9000, 1, 1)
"""No log has earlier or later days, and not every database can store their times."""
_company = CompiledQuery(Company, where="company.id = $1")


def invoices(staff: Staff, customer: Customer | None = None) -> QuerySet[Invoice]:
    """Return the company's invoices, or those of a customer."""
    return _documents(Invoice, staff, customer)


def credit_notes(staff: Staff, customer: Customer | None = None) -> QuerySet[CreditNote]:
    """Return the company's credit notes, or those of a customer."""
    return _documents(CreditNote, staff, customer)


def _documents(
    model: type[NumberedT], staff: Staff, customer: Customer | None
) -> QuerySet[NumberedT]:
    rows = model.filter(company_id=staff.company_id)
    return rows if customer is None else rows.filter(customer_id=customer.id)


def customers(staff: Staff) -> QuerySet[Customer]:
    """Return the company's customers."""
    return Customer.filter(company_id=staff.company_id)


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
