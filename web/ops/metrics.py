"""Metrics for Prometheus: the sum of all serving processes, whichever of them answers."""

import asyncio
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from hmac import compare_digest
from importlib.metadata import version
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, Metric, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog import get_logger

from context import Services, services_of
from core.hosts import is_loopback
from core.telemetry import metric_files
from core.telemetry.metrics import REGISTRY
from db.connections import measure_pool
from db.migrations import latest_migration
from db.statements import database_time
from errors import NotFound, Unauthenticated
from models import Schedule
from services.checkout import expiry_worker, refund_worker
from services.common.backlogs import MAX_COUNTED
from services.email import delivery_queue as email_queue
from services.webhooks import delivery_queue as webhook_queue
from settings import Settings
from web.ops.health import check_servers

_KEEP: Final = 5.0
"""Seconds for which what was read from the database is shown again."""
_TIMEOUT: Final = 3.0
"""Seconds to wait for the database."""

log = get_logger(__name__)


class MetricsEndpoint:
    """Shows metrics to whoever may see them."""

    def __init__(self) -> None:
        self._readings: list[Metric] = []
        """What the database and Redis said."""
        self._until = 0.0
        self._reading = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Return the portal's metrics.

        Raises Unauthenticated without METRICS_TOKEN. If production has none, raises NotFound,
        unless a program on the same machine asks.
        """
        request = Request(scope)
        services = services_of(request)
        _check_token(request, services.settings)
        await measure_pool()
        collected = _Collected(await self._read(services))
        content = await asyncio.to_thread(generate_latest, collected)
        await Response(content, media_type=CONTENT_TYPE_LATEST)(scope, receive, send)

    async def _read(self, services: Services) -> list[Metric]:
        """Return what the database and Redis say. Programs that ask together share an answer."""
        async with self._reading:
            if time.monotonic() > self._until:
                self._readings = await _read(services)
                self._until = time.monotonic() + _KEEP
        return self._readings


class _Collected:
    """Everything that is shown."""

    def __init__(self, readings: list[Metric]) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        folder = metric_files.folder()
        if folder is None:
            yield from REGISTRY.collect()
            yield from _metrics_of_processes({0: "self"})
        else:
            living = metric_files.processes(folder)
            yield from MultiProcessCollector(None, str(folder)).collect()  # type: ignore[no-untyped-call]
            yield from _metrics_of_processes(living)
        yield from self._readings


def _metrics_of_processes(processes: Mapping[int, int | str]) -> Iterator[Metric]:
    """Yield what the system says of the serving processes: memory, processor time, open files."""
    merged: dict[str, Metric] = {}
    for place, process in processes.items():
        collector = ProcessCollector(pid=partial(str, process), registry=None)
        for metric in collector.collect():
            first = merged.setdefault(metric.name, metric)
            for sample in metric.samples:
                sample.labels["worker"] = str(place)
            if first is not metric:
                first.samples += metric.samples
    yield from merged.values()


async def _read(services: Services) -> list[Metric]:
    states = await check_servers(services)
    found = [_info(), *(_state_of(name, state) for name, state in states.items())]
    if states["database"] == "ok":
        try:
            async with asyncio.timeout(_TIMEOUT):
                found += [await _schema(), *await _queues(), *await _schedules()]
        except Exception as error:  # noqa: BLE001  # the rest is shown all the same
            log.warning("metrics.database_not_read", cause=repr(error))
    return found


def _info() -> Metric:
    info = {"version": version("invotify"), "python": platform.python_version()}
    return InfoMetricFamily("invotify", "The versions of the portal and of Python.", info)


def _state_of(server: str, state: str) -> Metric:
    return GaugeMetricFamily(
        f"invotify_{server}_up", f"Whether the {server} answers.", state == "ok"
    )


async def _schema() -> Metric:
    info = {"migration": await latest_migration()}
    return InfoMetricFamily("invotify_schema", "The newest migration of the database.", info)


async def _queues() -> Sequence[Metric]:
    length, oldest, overdue = families = [
        GaugeMetricFamily(f"invotify_queue_{name}", text, labels=["queue"])
        for name, text in (
            ("length", f"Rows that wait, at most {MAX_COUNTED}."),
            ("oldest_seconds", "Seconds for which the oldest has waited."),
            ("overdue_seconds", "Seconds since the next attempt was due."),
        )
    ]
    backlogs = [
        *await email_queue.backlogs(),
        await webhook_queue.backlog(),
        await expiry_worker.backlog(),
        await refund_worker.backlog(),
    ]
    now = await database_time()
    for backlog in backlogs:
        length.add_metric([backlog.queue], backlog.length)
        oldest.add_metric([backlog.queue], _seconds(now, backlog.oldest))
        overdue.add_metric([backlog.queue], _seconds(now, backlog.due))
    return families


async def _schedules() -> Sequence[Metric]:
    succeeded, seconds, failed, overdue = families = [
        GaugeMetricFamily(f"invotify_schedule_{name}", text, labels=["schedule"])
        for name, text in (
            ("success_timestamp_seconds", "When it last succeeded, in seconds since 1970."),
            ("duration_seconds", "How long its last run took."),
            ("failed", "Whether its last run failed."),
            ("overdue_seconds", "Seconds since it was due, also while it runs."),
        )
    ]
    now = await database_time()
    for schedule in await Schedule.all():
        label = [schedule.name]
        if schedule.succeeded_at is not None:
            succeeded.add_metric(label, schedule.succeeded_at.timestamp())
        if schedule.seconds is not None:
            seconds.add_metric(label, schedule.seconds)
        failed.add_metric(label, schedule.failure is not None)
        overdue.add_metric(label, _seconds(now, schedule.due_at))
    return families


def _seconds(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _check_token(request: Request, settings: Settings) -> None:
    if settings.metrics_token is None:
        if settings.is_production and not _is_local(request):
            raise NotFound
        return
    expected = f"Bearer {settings.metrics_token.get_secret_value()}"
    given = request.headers.get("authorization", "")
    if not compare_digest(given.encode(), expected.encode()):
        raise Unauthenticated


def _is_local(request: Request) -> bool:
    """Whether a program on this machine asks for itself, rather than a proxy for somebody else."""
    is_forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return not is_forwarded and is_loopback(request.client.host if request.client else "")
