"""What the portal measures. Each metric is defined here, and changed where things happen.

docs/operations.md has a table of them all. With several processes, gauges are sums over those that
are alive.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    values,
)

from core.telemetry import metric_files

if _folder := metric_files.folder():
    # Before the first metric is made. The library would name files after process ids, of which
    # there are ever more.
    _place = metric_files.take_place(_folder)
    values.ValueClass = values.MultiProcessValue(lambda: _place)  # type: ignore[no-untyped-call]

disable_created_metrics()  # type: ignore[no-untyped-call]  # which several processes don't have
REGISTRY: Final = CollectorRegistry()
"""The metrics of this process."""

_counter = partial(Counter, registry=REGISTRY)
_gauge = partial(Gauge, registry=REGISTRY, multiprocess_mode="livesum")
_histogram = partial(Histogram, registry=REGISTRY)

# --- requests -------------------------------------------------------------------------------------

REQUESTS: Final = _counter(
    "invotify_requests", "Requests, with websockets and streams of events.", ["route", "status"]
)
REQUEST_SECONDS: Final = _histogram(
    "invotify_request_seconds",
    "Seconds until a response was sent, or a stream or websocket began.",
    ["route"],
)
STREAMS: Final = _counter(
    "invotify_streams", "Streams of events and websockets that began.", ["protocol"]
)
STREAMS_OPEN: Final = _gauge(
    "invotify_streams_open", "Open streams of events and websockets.", ["protocol"]
)
FOLLOWERS: Final = _gauge("invotify_followers", "Open subscriptions.")
CONNECTIONS_DROPPED: Final = _counter(
    "invotify_connections_dropped", "Connections that were refused or cut off.", ["reason"]
)
RATE_LIMITED: Final = _counter(
    "invotify_rate_limited", "Requests that were refused by a rate limit.", ["limit"]
)

# --- views ----------------------------------------------------------------------------------------

VIEWS: Final = _counter(
    "invotify_views", "Opens of documents: recorded, kept for later, or lost.", ["outcome"]
)

# --- e-mails and webhooks -------------------------------------------------------------------------

EMAILS: Final = _counter(
    "invotify_emails", "E-mails that were sent, failed or skipped.", ["status"]
)
SMTP_SECONDS: Final = _histogram(
    "invotify_smtp_seconds", "Seconds that handing an e-mail to the mail server took.", ["result"]
)
WEBHOOK_SECONDS: Final = _histogram(
    "invotify_webhook_seconds", "Seconds that an attempt to deliver to a webhook took.", ["result"]
)

# --- Stripe ---------------------------------------------------------------------------------------

STRIPE_SECONDS: Final = _histogram(
    "invotify_stripe_seconds", "Seconds that a call to Stripe took.", ["result"]
)
STRIPE_EVENTS: Final = _counter(
    "invotify_stripe_events", "Events that Stripe has sent, by what became of them.", ["status"]
)

# --- PDFs -----------------------------------------------------------------------------------------

PDF_SECONDS: Final = _histogram("invotify_pdf_seconds", "Seconds that rendering a PDF took.")
PDF_FAILURES: Final = _counter("invotify_pdf_failures", "PDFs that were not rendered.", ["reason"])
PDF_WAITING: Final = _gauge("invotify_pdf_waiting", "PDFs that wait for a process to render them.")

# --- the database and Redis -----------------------------------------------------------------------

DATABASE_CONNECTIONS: Final = _gauge(
    "invotify_database_connections", "Connections to PostgreSQL.", ["state"]
)
DATABASE_CONNECTIONS_MAX: Final = _gauge(
    "invotify_database_connections_max", "The most connections to PostgreSQL that can be open."
)
DATABASE_WAITING: Final = _gauge(
    "invotify_database_waiting",
    "Statements and transactions that wait for a connection to PostgreSQL.",
)
REDIS_ERRORS: Final = _counter(
    "invotify_redis_errors", "Commands to Redis that failed, and connections that were lost."
)

# --- how they are used ----------------------------------------------------------------------------


@contextmanager
def timed(histogram: Histogram, failures: Mapping[Any, str]) -> Iterator[None]:
    """Measure how long the block takes, with the result "ok".

    If it raises, the result is the one that `failures` has for the first type that fits.
    """
    began_at, result = time.monotonic(), "ok"
    try:
        yield
    except BaseException as error:
        result = next(
            (name for kind, name in failures.items() if isinstance(error, kind)), "failed"
        )
        raise
    finally:
        histogram.labels(result).observe(time.monotonic() - began_at)


for _metric, _known in (
    (STREAMS, ("sse", "websocket")),
    (STREAMS_OPEN, ("sse", "websocket")),
    (VIEWS, ("recorded", "kept", "lost")),
    (EMAILS, ("sent", "failed", "skipped")),
    (SMTP_SECONDS, ("ok", "deferred", "rejected", "unreachable", "unconfirmed")),
    (WEBHOOK_SECONDS, ("delivered", "failed")),
    (STRIPE_EVENTS, ("applied", "ignored", "waiting", "parked")),
    (STRIPE_SECONDS, ("ok", "rejected", "failed")),
    (PDF_FAILURES, ("busy", "failed")),
):
    # So that the first of each isn't missed: Prometheus sees only what a counter grows by.
    for _label in _known:
        _metric.labels(_label)
