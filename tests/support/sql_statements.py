"""Recording the SQL statements that the portal runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import get_contextvars


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield the list of statements that requests run in the meantime.

    What the portal runs on its own account, as looking at its queue, is not among them.
    """
    logger, heard = logging.getLogger("tortoise.db_client"), list[str]()

    class QueryLogHandler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "request_id" in get_contextvars():
                heard.append(record.getMessage())

    ear, level = QueryLogHandler(), logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
