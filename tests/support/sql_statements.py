"""Recording the SQL statements that the portal runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from core.telemetry.request_notes import request_id
from db.connections import connection


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield a list that collects the statements of requests.

    Statements of background tasks, such as reading the mail queue, are left out.
    """
    logger, executed = logging.getLogger("tortoise.db_client"), list[str]()

    class QueryLogHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if request_id():
                executed.append(record.getMessage())

    handler, level = QueryLogHandler(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield executed
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def statements_for_lines() -> int:
    """Return how many more statements a document with lines takes: none on PostgreSQL."""
    return 1 if connection().capabilities.dialect == "sqlite" else 0


def statements_for_page() -> int:
    """Return how many statements load an invoice with its lines and history: one on PostgreSQL."""
    return 3 if connection().capabilities.dialect == "sqlite" else 1


def statements_for_portal(parts: int) -> int:
    """Return how many statements load a portal and so many `parts` of it: one on PostgreSQL.

    On SQLite, they take one turn of a thread.
    """
    return 1 + parts if connection().capabilities.dialect == "sqlite" else 1


def statements_before_search() -> int:
    """Return how many statements estimate what a search finds: one on PostgreSQL."""
    return 0 if connection().capabilities.dialect == "sqlite" else 1
