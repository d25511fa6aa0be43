"""Structured logs without readable tokens and secrets."""

import asyncio
import json
import logging
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import structlog
from structlog.typing import EventDict, Processor

from core.telemetry import request_notes

_SECRETS: Final = re.compile(
    # In a path, these are followed by a token, however it is written or encoded.
    r"(?P<path>/(?:invoice|quote|credit-note|portal|preferences|unsubscribe|sample-invoice)/[^\s/?#'\"\\]{0,8})[^\s/?#.'\"\\]*"
    r"|(?P<uuid>(?<![0-9a-f])[0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])"
    r"|(?P<key>inv_(?:key|session|invitation)_[\w-]{4})[\w-]*"
    r"|(?P<webhook>whsec_[\w+/-]{4})[\w+/=-]*"
    # Bounded, because strangers can influence how long a line is.
    r"|(?P<url>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}://[^\s/:@]{0,200}:)\S{1,500}(?=@)"
    r"|(?P<sentinel>sentinel_password=)[^\s&'\"]+"
    r"|(?P<bearer>\bbearer(?:\s|%20|\+)+)[^\s'\"]+",
    re.IGNORECASE,
)


_REQUESTS: Final = "invotify.request"
_LINE: Final = (
    '{"method": "%s", "path": %s, "status": %d, "ms": %.2f, "request_id": "%s",%s'
    f' "event": "request", "level": "info", "logger": "{_REQUESTS}", "timestamp": "%s.%06dZ"}}\n'
)
"""Of a request; formatting it in this way takes half the time of an f-string."""
_PROCESSORS: Final[list[Processor]] = []
"""Always the same list, so that loggers follow a new configuration although they are cached."""
_MAX_LOGGED_PATH: Final = 500
"""Characters of a path in the log."""
_MAX_LINE: Final = 1_000
"""Characters of a line in a text that is logged."""
_MAX_TEXT: Final = 32_000
"""Characters of a text that is logged, such as a traceback."""


_requests = structlog.get_logger(_REQUESTS)


def shorten(text: str) -> str:
    """Return `text` without most of a long line or of very many lines.

    A stranger may have sent it, and each request would write as much into the log.
    """
    if len(text) <= _MAX_LINE:
        return text
    text = "\n".join(
        line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}… ({len(line)} characters)"
        for line in text.split("\n")
    )
    if len(text) <= _MAX_TEXT:
        return text
    half = _MAX_TEXT // 2
    return f"{text[:half]}\n…\n{text[-half:]}"


def mask(text: str) -> str:
    """Return `text` with tokens, keys and passwords cut short.

    Tokens are UUIDs, as ids are. Eight of their digits remain: enough to find a row again, and far
    too few to guess the token.
    """
    return _SECRETS.sub(lambda match: match.group(match.lastgroup or 0) + "…", text)


def _clean(text: str) -> str:
    """Return `text` as it may be logged. It is masked first: half a token would not be found."""
    return shorten(mask(text))


def _masked(value: object) -> object:
    """Return `value` with all texts in it masked and shortened."""
    match value:
        case str():
            return _clean(value)
        case dict():
            return {
                _clean(str(key)): inner if key == "request_id" else _masked(inner)
                for key, inner in value.items()
            }
        case list() | tuple():
            return [_masked(inner) for inner in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _clean(repr(value))


def _write_json(event: EventDict, **_: object) -> str:
    """Return a line of JSON. Values are masked first: masking JSON could remove a quote."""
    return json.dumps(_masked(event))


def _mask_line(_: object, __: str, line: str) -> str:
    return _clean(line)


def log_request(
    *,
    method: str,
    path: str,
    status: int,
    seconds: float,
    request_id: str,
    details: Mapping[str, str],
) -> None:
    """Log that a request was answered after `seconds`. Its id must be safe in JSON.

    In production, where nobody else listens, the lines of a turn of the event loop are written
    together: there is one for each request, and only its path and a few details come from a
    stranger.
    """
    path = path[:_MAX_LOGGED_PATH]
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], _JsonHandler):
        request = _Request(method, path, status, seconds, request_id, details, time.time_ns())
        handlers[0].write_soon(request)
        return
    shown = {"ms": round(seconds * 1000, 2), "request_id": request_id, **details}
    _requests.info("request", method=method, path=path, status=status, **shown)


