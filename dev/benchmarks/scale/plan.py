"""The tables that say which companies, customers and invoices are loaded. They are dropped again.

One of the companies is big, and one of its customers is the whale. A small company always has 50
invoices, if others than the big one have any.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

SMALL: Final = 50
"""Invoices of the small company."""
_COMPANIES: Final = {10_000: 200, 100_000: 1_000}
"""How many companies there are up to so many invoices."""
_MOST_COMPANIES: Final = 2_000
_YEARS: Final = "interval '730 days'"
_FIRST_NAMES: Final = (
    "Ada Alan Anna Barbara Carl Clara Dennis Edsger Emma Erika Frances Grace Hedy Ida Jean Joan"
    " John Karl Katherine Lena Linus Margaret Marie Max Niklaus Olga Paul Radia Rosa Sofia Tim Uta"
    " Vera Walter Yuki Zoe"
)
_LAST_NAMES: Final = (
    "Allen Becker Braun Curie Dijkstra Engel Fischer Garcia Hamilton Hopper Ivanova Jensen Kahn"
    " Keller Klein Lamarr Lovelace Martin Meyer Muller Nowak Novak Olsen Perlman Petrov Quinn Rossi"
    " Sato Schmidt Schneider Silva Smith Tanaka Torvalds Turing Urban Vogel Weber Wirth Yilmaz"
)
_SUBJECTS: Final = (
    "accounting advertising audit bookkeeping catering cleaning coaching consulting copywriting"
    " delivery design development electricity engineering fitting freight gardening hosting"
    " insurance interpreting legal licences maintenance marketing materials painting photography"
    " plumbing printing recruiting rent repair research security shipping software storage support"
    " surveying testing training translation travel tutoring upholstery valuation video wiring"
    " writing zoology"
)


@dataclass(frozen=True, slots=True)
class Shares:
    """Of how many invoices one is the big company's, and the whale's."""

    big: int = 10
    whale: int = 100


CROWDED: Final = Shares(big=1, whale=2)
"""All invoices are the big company's, so that a few are enough to see how its lists grow."""

_COMPANY_TABLE: Final = """
    CREATE UNLOGGED TABLE scale_company AS
    SELECT c, CASE c WHEN 0 THEN '{big}'::uuid WHEN 1 THEN '{small}'::uuid
            ELSE md5('company ' || c)::uuid END AS id,
        CASE c WHEN 0 THEN {invoices} / {big_share} / 20 WHEN 1 THEN 10
            ELSE GREATEST(1, {invoices} / 22 / {companies}) END AS customers
    FROM generate_series(0, {companies} - 1) AS c
"""
_CUSTOMER_TABLE: Final = """
    CREATE UNLOGGED TABLE scale_customer AS
    SELECT c, k, company.id AS company_id, md5('customer ' || c || ' ' || k)::uuid AS id,
        ({first_names})[1 + k % {first_count}] || ' '
            || ({last_names})[1 + k / {first_count} % {last_count}] || ' ' || k AS name,
        'client-' || k || '@customer.example' AS email
    FROM scale_company AS company, generate_series(0, customers - 1) AS k
"""
_INVOICE_TABLE: Final = """
    CREATE UNLOGGED TABLE scale_invoice AS
    WITH numbered AS (
        SELECT n, abs(hashint4(n)) AS luck,
            CASE WHEN n % {big_share} = 0 THEN 0 WHEN n % ({invoices} / {small_invoices}) = 1 THEN 1
                ELSE 2 + n / 10 % ({companies} - 2) END AS c
        FROM generate_series(1, {invoices}) AS n
    ), known AS (
        SELECT *, CASE WHEN luck % 100 < 5 THEN 'DRAFT' WHEN luck % 100 < 35 THEN 'ISSUED'
                WHEN luck % 100 < 40 THEN 'PARTIALLY_PAID' WHEN luck % 100 < 95 THEN 'PAID'
                ELSE 'CANCELLED' END AS status,
            CASE WHEN c = 0 AND n % {whale_share} = 0 THEN 0 ELSE luck / 100 END AS k,
            now() - ({invoices} - n) * ({years} / {invoices}) - interval '1 hour' AS created_at,
            1 + luck / 7 % 50 AS factor
        FROM numbered
    ), opened AS (
        SELECT *, status <> 'DRAFT' AND luck / 1000 % 10 < 7 AS shared,
            CASE WHEN status <> 'DRAFT' AND luck / 1000 % 10 < 7 THEN luck / 10000 % 9 ELSE 0 END
                AS views,
            'INV-' || lpad(n::text, 8, '0') AS number,
            ({subjects})[1 + luck / 3 % {subject_count}] AS subject
        FROM known
    )
    SELECT opened.*, md5('invoice ' || n)::uuid AS id, company.id AS company_id,
        md5('customer ' || c || ' ' || customer_k)::uuid AS customer_id, customer_k,
        LEAST(interval '20 days', now() - created_at) / 10 AS step
    FROM opened JOIN scale_company AS company USING (c),
        LATERAL (SELECT CASE WHEN c = 0 AND k > 0 THEN 1 + k % (customers - 1)
            ELSE k % customers END AS customer_k) AS chosen
"""
_TABLES: Final = ("scale_company", "scale_customer", "scale_invoice")


def companies_for(invoices: int) -> int:
    """Return how many companies share so many invoices."""
    return next((n for most, n in _COMPANIES.items() if invoices <= most), _MOST_COMPANIES)


async def create_plan(
    connection: asyncpg.Connection, invoices: int, shares: Shares, big: UUID, small: UUID
) -> None:
    """Create the tables."""
    values = {
        "invoices": invoices,
        "companies": companies_for(invoices),
        "small_invoices": SMALL,
        "big_share": shares.big,
        "whale_share": shares.whale,
        "big": big,
        "small": small,
        "years": _YEARS,
        "first_names": _array(_FIRST_NAMES),
        "first_count": len(_FIRST_NAMES.split()),
        "last_names": _array(_LAST_NAMES),
        "last_count": len(_LAST_NAMES.split()),
        "subjects": _array(_SUBJECTS),
        "subject_count": len(_SUBJECTS.split()),
    }
    for table, sql in zip(_TABLES, (_COMPANY_TABLE, _CUSTOMER_TABLE, _INVOICE_TABLE), strict=True):
        await connection.execute(sql.format(**values))
        await connection.execute(f"ANALYZE {table}")


async def drop_plan(connection: asyncpg.Connection) -> None:
    """Drop the tables."""
    await connection.execute(f"DROP TABLE {', '.join(_TABLES)}")


def _array(words: str) -> str:
    return f"string_to_array('{words}', ' ')"
