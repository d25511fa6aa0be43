"""Rows of compiled queries are like those of the ORM."""

from typing import Any

from db.compiled_queries import CompiledQuery
from models import Invoice
from models.documents import DOCUMENT_PARENTS
from tests.support.clients import Business


def _state(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if name not in DOCUMENT_PARENTS}


async def test_rows_are_equal_to_those_of_the_orm_and_can_be_saved(business: Business) -> None:
    invoice_id = await business.make_invoice(dueDate="2099-12-31", notes="Thank you")
    query = CompiledQuery(Invoice, *DOCUMENT_PARENTS, where="invoice.id = $1")
    row = await query.first(invoice_id)
    expected = await Invoice.get(id=invoice_id).select_related(*DOCUMENT_PARENTS)
    assert row is not None
    public = [name for name in _state(expected) if not name.startswith("_")]
    assert {name: getattr(row, name) for name in public} == {
        name: getattr(expected, name) for name in public
    }
    assert row.company.name == expected.company.name
    row.notes = "Changed"
    await row.save(update_fields=["notes"])
    assert (await Invoice.get(id=invoice_id)).notes == "Changed"
