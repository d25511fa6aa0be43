"""Structured logs, in which no token and no secret can be read."""

import json
import logging
import re
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from settings import Environment

_SECRETS: Final = re.compile(
    # What stands behind these in a path is a token, however it is spelled or encoded.
    r"(?P<path>/(?:invoice|quote|portal|preferences|unsubscribe)/[^\s/?#'\"\\]{0,8})[^\s/?#.'\"\\]*"
    r"|(?P<uuid>(?<![0-9a-f])[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])"
    r"|(?P<key>inv_(?:key|session|invitation)_[\w-]{4})[\w-]*"
    # Bounded, so that no line that a stranger has a hand in takes long.
    r"|(?P<url>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^\s/:@]{0,200}:)\S{1,500}(?=@)"
    r"|(?P<bearer>\bbearer(?:\s|%20|\+)+)[^\s'\"]+",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Return `text` with what opens anything cut short.

    Tokens are UUIDs, and so are ids: eight of their digits are left, enough to find a thing again
    and far too few to open it.
    """
    return _SECRETS.sub(lambda match: match.group(match.lastgroup or 0) + "…", text)


def _masked(value: object) -> object:
    """Return `value` with every text in it masked."""
    match value:
        case str():
            return mask(value)
        case dict():
            return {mask(str(key)): _masked(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_masked(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return mask(repr(value))


def _write_json(event: EventDict, **_: object) -> str:
    """Return a line of JSON; masked before it is one, since that could take a quote away."""
    return json.dumps(_masked(event))


def _mask_line(_: object, __: str, line: str) -> str:
    return mask(line)


def _drop_color_message(_: object, __: str, event: EventDict) -> EventDict:
    """Leave out uvicorn's second, coloured copy of its message."""
    event.pop("color_message", None)
    return event


def configure_logging(environment: Environment) -> None:
    """Send every logger's lines to stderr: JSON in production, text for people elsewhere."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _drop_color_message,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    for_programs: list[Any] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(_write_json),
    ]
    for_people: list[Any] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The usual one prints local variables, and so every secret that is in one.
            exception_formatter=structlog.dev.plain_traceback,
        ),
        _mask_line,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(for_programs if environment is Environment.PRODUCTION else for_people),
        ],
        foreign_pre_chain=shared,
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers, root.level = [handler], logging.INFO
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    # The line per request is ours, with its id and its time.
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("tortoise", "httpx", "stripe"):
        # The latter two would say at each call where it went, and so whose payment it is.
        logging.getLogger(name).setLevel(logging.WARNING)
