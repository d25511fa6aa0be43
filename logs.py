"""Structured logs, in which no token and no secret can be read."""

import logging
import re
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from settings import Environment

_SECRETS: Final = re.compile(
    r"(?P<uuid>\b[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|(?P<key>inv_(?:key|session)_[\w-]{4})[\w-]*"
    r"|(?P<url>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)"
    r"|(?P<bearer>\bbearer\s+)\S+",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Return `text` with what opens anything cut short.

    Tokens are UUIDs, and so are ids: eight of their digits are left, enough to find a thing again
    and far too few to open it.
    """
    return _SECRETS.sub(lambda match: match.group(match.lastgroup or 0) + "…", text)


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a line, whoever logged it, and masks it as the very last step."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the masked line."""
        return mask(super().format(record))


def _drop_color_message(_: object, __: str, event: EventDict) -> EventDict:
    """Leave out uvicorn's second, coloured copy of its message."""
    event.pop("color_message", None)
    return event


def configure_logging(environment: Environment) -> None:
    """Send every logger's lines to stderr: JSON in production, text for people elsewhere."""
    production = environment is Environment.PRODUCTION
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _drop_color_message,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        *([structlog.processors.format_exc_info] if production else []),
        structlog.processors.JSONRenderer()
        if production
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The usual one prints local variables, and so every secret that is in one.
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(MaskingFormatter(processors=render, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.INFO
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    # The line per request is ours, with its id and its time.
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("tortoise").setLevel(logging.WARNING)