class _Request(NamedTuple):
    """A request that was answered."""

    method: str
    path: str
    status: int
    seconds: float
    request_id: str
    details: Mapping[str, str]
    time_ns: int

    @property
    def line(self) -> str:
        fields = "".join([f' "{name}": {_as_json(value)},' for name, value in self.details.items()])
        return _LINE % (
            self.method,
            _as_json(self.path),
            self.status,
            self.seconds * 1000,
            self.request_id,
            fields,
            _date_and_time(self.time_ns // 10**9),
            self.time_ns // 1000 % 10**6,
        )


class _JsonHandler(logging.StreamHandler[Any]):
    """Writes lines of JSON to stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[_Request] = deque()

    def write_soon(self, request: _Request) -> None:
        """Write the line of a request before the event loop waits, or at once without a loop."""
        self._waiting.append(request)
        if len(self._waiting) > 1:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            loop.call_soon(self.flush)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, after the lines that are older."""
        self.flush()
        super().emit(record)

    def flush(self) -> None:
        """Write the lines that wait. Does nothing if that fails, like logging."""
        self.acquire()
        try:
            if self._waiting:
                lines = [self._waiting.popleft().line for _ in range(len(self._waiting))]
                self.stream.write("".join(lines))
            super().flush()
        except (OSError, ValueError):
            pass
        finally:
            self.release()


@lru_cache(2)
def _date_and_time(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


@lru_cache(4096)
def _as_json(text: str) -> str:
    """Return what a stranger may have written into a request's line: all else in it is ours."""
    return json.dumps(_clean(text))


def _add_request_id(_: object, __: str, event: EventDict) -> EventDict:
    """Add the id of the request that is being handled, if there is one."""
    if id_ := request_notes.request_id():
        event.setdefault("request_id", id_)
    return event


def _drop_color_message(_: object, __: str, event: EventDict) -> EventDict:
    """Remove uvicorn's coloured copy of its message."""
    event.pop("color_message", None)
    return event


def _without_traceback(is_passing: Callable[[BaseException], object]) -> Processor:
    """Return a processor that names an error of which `is_passing` is true in one line."""

    def shorten(_: object, __: str, event: EventDict) -> EventDict:
        match event.get("exc_info"):
            case True:
                error = sys.exc_info()[1]
            case (_, BaseException() as error, _) | (BaseException() as error):
                pass
            case _:
                return event
        if error is not None and is_passing(error):
            del event["exc_info"]
            event["cause"] = repr(error)
        return event

    return shorten


def configure_logging(
    *, as_json: bool, is_passing: Callable[[BaseException], object] = lambda _: False
) -> None:
    """Write all logs to stderr, as JSON or as text.

    Errors of which `is_passing` is true, such as those of a database that is away, have no
    traceback: it says nothing, and an outage would fill the log with them.
    """
    shared: list[Processor] = [
        _without_traceback(is_passing),
        _add_request_id,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _drop_color_message,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    json_processors: list[Any] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(_write_json),
    ]
    text_processors: list[Any] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default prints local variables, and with them secrets.
            exception_formatter=structlog.dev.plain_traceback,
        ),
        _mask_line,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(json_processors if as_json else text_processors),
        ],
        foreign_pre_chain=shared,
    )
    _PROCESSORS[:] = [*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = _JsonHandler() if as_json else logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.level = logging.INFO
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # The middleware logs each request with its id and duration. Without handlers, uvicorn doesn't
    # even make lines of its own.
    logging.getLogger("uvicorn.access").propagate = False
    for name in ("tortoise", "httpx", "stripe", "websockets"):
        # httpx and stripe log the address of each call, which names the payment. websockets says of
        # each connection that it is open, as the middleware does.
        logging.getLogger(name).setLevel(logging.WARNING)
