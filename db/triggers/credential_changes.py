"""Triggers that count, for each company, the changes after which a credential may allow less.

The counter is `view_feed.credentials_changed`. Its row is locked while an event is recorded. So
whoever reads the counter with an event knows every change that was committed before the event.

A migration that adds a column on which `auth.staff.staff_of` depends, or that recreates one of the
tables on SQLite, must create these triggers again.
"""

from typing import Any, Final

_COLUMNS: Final = {
    "credential": ("company_id", "user_id", "kind", "permissions", "expires_at", "revoked_at"),
    "staff_user": ("company_id", "permissions", "totp_confirmed_at"),
    "company": ("second_factor_required",),
}
"""The columns, by table, that decide what a credential allows."""
_COUNT: Final = (
    "UPDATE view_feed SET credentials_changed = credentials_changed + 1 WHERE company_id = {}"
)
_FUNCTION: Final = (
    "CREATE FUNCTION count_credential_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    f" {_COUNT.format('(to_jsonb(OLD) ->> TG_ARGV[0])::uuid')}; RETURN NULL; END $$"
)


async def count_changes(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Create the triggers.

    On PostgreSQL they run at the end of the transaction, because the feed is the last row to lock.
    """
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script(_FUNCTION)
    for table, columns in _COLUMNS.items():
        key = "id" if table == "company" else "company_id"
        updates = f"UPDATE OF {', '.join(columns)}"
        if editor.DIALECT == "sqlite":
            for operation in (updates, "DELETE"):
                # Not RunSQL, which splits the statement at its semicolon.
                await editor.client.execute_query(
                    f"CREATE TRIGGER {table}_{operation[:6].lower()}_counted AFTER {operation}"
                    f" ON {table} BEGIN {_COUNT.format(f'OLD.{key}')}; END"
                )
        else:
            await editor.client.execute_script(
                f"CREATE CONSTRAINT TRIGGER {table}_counted AFTER {updates} OR DELETE ON {table}"
                " DEFERRABLE INITIALLY DEFERRED"
                f" FOR EACH ROW EXECUTE FUNCTION count_credential_change('{key}')"
            )


async def stop_counting(editor: Any) -> None:  # noqa: ANN401  # Tortoise's schema editor
    """Drop what `count_changes` created."""
    for table in _COLUMNS:
        if editor.DIALECT == "sqlite":
            for operation in ("update", "delete"):
                await editor.client.execute_query(f"DROP TRIGGER {table}_{operation}_counted")
        else:
            await editor.client.execute_script(f"DROP TRIGGER {table}_counted ON {table}")
    if editor.DIALECT != "sqlite":
        await editor.client.execute_script("DROP FUNCTION count_credential_change()")
