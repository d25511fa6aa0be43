"""What the addresses of customers have turned off, for staff.

Staff can turn e-mails off when a client asks for it. Only the client can turn them on again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from auth.staff import Staff
from db.compiled_queries import CompiledQuery
from db.statements import padded
from db.transactions import transactional
from errors import BadInput, Text
from models import (
    AuditAction,
    Company,
    Customer,
    EmailPreference,
    MailCategory,
    OptOutOrigin,
)
from services.common import audit_log
from services.common.lookups import get_owned
from services.common.recipients import own_addresses
from services.common.validation import normalize_address
from services.email.preferences import preference_for, turn_off

_preferences: Final[CompiledQuery[EmailPreference]] = CompiledQuery(
    EmailPreference,
    where="email_preference.company_id = ANY($1) AND email_preference.address = ANY($2)",
)


@dataclass(frozen=True, slots=True)
class OptOut:
    """A category that an address has turned off."""

    category: MailCategory
    at: datetime
    origin: OptOutOrigin | None
    """None if it was before this was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressOptOut:
    """An address, and what it has turned off."""

    address: str
    opt_out: OptOut


def opt_outs_of(preference: EmailPreference) -> list[OptOut]:
    """Return the categories that are off."""
    categories = (
        (MailCategory.DOCUMENT, preference.document_off_at, preference.document_off_by),
        (MailCategory.REMINDER, preference.reminder_off_at, preference.reminder_off_by),
        (MailCategory.MARKETING, preference.marketing_off_at, preference.marketing_off_by),
    )
    return [OptOut(category, at, by) for category, at, by in categories if at is not None]


def addresses_of(customer: Customer) -> list[str]:
    """Return the customer's address and those for copies, each once however it is written."""
    return list(own_addresses(customer).values())


async def load_preferences(keys: list[tuple[UUID, str]]) -> list[EmailPreference | None]:
    """Return the preferences of each address at a company, in one statement.

    The addresses are in any form. None for one that no e-mail was sent to.
    """
    if not keys:
        return []
    normal = [(company_id, normalize_address(address)) for company_id, address in keys]
    company_ids, addresses = ([*dict.fromkeys(each)] for each in zip(*normal, strict=True))
    rows = await _preferences.all(padded(company_ids), padded(addresses))
    found = {(row.company_id, row.address): row for row in rows}
    return [found.get(key) for key in normal]


async def opted_out_of(customer: Customer, category: MailCategory) -> list[AddressOptOut]:
    """Return which of the customer's addresses have turned off a category, since when and how."""
    addresses = addresses_of(customer)
    rows = await load_preferences([(customer.company_id, address) for address in addresses])
    return [
        AddressOptOut(address=address, opt_out=opt_out)
        for address, row in zip(addresses, rows, strict=True)
        if row is not None
        for opt_out in opt_outs_of(row)
        if opt_out.category is category
    ]


@transactional
async def turn_off_for_client(
    staff: Staff, customer_id: str, address: str, categories: Collection[MailCategory]
) -> Customer:
    """Turn off e-mails to an address of a customer, who has asked for it.

    Raises NotFound, and BadInput for an address that isn't the customer's or without categories.
    """
    customer = await get_owned(Customer, staff, customer_id, lock=True)
    normal = normalize_address(address, "address")
    written = own_addresses(customer).get(normal)
    if written is None:
        raise BadInput(Text("Choose one of the customer's addresses."), field="address")
    if not categories:
        raise BadInput(Text("This is required."), field="categories")
    company = await Company.get(id=staff.company_id)
    preference = await preference_for(company.id, normal, customer.language_with(company))
    if any(preference.allows(category) for category in categories):
        await turn_off(preference, categories, OptOutOrigin.STAFF)
        action = AuditAction.EMAILS_TURNED_OFF
        await audit_log.note_customer(staff, action, customer, subject=written)
    return customer
