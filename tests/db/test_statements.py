"""Bare SQL on both databases."""

from uuid import uuid4

from db.statements import execute, fetch, placeholders
from models import Customer
from tests.support.clients import Business


async def test_statements_mean_the_same_on_both_databases(business: Business) -> None:
    name = uuid4().hex
    for _ in range(2):
        await Customer.create(company_id=business.company_id, name=name)
    changed = await execute("UPDATE customer SET tax_number = $2 WHERE name = $1", name, "x")
    assert changed == 2
    assert await execute("UPDATE customer SET tax_number = NULL WHERE name = $1", "nobody") == 0
    rows = await fetch("SELECT tax_number FROM customer WHERE name = $1 FOR NO KEY UPDATE", name)
    assert [dict(row) for row in rows] == [{"tax_number": "x"}] * 2
    assert placeholders(2, 2) == "($1, $2), ($3, $4)"


async def test_a_statement_finds_any_of_a_list(business: Business) -> None:
    names = [uuid4().hex for _ in range(3)]
    rows = [await Customer.create(company_id=business.company_id, name=name) for name in names]
    sql = "SELECT name FROM customer WHERE id = ANY($1) AND name = ANY($2) ORDER BY id"
    found = await fetch(sql, [row.id for row in rows[:2]], names[1:])
    assert [row["name"] for row in found] == [names[1]]
    assert await fetch(sql, [], names) == []
