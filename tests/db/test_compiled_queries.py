"""Rows of compiled queries are like those of the ORM."""

from typing import Any
from uuid import uuid4

import pytest
from tortoise.exceptions import IncompleteInstanceError
from tortoise.transactions import in_transaction

from db.compiled_queries import Children, CompiledQuery, load_list
from models import Invoice, InvoiceLine, InvoiceStatus
from models.documents import DOCUMENT_PARENTS
from tests.support.clients import Business


def _values(row: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}


async def test_rows_are_equal_to_those_of_the_orm_and_can_be_saved(business: Business) -> None:
    invoice_id = await business.make_invoice(dueDate="2099-12-31", notes="Thank you")
    query = CompiledQuery(Invoice, *DOCUMENT_PARENTS, where="invoice.id = $1")
    row = await query.first(invoice_id)
    expected = await Invoice.get(id=invoice_id).select_related(*DOCUMENT_PARENTS)
    assert row is not None
    assert _values(row) == _values(expected)
    assert row.company.name == expected.company.name
    row.notes = "Changed"
    await row.save(update_fields=["notes"])
    assert (await Invoice.get(id=invoice_id)).notes == "Changed"


async def test_lists_are_equal_to_those_of_the_orm(business: Business) -> None:
    for notes in ("First", "Second"):
        await business.make_invoice(notes=notes)
    await business.make_draft()
    rows = (
        Invoice.filter(company_id=business.company_id)
        .select_related("customer", "seller_snapshot")
        .order_by("-created_at", "id")
    )
    expected, found = await rows, await load_list(rows)
    assert list(map(_values, found)) == list(map(_values, expected))
    assert [_values(row.customer) for row in found] == [_values(row.customer) for row in expected]
    assert [row.seller_snapshot is None for row in found] == [True, False, False]
    assert [row.id for row in await load_list(rows.limit(1))] == [expected[0].id]


async def test_lists_can_be_filtered_by_their_parents(business: Business) -> None:
    invoice_id = await business.make_invoice()
    rows = Invoice.filter(customer__company_id=business.company_id).order_by("-created_at")
    assert [str(row.id) for row in await load_list(rows.select_related("customer"))] == [invoice_id]
    assert await load_list(rows.filter(customer__name="Nobody")) == []


async def test_a_row_can_come_with_its_children(business: Business) -> None:
    line = {"unitPrice": "0.123456", "taxRate": "7.7", "discountPercent": "12.5", "unit": "HUR"}
    lines = [line | {"description": f"Work {n}", "quantity": f"{n}.5"} for n in range(1, 12)]
    invoice_id = await business.make_invoice(lines=lines)
    query = CompiledQuery(
        Invoice,
        *DOCUMENT_PARENTS,
        where="invoice.id = $1",
        children=Children(InvoiceLine, owner="invoice_id", order="position", attribute="lines_too"),
    )
    row: Any = await query.first_with_children(invoice_id)
    assert _values(row.company) == _values(await row.company.__class__.get(id=row.company_id))
    expected = await InvoiceLine.filter(invoice_id=invoice_id).order_by("position")
    assert list(map(_values, row.lines_too)) == list(map(_values, expected))
    assert len(expected) == 11
    assert await query.first_with_children(uuid4()) is None
    async with in_transaction() as transaction:
        row = await query.first_with_children(invoice_id)
        assert list(map(_values, row.lines_too)) == list(map(_values, expected))
        await InvoiceLine.filter(invoice_id=invoice_id).delete()
        row = await query.first_with_children(invoice_id)
        assert row.lines_too == []
        await transaction.rollback()


async def test_a_row_with_some_columns_cannot_be_saved(business: Business) -> None:
    invoice_id = await business.make_invoice()
    only = {"invoice": ("id", "status", "number"), "customer": ("id", "name")}
    query = CompiledQuery(Invoice, "customer", where="invoice.id = $1", only=only)
    row: Any = await query.first(invoice_id)
    assert _values(row).keys() == {"id", "status", "number"}
    assert _values(row.customer).keys() == {"id", "name"}
    assert row.status is InvoiceStatus.ISSUED
    for partial in (row, row.customer):
        with pytest.raises(IncompleteInstanceError):
            await partial.save()
