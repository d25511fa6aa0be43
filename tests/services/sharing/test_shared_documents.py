"""Invoices that are read at the same time are loaded together, and share nothing else."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from db.compiled_queries import CompiledQuery
from services.sharing.shared_documents import SharedInvoices
from tests.support.clients import Business


async def test_invoices_that_are_read_while_another_one_is_take_one_statement(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[Any] = []
    fetch = CompiledQuery.fetch_with_children

    async def note(self: CompiledQuery[Any], *values: object) -> Any:
        fetched.append(values)
        return await fetch(self, *values)

    monkeypatch.setattr(CompiledQuery, "fetch_with_children", note)
    expected = {}
    for count in (1, 2, 3):
        lines = [
            {"description": f"{n}/{count}", "quantity": "1", "unitPrice": "1"} for n in range(count)
        ]
        token = await business.share(await business.make_invoice(lines=lines))
        expected[token] = [line["description"] for line in lines]
    revoked_id = await business.make_invoice()
    revoked = await business.share(revoked_id)
    await business.revoke(revoked_id)
    tokens = [*expected, revoked, *expected, str(uuid4())]
    found = await asyncio.gather(*map(SharedInvoices().find, tokens))
    assert len(fetched) == 2
    lines_of = [
        [line.description for line in invoice.loaded_lines or ()] if invoice else None
        for invoice in found
    ]
    assert lines_of == [expected.get(token) for token in tokens]
    assert len({id(invoice) for invoice in found if invoice}) == 6
