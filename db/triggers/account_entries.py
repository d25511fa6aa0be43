"""Triggers that write the entries of customers' accounts, and their sums by month.

Whoever adds a row to the ledger, or issues, cancels or voids a document, thereby adds its entry in
the same statement. On SQLite, a migration that recreates one of the tables must create the triggers
again.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tortoise.transactions import in_transaction

from db.connections import connection
from db.statements import execute, fetch, id_of

PART: Final = 10**9
"""Amounts are summed in two parts, billions and the rest, because sums in SQLite overflow at 2^63.

The largest amount is 10^15, so 9,224 invoices could reach that.
"""
_COLUMNS: Final = (
    "customer_id, kind, source_id, invoice_id, credit_note_id, currency, amount, moved, dated_on,"
    " at"
)
_ADD: Final = f"""
    INSERT INTO account_entry ({_COLUMNS}, booked_on)
    SELECT {_COLUMNS}, {{booked_on}} FROM ({{entries}}) AS entry WHERE {{chosen}}
    ON CONFLICT (source_id, kind) DO NOTHING
"""
_BOOKED_ON: Final = {
    "postgres": "LEAST(dated_on, CAST(at AT TIME ZONE 'UTC' AS date))",
    "sqlite": "MIN(COALESCE(dated_on, date(at)), date(at))",
}
_NO_NOTE: Final = "CAST(NULL AS uuid)"
_MONTH: Final = {
    "postgres": "CAST(date_trunc('month', {}) AS date)",
    "sqlite": "date({}, 'start of month')",
}


def _on_invoice(table: str, kind: str, amount: str, *, at: str, note: str = _NO_NOTE) -> str:
    """Return the entries of a table whose rows are about invoices.

    With a credit note, the amount is moved between it and the invoice, and the balance stays.
    """
    amounts = f"{amount} AS amount, 0 AS moved"
    if note != _NO_NOTE:
        amounts = f"0 AS amount, {amount} AS moved"
    return f"""
        SELECT customer_id, {kind} AS kind, {table}.id AS source_id, invoice.id AS invoice_id,
            {note} AS credit_note_id, invoice.currency, {amounts},
            CAST(NULL AS date) AS dated_on, {at} AS at
        FROM {table} JOIN invoice ON invoice.id = {table}.invoice_id
    """


_ENTRIES: Final[Mapping[str, str]] = {
    "invoice": f"""
        SELECT customer_id, 'INVOICE' AS kind, id AS source_id, id AS invoice_id,
            {_NO_NOTE} AS credit_note_id, currency, total AS amount, 0 AS moved,
            issue_date AS dated_on, issued_at AS at
        FROM invoice WHERE status <> 'DRAFT'
        UNION ALL
        SELECT customer_id, 'CANCELLATION', id, id, NULL, currency, -total, 0, NULL, cancelled_at
        FROM invoice WHERE status = 'CANCELLED'
    """,
    "credit_note": """
        SELECT customer_id, 'CREDIT_NOTE' AS kind, id AS source_id,
            CAST(NULL AS uuid) AS invoice_id, id AS credit_note_id, currency, -total AS amount,
            0 AS moved, issue_date AS dated_on, issued_at AS at
        FROM credit_note WHERE status <> 'DRAFT'
        AND NOT EXISTS (SELECT 1 FROM surplus WHERE credit_note_id = credit_note.id)
        UNION ALL
        SELECT customer_id, 'VOID', id, NULL, id, currency, total, 0, NULL, voided_at
        FROM credit_note WHERE status = 'VOID'
    """,
    "payment": _on_invoice(
        "payment",
        "'PAYMENT'",
        "-payment.amount",
        at="CASE WHEN payment.created_at < received_at THEN payment.created_at ELSE received_at"
        " END",
    ),
    "reversal": _on_invoice("reversal", "reversal.kind", "amount", at="at"),
    "write_off": _on_invoice("write_off", "'WRITE_OFF'", "-amount", at="at"),
    "surplus": _on_invoice("surplus", "'CREDIT_KEPT'", "amount", at="at", note="credit_note_id"),
    "credit_application": _on_invoice(
        "credit_application", "'CREDIT_USED'", "amount", at="applied_at", note="credit_note_id"
    ),
    "credit_payout": """
        SELECT customer_id, 'PAYOUT' AS kind, credit_payout.id AS source_id,
            CAST(NULL AS uuid) AS invoice_id, credit_note.id AS credit_note_id, currency,
            credit_payout.amount, 0 AS moved, CAST(NULL AS date) AS dated_on, paid_at AS at
        FROM credit_payout JOIN credit_note ON credit_note.id = credit_payout.credit_note_id
    """,
}
"""The entries of each table's rows. Credit notes that surpluses became have none of their own: they
are money that was paid, and the surplus has an entry."""
ENTERED: Final = tuple(_ENTRIES)
"""The tables whose rows get entries, each after those that it refers to."""
_CHANGING: Final = ("invoice", "credit_note")
"""Tables whose rows get entries when their status changes."""
_DROP_NOTE: Final = (
    "DELETE FROM account_entry WHERE source_id = NEW.credit_note_id AND kind = 'CREDIT_NOTE';"
)
"""The surplus is added after its credit note, which got an entry then."""
_SUM_UP: Final = """
    INSERT INTO account_month (customer_id, currency, month, amount_high, amount_low)
    {sums}
    ON CONFLICT (customer_id, month, currency) DO UPDATE SET
        amount_high = account_month.amount_high + excluded.amount_high,
        amount_low = account_month.amount_low + excluded.amount_low
