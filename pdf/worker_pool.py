"""The pool of worker processes that render PDFs.

Rendering holds the interpreter's lock and can crash, so it runs in other processes
(`pdf/worker.py`). This module imports neither borb nor anything else that renders.
"""

import asyncio
import os
import pickle
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from structlog import get_logger

from core.telemetry.metrics import PDF_FAILURES, PDF_SECONDS, PDF_WAITING
from core.telemetry.tracing import span
from errors import Busy
from pdf.documents import PdfDocument
from pdf.worker import DOCUMENT_HEADER, RESPONSE_HEADER, ResponseKind
from settings import Settings

RENDERER: Final = "pdf.rendering:render"
_ROOT: Final = Path(__file__).parents[1]
"""The folder from which workers import."""
_ENVIRONMENT_VARIABLES: Final = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "TZ")
"""The variables that workers get: no passwords and no keys."""
_START_TIMEOUT: Final = 60.0
"""Seconds until a worker must be ready, long enough for a busy machine."""
_MAX_DOCUMENTS: Final = 1_000
"""A worker is replaced after so many documents, in case a library leaks memory."""
_RETRY_AFTER: Final = 2
"""Seconds after which a rejected client can try again."""
_MAX_CLIENT_SHARE: Final = 0.75
"""The share of the queue that one client can fill; the rest is left to others."""
_READ_BUFFER_BYTES: Final = 1 << 20

log = get_logger(__name__)


class RenderingFailed(Exception):
    """A document could not be rendered. This is our fault; the message has the details."""


class _WorkerDied(Exception):
    """A worker ended or never became ready."""


class _Worker:
    """A process that renders one document at a time, connected by a socket pair."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._rendered = 0

    @classmethod
    async def start(cls, renderer: str) -> "_Worker":
        """Start a process and wait until it is ready. Raises _WorkerDied."""
        try:
            ours, theirs = socket.socketpair()
            with theirs:
                worker = cls(_launch(renderer, theirs))
        except OSError as error:  # out of files, processes or memory
            raise _WorkerDied(str(error)) from None
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await worker._connect(ours)
        except TimeoutError:
            await worker.kill()
            raise _WorkerDied("The worker was not ready in time.") from None
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def _connect(self, ours: socket.socket) -> None:
        self._reader, self._writer = await asyncio.open_connection(
            sock=ours, limit=_READ_BUFFER_BYTES
        )
        kind, content = await self._receive()
        if kind is not ResponseKind.READY:
            raise _WorkerDied(content.decode(errors="replace"))

    @property
    def process_id(self) -> int:
        """The id of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    @property
    def needs_recycling(self) -> bool:
        """Whether it has rendered so many documents that it should be replaced."""
        return self._rendered >= _MAX_DOCUMENTS

    async def render(self, document: bytes, seconds: float) -> bytes:
        """Return the PDF of a pickled document.

        Raises RenderingFailed, TimeoutError and _WorkerDied.
        """
        self._rendered += 1
        assert self._writer
        async with asyncio.timeout(seconds):
            self._writer.write(DOCUMENT_HEADER.pack(len(document)) + document)
            kind, content = await self._receive()
        if kind is not ResponseKind.PDF:
            raise RenderingFailed(content.decode(errors="replace"))
        return content

    async def _receive(self) -> tuple[ResponseKind, bytes]:
        try:
            kind, length = RESPONSE_HEADER.unpack(
                await self._reader.readexactly(RESPONSE_HEADER.size)
            )
            return ResponseKind(kind), await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            raise _WorkerDied(f"The worker ended with {await self.kill()}.") from None

    async def kill(self) -> int:
        """Kill the process and return its exit status."""
        self._process.kill()
        if self._writer:
            self._writer.transport.abort()
        ended = asyncio.get_running_loop().run_in_executor(None, self._process.wait)
        return await asyncio.shield(ended)


