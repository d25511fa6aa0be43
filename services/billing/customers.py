"""Customers: create and update."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from auth.staff import Staff
from db.transactions import transactional
from errors import gather_refusals
from i18n.translations import normalize_language
from models import AuditAction, Customer
from models.customers import EInvoiceFormat
from services.common import audit_log, idempotency
from services.common.lookups import get_owned
from services.common.parties import PartyChanges, cleaned_columns, party_columns
from services.common.validation import (
    MAX_COPIES,
    clean_email,
    clean_emails,
    clean_optional,
)


class CustomerChanges(PartyChanges, total=False):
    """New values for a customer. What is omitted stays as it is, and None clears it."""

    email: str | None
    cc_emails: Sequence[str] | None
    """Where copies of documents go."""
    e_invoice: EInvoiceFormat | None
    """None for PDF."""
    buyer_reference: str | None
    language: str | None


@transactional
async def create_customer(
    staff: Staff, details: CustomerChanges, *, idempotency_key: str | None = None
) -> Customer:
    """Create a customer, or return the one that the same idempotency key created before.

    Raises BadInput, and Conflict for a key that was used with other details.
    """
    request = idempotency.identify(idempotency_key, details)
    customer = new_customer(staff, details)
    if earlier := await idempotency.find_earlier(Customer, staff, request):
        return earlier
    customer.update_from_dict(request.columns)
    await customer.save()
    await audit_log.note_customer(staff, AuditAction.CUSTOMER_CREATED, customer)
    return customer


def new_customer(staff: Staff, details: CustomerChanges) -> Customer:
    """Return a new customer, which isn't saved yet. Raises BadInput with all that is wrong."""
    customer = Customer(company_id=staff.company_id)
    columns = _columns(CustomerChanges(name=None) | details, customer, staff)
    return customer.update_from_dict(columns)


@transactional
async def update_customer(staff: Staff, customer_id: str, changes: CustomerChanges) -> Customer:
    """Apply `changes` to a customer, of which issued documents take no notice.

    Raises NotFound, and BadInput before anything is changed.
    """
    customer = await get_owned(Customer, staff, customer_id, lock=True)
    columns = _columns(changes, customer, staff)
    if columns:
        customer.update_from_dict(columns)
        await customer.save(update_fields=list(columns))
        await audit_log.note_customer(staff, AuditAction.CUSTOMER_UPDATED, customer)
    return customer


def _columns(changes: CustomerChanges, customer: Customer, staff: Staff) -> dict[str, Any]:
    with gather_refusals() as refusals:
        columns = refusals.of(party_columns, changes, customer, staff.language) or {}
        columns |= cleaned_columns(changes, _CLEANERS, refusals)
    return columns


def _clean_addresses(emails: Sequence[str] | None) -> str | None:
    """Return the addresses as the column has them. Raises BadInput."""
    return "\n".join(clean_emails(emails or (), "ccEmails", most=MAX_COPIES)) or None


def _clean_language(language: str | None) -> str | None:
    return normalize_language(language, "language") if language else None


_CLEANERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "email": clean_email,
    "cc_emails": _clean_addresses,
    "e_invoice": lambda value: value or EInvoiceFormat.PDF,
    "buyer_reference": partial(clean_optional, field="buyerReference", most=100),
    "language": _clean_language,
}
"""How the columns that only customers have are cleaned."""
