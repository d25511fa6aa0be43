"""Loading many invoices, with everything that comes with them, as copies of the samples."""

from dataclasses import replace
from typing import Final

import asyncpg

from db.triggers.account_entries import ENTERED, add_missing
from dev.benchmarks.scale.copies import without_indexes
from dev.benchmarks.scale.plan import Shares, create_plan, drop_plan
from dev.benchmarks.scale.rows import ALL
from dev.benchmarks.scale.samples import Samples

_COUNTERS: Final = """
    UPDATE invoice SET view_count = {views}, unique_ips = LEAST({views}, 62500),
        last_viewed_at = last.at, last_viewed_hour = date_trunc('hour', last.at, 'UTC')
    FROM (SELECT max(viewed_at) AS at FROM invoice_view WHERE invoice_id = '{hot}') AS last
    WHERE id = '{hot}';
    UPDATE view_feed SET sequence = last.sequence, viewed_at = last.at FROM (
        SELECT company_id, max(sequence) AS sequence, max(viewed_at) AS at
        FROM invoice_view GROUP BY company_id
    ) AS last WHERE last.company_id = view_feed.company_id;
    UPDATE view_feed SET update_sequence = last.sequence, last_update_at = last.at FROM (
        SELECT company_id, max(sequence) AS sequence, max(at) AS at
        FROM invoice_update GROUP BY company_id
    ) AS last WHERE last.company_id = view_feed.company_id;
    INSERT INTO view_tally (invoice_id, viewed_at, sequence, view_count)
    SELECT '{hot}', viewed_at, sequence, number FROM (
        SELECT viewed_at, sequence, row_number() OVER (ORDER BY sequence) AS number
        FROM invoice_view WHERE invoice_id = '{hot}'
    ) AS numbered WHERE number % 100 = 0;
    INSERT INTO company_upkeep (
        company_id, reconciled_updates, reconciled_views, planned_reminder_days
    )
    SELECT company_id, update_sequence, sequence, reminder_days
    FROM view_feed JOIN company ON company.id = company_id;
"""
_WITHOUT_AUTOVACUUM: Final = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT relname FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
            EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name);
        END LOOP;
    END $$
"""
"""What it reads would count as read by requests."""


async def load(
    connection: asyncpg.Connection, invoices: int, samples: Samples, shares: Shares
) -> None:
    """Load the invoices, and as many views of the one that is opened most."""
    await connection.execute(_WITHOUT_AUTOVACUUM)
    await create_plan(connection, invoices, shares, samples.big.id, samples.small.id)
    async with without_indexes(connection, *{copies.table for copies in ALL}):
        for copies in ALL:
            rows = copies.rows.replace("{views}", str(invoices))
            await replace(copies, rows=rows).insert(connection)
        await connection.execute(_COUNTERS.format(views=invoices, hot=samples.invoice_id))
    for table in ENTERED:
        await connection.execute(add_missing(table, "true", "postgres"))
    await drop_plan(connection)
    await connection.execute("VACUUM ANALYZE")