"""
_SUMS_OF_MANY: Final = f"""
    SELECT customer_id, currency, {_MONTH["postgres"].format("booked_on")},
        CAST(SUM(amount / {PART}) AS bigint) * CAST(TG_ARGV[0] AS bigint),
        CAST(SUM(amount % {PART}) AS bigint) * CAST(TG_ARGV[0] AS bigint)
    FROM changed WHERE amount <> 0 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_SUMS_OF_ONE: Final = f"""
    SELECT {{row}}.customer_id, {{row}}.currency, {_MONTH["sqlite"].format("{row}.booked_on")},
        {{sign}}{{row}}.amount / {PART}, {{sign}}{{row}}.amount % {PART}
    WHERE {{row}}.amount <> 0
"""
_EVENTS: Final = {"INSERT": ("NEW", ""), "DELETE": ("OLD", "-")}
_CUSTOMERS_AT_A_TIME: Final = 1_000


def month_of(day: str, dialect: str) -> str:
    """Return SQL for the first day of the month of a day."""
    return _MONTH[dialect].format(day)


def add_missing(table: str, chosen: str, dialect: str) -> str:
    """Return the statement that adds those of a table's entries for which `chosen`, SQL, holds."""
    return _ADD.format(booked_on=_BOOKED_ON[dialect], entries=_ENTRIES[table], chosen=chosen)


async def enter_changes(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Create the triggers."""
    if editor.DIALECT == "sqlite":
        for trigger in _sqlite_triggers():
            # Not RunSQL, which splits the statement at its semicolons.
            await editor.client.execute_query(trigger)
    else:
        await editor.client.execute_script(";".join(_postgres_triggers()))


def _sqlite_triggers() -> list[str]:
    triggers = []
    for table in ENTERED:
        body = _body(table, "sqlite")
        triggers.append(f"CREATE TRIGGER {table}_entered AFTER INSERT ON {table} BEGIN {body} END")
        if table in _CHANGING:
            triggers.append(
                f"CREATE TRIGGER {table}_change_entered AFTER UPDATE OF status ON {table}"
                f" WHEN OLD.status <> NEW.status BEGIN {body} END"
            )
    for event, (row, sign) in _EVENTS.items():
        sums = _SUM_UP.format(sums=_SUMS_OF_ONE.format(row=row, sign=sign))
        triggers.append(
            f"CREATE TRIGGER account_entry_{event.lower()}_summed AFTER {event} ON account_entry"
            f" BEGIN {sums}; END"
        )
    return triggers


def _postgres_triggers() -> list[str]:
    statements = []
    for table in ENTERED:
        call = f"FOR EACH ROW {{}} EXECUTE FUNCTION enter_{table}()"
        statements += [
            _function(f"enter_{table}", _body(table, "postgres")),
            f"CREATE TRIGGER {table}_entered AFTER INSERT ON {table} {call.format('')}",
        ]
        if table in _CHANGING:
            changed = call.format("WHEN (OLD.status <> NEW.status)")
            statements.append(
                f"CREATE TRIGGER {table}_change_entered AFTER UPDATE OF status ON {table} {changed}"
            )
    statements.append(_function("sum_account_entries", _SUM_UP.format(sums=_SUMS_OF_MANY) + ";"))
    for event, (row, sign) in _EVENTS.items():
        statements.append(
            f"CREATE TRIGGER account_entry_{event.lower()}_summed AFTER {event} ON account_entry"
            f" REFERENCING {row} TABLE AS changed"
            f" FOR EACH STATEMENT EXECUTE FUNCTION sum_account_entries('{sign}1')"
        )
    return statements


def _body(table: str, dialect: str) -> str:
    """Return what the triggers of a table do, each statement followed by a semicolon."""
    body = add_missing(table, "source_id = NEW.id", dialect) + ";"
    return f"{_DROP_NOTE} {body}" if table == "surplus" else body


def _function(name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body}"
        " RETURN NULL; END $$"
    )


async def stop_entering(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Drop what `enter_changes` created."""
    names = {f"{table}_entered": table for table in ENTERED}
    names |= {f"{table}_change_entered": table for table in _CHANGING}
    names |= {f"account_entry_{event.lower()}_summed": "account_entry" for event in _EVENTS}
    is_sqlite = editor.DIALECT == "sqlite"
    for name, table in names.items():
        on = "" if is_sqlite else f" ON {table}"
        await editor.client.execute_script(f"DROP TRIGGER {name}{on}")
    if not is_sqlite:
        for function in (*(f"enter_{table}" for table in ENTERED), "sum_account_entries"):
            await editor.client.execute_script(f"DROP FUNCTION {function}()")


async def enter_earlier_rows() -> None:
    """Add the entries of the rows that are older than the triggers, while others write.

    It locks some customers at a time, as everyone does who writes to their accounts. Doing it again
    adds what is missing.
    """
    dialect = connection().capabilities.dialect
    last = UUID(int=0)
    batch = f"SELECT id FROM customer WHERE id > $1 ORDER BY id LIMIT {_CUSTOMERS_AT_A_TIME}"
    while rows := await fetch(batch, last):
        first, last = last, id_of(rows[-1]["id"])
        async with in_transaction():
            await fetch(
                "SELECT id FROM customer WHERE id > $1 AND id <= $2 ORDER BY id FOR NO KEY UPDATE",
                first,
                last,
            )
            for table in ENTERED:
                chosen = "customer_id > $1 AND customer_id <= $2"
                await execute(add_missing(table, chosen, dialect), first, last)
