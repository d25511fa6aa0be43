"""Issuing documents: each gets its number, and keeps its parties and texts as they are then."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from models import Company, CreditNote, Customer, Invoice, PartySnapshot, Quote
from models.companies import today_of
from models.party_snapshots import digest_of
from services.ledger.document_numbers import give_number
from values.parties import Buyer, Seller

ISSUED_COLUMNS: Final = (
    "number",
    "number_key",
    "issue_date",
    "seller_snapshot_id",
    "buyer_snapshot_id",
    "language",
)
"""The columns that `issue_document` sets."""


async def issue_document(
    document: Invoice | Quote | CreditNote, company: Company, customer: Customer
) -> None:
    """Give a draft its issue date, its number and its parties. The caller saves ISSUED_COLUMNS.

    The company is locked. Raises Conflict if the number that was chosen for the draft is taken.
    """
    document.issue_date = document.issue_date or today_of(company)
    await give_number(document)
    document.language = customer.language_with(company)
    snapshots = await store_parties(company.id, company.seller, customer.buyer)
    document.seller_snapshot = snapshots[digest_of(company.seller)]
    document.buyer_snapshot = snapshots[digest_of(customer.buyer)]


def planned_due_date(invoice: Invoice, company: Company, customer: Customer) -> date | None:
    """Return a draft's due date if it is issued now.

    It is its own, or else follows from the days to pay of the customer or else the company.
    """
    if invoice.due_date is not None:
        return invoice.due_date
    days = company.payment_days if customer.payment_days is None else customer.payment_days
    if days is None:
        return None
    return (invoice.issue_date or today_of(company)) + timedelta(days=days)


async def store_parties(company_id: UUID, *parties: Seller | Buyer) -> Mapping[str, PartySnapshot]:
    """Return the snapshots of `parties` by their digests, after storing those that are new.

    The company must be locked.
    """
    contents = {digest_of(party): party.to_json().decode() for party in parties}
    rows = await PartySnapshot.filter(company_id=company_id, digest__in=list(contents))
    stored = {row.digest: row for row in rows}
    new = [
        PartySnapshot(company_id=company_id, digest=digest, content=content)
        for digest, content in contents.items()
        if digest not in stored
    ]
    # No other transaction stores the same ones meanwhile, since the company is locked.
    await PartySnapshot.bulk_create(new)
    return stored | {row.digest: row for row in new}
