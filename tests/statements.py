"""Listening to the database, to count what an answer costs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield the list of statements that are run meanwhile."""
    logger, heard = logging.getLogger("tortoise.db_client"), list[str]()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear, level = Ear(), logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
