"""Append-only tables: triggers that refuse to edit or delete rows, for migrations.

On SQLite, a migration that recreates such a table must call `protect` again.
"""

from typing import Any, Final

from db.connections import connection
from db.statements import execute, fetch

_CHANGE_LOCK: Final = 5_317_421_907
"""The key of the advisory lock of those who change rows: an arbitrary number."""


async def create_trigger_function(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Create the function that the triggers of `protect` call on PostgreSQL."""
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME"
            " USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )


async def drop_trigger_function(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Drop what `create_trigger_function` created."""
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script("DROP FUNCTION refuse_change()")


async def protect(editor: Any, *tables: str) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Refuse to edit or delete rows of `tables`. Needs `create_trigger_function` first."""
    for table in tables:
        if editor.DIALECT == "sqlite":
            for operation in ("UPDATE", "DELETE"):
                # Not RunSQL, which splits the statement at its semicolon.
                await editor.client.execute_query(
                    f"CREATE TRIGGER {table}_no_{operation.lower()} BEFORE {operation} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'table {table} is append-only'); END"
                )
        else:
            await editor.client.execute_script(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


async def unprotect(editor: Any, *tables: str) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Allow to edit and delete rows of `tables` again."""
    for table in tables:
        if editor.DIALECT == "sqlite":
            for operation in ("update", "delete"):
                await editor.client.execute_query(f"DROP TRIGGER {table}_no_{operation}")
        else:
            await editor.client.execute_script(f"DROP TRIGGER {table}_append_only ON {table}")


async def change_alone() -> None:
    """Let no other transaction that calls this go on before the running one has ended.

    Two that had both written to a table before they called `change` would wait for each other.
    """
    if connection().capabilities.dialect == "postgres":
        await fetch(f"SELECT pg_advisory_xact_lock({_CHANGE_LOCK})")


async def change(table: str, sql: str, *values: object) -> int:
    """Run a statement that edits or deletes rows of a protected table, for what must be erased.

    Returns how many. Needs a transaction that began with `change_alone`, and should be among its
    last statements: until it ends, nobody else can write to the table. On PostgreSQL it needs the
    role that owns the table. (If the trigger respected a setting instead, any statement of any role
    could set it.)
    """
    client = connection()
    if client.capabilities.dialect == "sqlite":
        triggers = await fetch(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name IN ($1, $2)",
            f"{table}_no_update",
            f"{table}_no_delete",
        )
        for trigger in triggers:
            await client.execute_query(f"DROP TRIGGER {trigger['name']}")
        changed = await execute(sql, *values)
        for trigger in triggers:
            await client.execute_query(trigger["sql"])
        return changed
    alter = f"ALTER TABLE {table} {{}} TRIGGER {table}_append_only"
    await execute(alter.format("DISABLE"))
    changed = await execute(sql, *values)
    await execute(alter.format("ENABLE"))
    return changed
