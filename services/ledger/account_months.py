"""Comparing the sums of customers' accounts by month with the entries, without changing anything.

Entries are compared with the rows that they are about in `integrity.py`.
"""

from collections import defaultdict
from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

from db.connections import connection
from db.statements import date_of, fetch, id_of
from db.triggers.account_entries import PART, month_of
from services.ledger.integrity import Difference, Row
from values.money import to_decimal

_BATCH_SIZE: Final = 500
_CUSTOMERS: Final = f"""
    SELECT customer.id, customer.name, company.name AS company
    FROM customer JOIN company ON company.id = company_id
    WHERE customer.id > $1 ORDER BY customer.id LIMIT {_BATCH_SIZE}
"""
_OF_THEM: Final = "WHERE customer_id > $1 AND customer_id <= $2"
_MONTHS: Final = f"""
    SELECT customer_id, currency, month, CAST(SUM(high) AS bigint) AS high,
        CAST(SUM(low) AS bigint) AS low, CAST(SUM(entry_high) AS bigint) AS entry_high,
        CAST(SUM(entry_low) AS bigint) AS entry_low
    FROM (
        SELECT customer_id, currency, month, amount_high AS high, amount_low AS low,
            0 AS entry_high, 0 AS entry_low
        FROM account_month {_OF_THEM}
        UNION ALL
        SELECT customer_id, currency, {{month}}, 0, 0, amount / {PART}, amount % {PART}
        FROM account_entry {_OF_THEM}
    ) AS each_month
    GROUP BY customer_id, currency, month
    HAVING SUM(high) <> SUM(entry_high) OR SUM(low) <> SUM(entry_low)
    ORDER BY month, currency
"""


async def compare_months() -> AsyncGenerator[list[Difference], None]:
    """Yield the differences of each customer's account."""
    months = _MONTHS.format(month=month_of("booked_on", connection().capabilities.dialect))
    last = UUID(int=0)
    while customers := await fetch(_CUSTOMERS, last):
        first, last = last, id_of(customers[-1]["id"])
        differing = defaultdict(list)
        for row in await fetch(months, first, last):
            differing[id_of(row["customer_id"])].append(row)
        for customer in customers:
            rows = differing[id_of(customer["id"])]
            yield [_difference(customer, row) for row in rows]


def _difference(customer: Row, row: Row) -> Difference:
    stored, expected = (
        f"{to_decimal(row[f'{kind}high'] * PART + row[f'{kind}low'], row['currency'])}"
        f" {row['currency']}"
        for kind in ("", "entry_")
    )
    return Difference(
        company=customer["company"],
        document=f"account of {customer['name']}",
        figure=f"sum of {date_of(row['month']):%Y-%m}",
        stored=stored,
        expected=expected,
    )
