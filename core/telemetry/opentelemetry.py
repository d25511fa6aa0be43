"""Recording traces with OpenTelemetry, as the standard environment variables say.

This is the only module that imports it: it is an optional extra.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.telemetry.tracing import Attribute, exporter

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_HEADER: Final = "traceparent"
_CLOSE_TIMEOUT: Final = 3.0
"""Seconds."""


class OpenTelemetry:
    """Records spans, and sends them to `exporter` in the background."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("invotify")

    @classmethod
    def from_environment(cls) -> "OpenTelemetry":
        """Return what the OTEL_ variables configure."""
        # The provider reads the other variables: its name, its attributes and its sampler.
        name = os.environ.get("OTEL_SERVICE_NAME", "invotify")
        provider = TracerProvider(resource=Resource.create({"service.name": name}))
        entry = exporter()
        assert entry, "it is checked at start"
        provider.add_span_processor(BatchSpanProcessor(entry.load()()))
        return cls(provider)

    def close(self) -> None:
        """Send what is left, within three seconds."""
        # Without a collector, the SDK would try for ten.
        closing = Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(_CLOSE_TIMEOUT)

    @contextmanager
    def span(
        self, name: str, kind: str, parent: str | None, attributes: dict[str, Attribute | None]
    ) -> Iterator["_Span"]:
        """Record the block as a span."""
        context = None if parent is None else _PROPAGATOR.extract({_HEADER: parent}, Context())
        started = self._tracer.start_span(
            name, context, trace.SpanKind[kind.upper()], _known(attributes)
        )
        span = _Span(started)
        try:
            # Messages of exceptions may name people, so they stay in the log.
            with trace.use_span(started, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException:
            started.set_status(trace.StatusCode.ERROR)
            raise
        finally:
            span.end()

    def traceparent(self) -> str | None:
        """Return the current span as a header."""
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier)
        return carrier.get(_HEADER)


class _Span:
    """A span that ends once."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._has_ended = False

    def finish(self, name: str, *, failed: bool = False, **attributes: Attribute | None) -> None:
        """End it, with what was found out about it."""
        if self._has_ended:
            return
        self._span.update_name(name)
        self._span.set_attributes(_known(attributes))
        if failed:
            self._span.set_status(trace.StatusCode.ERROR)
        self.end()

    def end(self) -> None:
        """End it, unless it has ended."""
        if not self._has_ended:
            self._has_ended = True
            self._span.end()


def _known(attributes: dict[str, Attribute | None]) -> dict[str, Attribute]:
    """Return the attributes that have a value, with dots in their names as conventions want."""
    return {
        name.replace("__", "."): value for name, value in attributes.items() if value is not None
    }
