"""Documents that are stored without a service, which is faster."""

from uuid import UUID

from models import Company, CreditNote, Customer, Invoice, PartySnapshot, Quote
from models.party_snapshots import digest_of
from values.parties import Buyer, Seller


async def store(*documents: Invoice | Quote | CreditNote) -> None:
    """Store documents of one kind.

    They get what issuing would have given them, apart from a number. A draft loses its number.
    """
    parties: dict[tuple[UUID, UUID], tuple[UUID, UUID]] = {}
    for document in documents:
        if document.status == "DRAFT":
            document.number = None
            continue
        assert document.number
        owners = (document.company_id, document.customer_id)
        if owners not in parties:
            parties[owners] = await _snapshots(*owners)
        document.number_key = document.number.casefold()
        document.language = "en"
        document.seller_snapshot_id, document.buyer_snapshot_id = parties[owners]
    for row_type in {type(document) for document in documents}:
        await row_type.bulk_create(documents, batch_size=1000)  # type: ignore[arg-type]


async def _snapshots(company_id: UUID, customer_id: UUID) -> tuple[UUID, UUID]:
    company = await Company.get(id=company_id)
    customer = await Customer.get(id=customer_id)
    return await _snapshot(company_id, company.seller), await _snapshot(company_id, customer.buyer)


async def _snapshot(company_id: UUID, party: Seller | Buyer) -> UUID:
    row, _ = await PartySnapshot.get_or_create(
        company_id=company_id,
        digest=digest_of(party),
        defaults={"content": party.to_json().decode()},
    )
    return row.id
