"""Tables whose rows are added, and never edited or deleted: the database itself refuses it.

For migrations. On SQLite, whatever makes such a table anew later has to call `keep` again.
"""

from typing import Any


async def install(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Create the function that the triggers of `keep` call on PostgreSQL."""
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME"
            " USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )


async def uninstall(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Drop the function that `install` created."""
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script("DROP FUNCTION refuse_change()")


async def keep(editor: Any, *tables: str) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Refuse to edit or delete a row of `tables`. Needs `install` first."""
    for table in tables:
        if editor.DIALECT == "sqlite":
            for deed in ("UPDATE", "DELETE"):
                # Not RunSQL, which would take the statement apart at its semicolon.
                await editor.client.execute_query(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table}"
                    f" BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
                )
        else:
            await editor.client.execute_script(
                f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )


async def release(editor: Any, *tables: str) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Take `keep` back."""
    for table in tables:
        if editor.DIALECT == "sqlite":
            for deed in ("update", "delete"):
                await editor.client.execute_query(f"DROP TRIGGER {table}_no_{deed}")
        else:
            await editor.client.execute_script(f"DROP TRIGGER {table}_only_added ON {table}")
