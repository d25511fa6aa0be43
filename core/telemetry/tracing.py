"""Traces: what a request leads to, from the edge to its e-mails and webhooks.

They are recorded by OpenTelemetry (core/telemetry/opentelemetry.py) if it is installed and wanted.
Otherwise nothing is imported, and nothing is recorded.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Final, Protocol, TypeAlias

from structlog import get_logger

Attribute: TypeAlias = str | int | float | bool

_WANTED: Final = (
    "OTEL_TRACES_EXPORTER",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
)
"""Variables of https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/,
any of which turns traces on."""

log = get_logger(__name__)


class Span(Protocol):
    """Something that takes a while."""

    def finish(self, name: str, *, failed: bool = False, **attributes: Attribute | None) -> None:
        """End it before its block does, with what was found out about it."""


class Tracer(Protocol):
    """What records spans."""

    def span(
        self, name: str, kind: str, parent: str | None, attributes: dict[str, Attribute | None]
    ) -> AbstractContextManager[Span]:
        """Record the block as a span. Those that begin inside are its children."""

    def traceparent(self) -> str | None:
        """Return the current span as https://www.w3.org/TR/trace-context/ writes it."""


_tracer: Tracer | None = None
_NOTHING: Final = nullcontext(None)


def is_wanted() -> bool:
    """Whether the environment asks for traces, and OpenTelemetry is installed."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if not any(os.environ.get(name) for name in _WANTED):
        return False
    if os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    if find_spec("opentelemetry.sdk") is None:
        log.warning("tracing.not_installed", install="invotify[otel]")
        return False
    return True


def exporter_name() -> str:
    """Return the name of the exporter that the environment asks for."""
    name = os.environ.get("OTEL_TRACES_EXPORTER") or "otlp"
    if name != "otlp":
        return name
    protocol = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    return "otlp_proto_grpc" if protocol == "grpc" else "otlp_proto_http"


def exporter() -> EntryPoint | None:
    """Return the exporter of that name, or None if it isn't installed."""
    found = entry_points(group="opentelemetry_traces_exporter", name=exporter_name())
    return next(iter(found), None)


@contextmanager
def recorded_by(tracer: Tracer) -> Iterator[None]:
    """Let `tracer` record all spans of the process meanwhile."""
    global _tracer  # noqa: PLW0603  # the process has one, like its log
    _tracer = tracer
    try:
        yield
    finally:
        _tracer = None


def span(
    name: str,
    *,
    kind: str = "internal",
    parent: str | None = None,
    **attributes: Attribute | None,
) -> AbstractContextManager[Span | None]:
    """Record the block as a span, as the child of the current one or of `parent`, a traceparent.

    `kind` is one of OpenTelemetry's. None is yielded unless traces are on. Attributes must contain
    no tokens and no personal data.
    """
    if _tracer is None:
        return _NOTHING
    return _tracer.span(name, kind, parent, attributes)


def traceparent() -> str | None:
    """Return the current span for others who continue the trace; None if there is none."""
    return None if _tracer is None else _tracer.traceparent()