def _launch(renderer: str, theirs: socket.socket) -> subprocess.Popen[bytes]:
    """Start a process, which takes some milliseconds; it is ready later."""
    descriptor = theirs.fileno()
    return subprocess.Popen(  # noqa: S603  # ourselves
        (sys.executable, "-m", "pdf.worker", renderer, str(descriptor)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # on which borb prints notices
        pass_fds=(descriptor,),
        cwd=_ROOT,
        env={name: os.environ[name] for name in _ENVIRONMENT_VARIABLES if name in os.environ},
        process_group=0,  # so that Ctrl-C, which goes to a whole group, doesn't reach it
    )


class WorkerPool:
    """Renders documents in a few processes, with a bounded queue.

    A process starts when it is first needed, or by `warm`. A document that takes too long or
    crashes its process fails without affecting other documents.
    """

    def __init__(self, count: int, *, queue: int, seconds: float, renderer: str = RENDERER) -> None:
        self._queue = queue
        self._seconds = seconds
        self._renderer = renderer
        self._slots = asyncio.Semaphore(count)
        self._waiting = 0
        self._max_per_client = count + int(queue * _MAX_CLIENT_SHARE)
        self._jobs_by_client: Counter[str] = Counter()
        """How many documents of each client wait or are being rendered."""
        self._idle: list[asyncio.Task[_Worker] | None] = [None] * count
        """The idle slots: each has a worker, started or starting, or None before the first."""
        self._jobs: set[asyncio.Task[bytes]] = set()
        self._kills: set[asyncio.Task[int]] = set()
        self._is_warm = False

    def warm(self) -> None:
        """Start all workers in the background, and from now on the replacements as well."""
        self._is_warm = True
        self._idle = [slot or self._start() for slot in self._idle]

    async def close(self) -> None:
        """Kill all workers."""
        self._is_warm = False
        tasks = [*self._jobs, *filter(None, self._idle)]
        for task in tasks:
            task.cancel()  # has no effect on workers that have started
        await asyncio.gather(*tasks, return_exceptions=True)
        for slot in filter(None, self._idle):
            if not slot.cancelled() and not slot.exception():
                self._kill(slot.result())
        self._idle = [None] * len(self._idle)
        await asyncio.gather(*self._kills)

    async def render(self, document: PdfDocument, *, client: str | None = None) -> bytes:
        """Return the PDF of `document`.

        If the caller is cancelled, a document that is being rendered is finished, and one that is
        waiting leaves the queue. Raises RenderingFailed. Raises Busy if the queue or the client's
        share of it is full, or if the document has waited as long as rendering may take.
        """
        try:
            with span("render PDF"):
                return await self._render_for(client, document)
        except Busy:
            PDF_FAILURES.labels("busy").inc()
            raise
        except RenderingFailed:
            PDF_FAILURES.labels("failed").inc()
            raise

    async def _render_for(self, client: str | None, document: PdfDocument) -> bytes:
        if client is None:
            return await self._render(document)
        if self._jobs_by_client[client] >= self._max_per_client:
            raise Busy(retry_after=_RETRY_AFTER)
        self._jobs_by_client[client] += 1
        try:
            return await self._render(document)
        finally:
            self._jobs_by_client[client] -= 1
            if not self._jobs_by_client[client]:
                del self._jobs_by_client[client]

    async def _render(self, document: PdfDocument) -> bytes:
        if self._slots.locked() and self._waiting >= self._queue:
            raise Busy(retry_after=_RETRY_AFTER)
        self._waiting += 1
        PDF_WAITING.inc()
        try:
            async with asyncio.timeout(self._seconds):
                await self._slots.acquire()
        except TimeoutError:
            raise Busy(retry_after=_RETRY_AFTER) from None
        finally:
            self._waiting -= 1
            PDF_WAITING.dec()
        job = asyncio.create_task(self._run(document))
        self._jobs.add(job)
        job.add_done_callback(self._finish)
        return await asyncio.shield(job)

    def _finish(self, job: asyncio.Task[bytes]) -> None:
        self._slots.release()
        self._jobs.discard(job)
        if not job.cancelled():
            job.exception()  # also raised in the caller, if it still waits

    @PDF_SECONDS.time()
    async def _run(self, document: PdfDocument) -> bytes:
        pickled = pickle.dumps(document)
        try:
            return await self._try(self._take(), pickled)
        except _WorkerDied as error:
            # The document is not always the reason: the machine may be out of memory.
            log.warning("pdf.worker_died", reason=str(error))
        try:
            # In the slot that has just become idle, so in a new process.
            return await self._try(self._idle.pop() or self._start(), pickled)
        except _WorkerDied as error:
            raise RenderingFailed(
                f"Two workers have died of {document.kind} {document.number!r}: {error}"
            ) from None

    async def _try(self, start: asyncio.Task[_Worker], document: bytes) -> bytes:
        """Render in the worker that `start` returns, then make its slot idle again."""
        worker: _Worker | None = None
        is_reusable = False
        try:
            worker = await start
            content = await worker.render(document, self._seconds)
        except RenderingFailed:
            is_reusable = worker is not None and not worker.needs_recycling
            raise
        except TimeoutError:
            raise RenderingFailed(f"Rendering took longer than {self._seconds} seconds.") from None
        else:
            is_reusable = not worker.needs_recycling
            return content
        finally:
            self._idle.append(start if is_reusable else self._replace(worker))

    def _take(self) -> asyncio.Task[_Worker]:
        """Return the worker that was used last, or one that is starting, or a new one."""
        self._idle = [None if self._has_ended(slot) else slot for slot in self._idle]
        started = [slot for slot in self._idle if slot and slot.done()]
        slot = started[-1] if started else next(filter(None, self._idle), None)
        self._idle.remove(slot)
        return slot or self._start()

    def _has_ended(self, slot: asyncio.Task[_Worker] | None) -> bool:
        """Return whether a slot's worker failed to start or has ended since."""
        if slot is None or not slot.done():
            return False
        if slot.cancelled() or slot.exception():
            return True
        worker = slot.result()
        if worker.is_alive:
            return False
        self._kill(worker)
        return True

    def _start(self) -> asyncio.Task[_Worker]:
        start = asyncio.create_task(_Worker.start(self._renderer))
        start.add_done_callback(_log_failed_start)
        return start

    def _replace(self, worker: _Worker | None) -> asyncio.Task[_Worker] | None:
        """Kill a worker and return the next content of its slot."""
        if worker:
            self._kill(worker)
        return self._start() if self._is_warm else None

    def _kill(self, worker: _Worker) -> None:
        kill = asyncio.create_task(worker.kill())
        self._kills.add(kill)
        kill.add_done_callback(self._kills.discard)


def _log_failed_start(start: asyncio.Task[_Worker]) -> None:
    """Log why a worker did not start, since no document may be waiting for it."""
    if not start.cancelled() and (error := start.exception()):
        log.error("pdf.worker_not_started", reason=str(error))


@asynccontextmanager
async def open_worker_pool(settings: Settings) -> AsyncGenerator[WorkerPool, None]:
    """Open a pool with the given settings. No worker starts yet."""
    pool = WorkerPool(
        settings.pdf_workers or usable_cores(),
        queue=settings.pdf_queue,
        seconds=settings.pdf_seconds,
        renderer=RENDERER,
    )
    try:
        yield pool
    finally:
        await pool.close()


def usable_cores() -> int:
    """Return the number of cores that this process can use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
