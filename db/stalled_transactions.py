"""Ending transactions that were cut off in the middle of a statement, with the locks they hold."""

from typing import Final

from structlog import get_logger

from db.connections import connection
from db.statements import fetch

INTERVAL: Final = 2.0
"""Seconds between two searches."""
_SILENT_FOR: Final = 5.0
"""Together with INTERVAL, as long as `idle_in_transaction_session_timeout`."""
_TERMINATE: Final = (
    "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity"
    " WHERE datname = current_database() AND usename = current_user"
    " AND application_name = current_setting('application_name')"
    " AND state = 'active' AND wait_event = 'ClientRead'"
    " AND clock_timestamp() - state_change > make_interval(secs => $1)"
)

log = get_logger(__name__)


async def end_stalled_transactions(silent_for: float = _SILENT_FOR) -> None:
    """End those whose process has been silent, for some seconds, since it prepared a statement.

    PostgreSQL regards them as active, so `idle_in_transaction_session_timeout` doesn't apply, and
    `statement_timeout` isn't checked while it reads. `transaction_timeout`, from PostgreSQL 17 on,
    takes longer.
    """
    if connection().capabilities.dialect == "sqlite":
        return
    if ended := len(await fetch(_TERMINATE, silent_for)):
        log.warning("stalled_transactions.ended", count=ended)
