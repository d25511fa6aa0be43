"""Issuing documents: each gets its number, and keeps its parties and texts as they are then."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid4

from db.statements import fetch
from models import Company, CreditNote, Customer, Invoice, PartySnapshot, Quote
from models.companies import today_of
from models.parties import Buyer, Seller
from models.party_snapshots import digest_of
from services.ledger.document_numbers import give_number

ISSUED_COLUMNS: Final = (
    "number",
    "number_key",
    "issue_date",
    "seller_snapshot_id",
    "buyer_snapshot_id",
    "language",
)
"""The columns that `issue_document` sets."""
_INSERT: Final = (
    "INSERT INTO party_snapshot (id, company_id, digest, content) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (company_id, digest) DO NOTHING"
)


async def issue_document(
    document: Invoice | Quote | CreditNote, company: Company, customer: Customer
) -> None:
    """Give a draft its issue date, its number and its parties. The caller saves ISSUED_COLUMNS.

    The company is locked. Raises Conflict if the number that was chosen for the draft is taken.
    """
    document.issue_date = document.issue_date or today_of(company)
    await give_number(document)
    document.language = customer.language_with(company)
    snapshots = await _store(company, company.seller, customer.buyer)
    document.seller_snapshot = snapshots[digest_of(company.seller)]
    document.buyer_snapshot = snapshots[digest_of(customer.buyer)]


async def _store(company: Company, *parties: Seller | Buyer) -> Mapping[str, PartySnapshot]:
    """Return the snapshots of `parties` by their digests, after storing those that are new."""
    contents = {digest_of(party): party.to_json().decode() for party in parties}
    stored = await _find(company.id, contents)
    for digest in contents.keys() - stored.keys():
        await fetch(_INSERT, uuid4(), company.id, digest, contents[digest])
    return stored if len(stored) == len(contents) else await _find(company.id, contents)


async def _find(company_id: UUID, digests: Mapping[str, str]) -> dict[str, PartySnapshot]:
    rows = await PartySnapshot.filter(company_id=company_id, digest__in=list(digests))
    return {row.digest: row for row in rows}
