"""What staff see of their company; `paging` makes pages of it."""

from typing import TypeVar

from tortoise.queryset import QuerySet

from auth.staff import Staff
from models import (
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
)

DocumentT = TypeVar("DocumentT", Invoice, Quote)


def invoices(
    staff: Staff, status: InvoiceStatus | None = None, *, shared: bool | None = None
) -> QuerySet[Invoice]:
    """Return the company's invoices; with `shared`, only those that have a link, or have none."""
    rows = Invoice.filter(company_id=staff.company_id)
    return _narrowed(rows, status, shared=shared)


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


def api_keys(staff: Staff) -> QuerySet[Credential]:
    """Return the company's API keys, the revoked ones, too."""
    return Credential.filter(company_id=staff.company_id, kind=CredentialKind.API_KEY)


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
