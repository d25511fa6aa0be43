"""Customers: create and update."""

from dataclasses import dataclass
from typing import Any

from auth.staff import Staff
from db.transactions import transactional
from i18n.translations import normalize_language
from models import Customer
from services.common import idempotency
from services.common.lookups import get_owned
from services.common.validation import (
    clean,
    clean_email,
    clean_optional,
    normalize_address,
    split_tax_id,
)


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """A customer's details as staff enter them."""

    name: str
    email: str | None = None
    address: str | None = None
    tax_id: str | None = None
    language: str | None = None

    def columns(self) -> dict[str, Any]:
        """Return the cleaned columns. Raises BadInput."""
        return {
            "name": clean(self.name, "name", most=200),
            "email": _clean_address(self.email),
            "address": clean_optional(self.address, "address", most=1000, multiline=True),
            **split_tax_id(clean_optional(self.tax_id, "taxId", most=50)),
            "language": normalize_language(self.language, "language") if self.language else None,
        }


def _clean_address(email: str | None) -> str | None:
    """Return the address as it was entered. Raises BadInput if no e-mail can be sent to it."""
    address = clean_email(email)
    if address is not None:
        normalize_address(address)
    return address


@transactional
async def create_customer(
    staff: Staff, details: CustomerDetails, *, idempotency_key: str | None = None
) -> Customer:
    """Create a customer, or return the one that the same idempotency key created before.

    Raises BadInput, and Conflict for a key that was used with other details.
    """
    columns = details.columns()
    request = idempotency.identify(idempotency_key, details)
    columns |= request.columns
    return await idempotency.find_earlier(Customer, staff, request) or await Customer.create(
        company_id=staff.company_id, **columns
    )


@transactional
async def update_customer(staff: Staff, customer_id: str, details: CustomerDetails) -> Customer:
    """Replace all details of a customer. Raises NotFound and BadInput."""
    columns = details.columns()
    customer = await get_owned(Customer, staff, customer_id, lock=True)
    customer.update_from_dict(columns)
    await customer.save(update_fields=list(columns))
    return customer
