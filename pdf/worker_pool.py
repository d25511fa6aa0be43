"""The worker processes that render: a few, started by the server and bound to it.

Rendering holds the interpreter's lock and now and then goes wrong, so it is done elsewhere. What
such a process does is in `pdf/worker.py`. Nothing here imports borb, or what it renders with.
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

from errors import Busy
from pdf.documents import Document
from pdf.worker import HEAD, LENGTH, Answer
from settings import Settings

RENDERER: Final = "pdf.rendering:render"
_ROOT: Final = Path(__file__).parents[1]
"""The folder from which a worker imports."""
_PASSED_ON: Final = ("HOME", "LANG", "LC_ALL", "PATH", "PYTHONPATH", "TMPDIR", "TZ")
"""What a worker sees of the environment: no passwords and no keys."""
_START_SECONDS: Final = 60.0
"""In which a worker must be ready, also on a machine that has much else to do."""
_RECYCLE_AFTER: Final = 1_000
"""Documents, in case that a library keeps something of each. A worker is ready within a second."""
_COME_BACK: Final = 2
"""Seconds after which who is turned away may try again."""
_SHARE_OF_ONE: Final = 0.75
"""Of the queue that one visitor may fill: some of it is always left to others."""
_MOST: Final = 1 << 20
"""Bytes of an answer that are read ahead."""

log = get_logger(__name__)


class RenderingFailed(Exception):
    """The document could not be rendered: a fault of ours, of which the message says all."""


class _Died(Exception):
    """The worker has ended, or never became ready."""


class _Worker:
    """One process, which renders one document at a time; we talk over a pair of sockets."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._rendered = 0

    @classmethod
    async def start(cls, renderer: str) -> "_Worker":
        """Return a process that is ready. Raises _Died."""
        try:
            ours, theirs = socket.socketpair()
            with theirs:
                worker = cls(_launch(renderer, theirs))
        except OSError as fault:  # out of files, processes or memory
            raise _Died(str(fault)) from None
        try:
            async with asyncio.timeout(_START_SECONDS):
                await worker._greet(ours)
        except TimeoutError:
            await worker.kill()
            message = "It was not ready in time."
            raise _Died(message) from None
        except BaseException:
            await worker.kill()
            raise
        return worker

    async def _greet(self, ours: socket.socket) -> None:
        self._reader, self._writer = await asyncio.open_connection(sock=ours, limit=_MOST)
        kind, content = await self._receive()
        if kind is not Answer.READY:
            raise _Died(content.decode(errors="replace"))

    @property
    def process_id(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended, by itself or by somebody's hand."""
        return self._process.poll() is None

    @property
    def is_worn(self) -> bool:
        """Whether it has rendered enough."""
        return self._rendered >= _RECYCLE_AFTER

    async def render(self, document: bytes, seconds: float) -> bytes:
        """Return the PDF of a pickled document. Raises RenderingFailed, TimeoutError and _Died."""
        self._rendered += 1
        assert self._writer
        async with asyncio.timeout(seconds):
            self._writer.write(LENGTH.pack(len(document)) + document)
            kind, content = await self._receive()
        if kind is not Answer.PDF:
            raise RenderingFailed(content.decode(errors="replace"))
        return content

    async def _receive(self) -> tuple[Answer, bytes]:
        try:
            kind, length = HEAD.unpack(await self._reader.readexactly(HEAD.size))
            return Answer(kind), await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, OSError):
            message = f"It ended with {await self.kill()}."
            raise _Died(message) from None

    async def kill(self) -> int:
        """End it, whatever it is doing, and return what it ended with."""
        self._process.kill()
        if self._writer:
            self._writer.transport.abort()
        ended = asyncio.get_running_loop().run_in_executor(None, self._process.wait)
        return await asyncio.shield(ended)


def _launch(renderer: str, theirs: socket.socket) -> subprocess.Popen[bytes]:
    """Start a process, which takes some milliseconds; until it is ready it takes longer."""
    descriptor = theirs.fileno()
    return subprocess.Popen(  # noqa: S603  # ourselves
        (sys.executable, "-m", "pdf.worker", renderer, str(descriptor)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,  # on which borb advertises now and then
        pass_fds=(descriptor,),
        cwd=_ROOT,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        process_group=0,  # so that Ctrl-C, which goes to a whole group, is not for it
    )


class Workers:
    """Renders documents in a few processes, and lets a few more documents wait for them.

    A process is started when it is needed first, or by `warm`. A document that takes too long, or
    of which a process dies, costs that process, and nobody else anything.
    """

    def __init__(self, count: int, *, queue: int, seconds: float, renderer: str = RENDERER) -> None:
        self._queue = queue
        self._seconds = seconds
        self._renderer = renderer
        self._turn = asyncio.Semaphore(count)
        self._waiting = 0
        self._most_of_one = count + int(queue * _SHARE_OF_ONE)
        self._places: Counter[str] = Counter()
        """Documents of each visitor that wait or are rendered."""
        self._free: list[asyncio.Task[_Worker] | None] = [None] * count
        """Each place that nobody uses now: its process, started or starting; None: none yet."""
        self._jobs: set[asyncio.Task[bytes]] = set()
        self._endings: set[asyncio.Task[int]] = set()
        self._is_warm = False

    def warm(self) -> None:
        """Start every process, in the background, and from now on those that follow others."""
        self._is_warm = True
        self._free = [place or self._start() for place in self._free]

    async def close(self) -> None:
        """End every process, whatever it is doing."""
        self._is_warm = False
        tasks = [*self._jobs, *filter(None, self._free)]
        for task in tasks:
            task.cancel()  # no effect on those that have started
        await asyncio.gather(*tasks, return_exceptions=True)
        for place in filter(None, self._free):
            if not place.cancelled() and not place.exception():
                self._end(place.result())
        self._free = [None] * len(self._free)
        await asyncio.gather(*self._endings)

    async def render(self, document: Document, *, client_info: str | None = None) -> bytes:
        """Return the PDF of `document`.

        It is rendered to its end also if the caller goes away; while it waits, that takes it out of
        the queue. Raises Busy when too many are waiting, or too many of one client, or when its
        turn has not come in the time that a PDF may take; and RenderingFailed.
        """
        if client_info is None:
            return await self._render(document)
        if self._places[client_info] >= self._most_of_one:
            raise Busy(retry_after=_COME_BACK)
        self._places[client_info] += 1
        try:
            return await self._render(document)
        finally:
            self._places[client_info] -= 1
            if not self._places[client_info]:
                del self._places[client_info]

    async def _render(self, document: Document) -> bytes:
        if self._turn.locked() and self._waiting >= self._queue:
            raise Busy(retry_after=_COME_BACK)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._turn.acquire()
        except TimeoutError:
            raise Busy(retry_after=_COME_BACK) from None
        finally:
            self._waiting -= 1
        job = asyncio.create_task(self._run(document))
        self._jobs.add(job)
        job.add_done_callback(self._finish)
        return await asyncio.shield(job)

    def _finish(self, job: asyncio.Task[bytes]) -> None:
        self._turn.release()
        self._jobs.discard(job)
        if not job.cancelled():
            job.exception()  # told to who waits, if anybody does

    async def _run(self, document: Document) -> bytes:
        pickled = pickle.dumps(document)
        try:
            return await self._try(self._take(), pickled)
        except _Died as death:
            # Maybe it was dead before, or the machine was out of memory.
            log.warning("pdf.worker_died", reason=str(death))
        try:
            # In the place that has just become free, so in a new process.
            return await self._try(self._free.pop() or self._start(), pickled)
        except _Died as death:
            message = f"Two workers have died of {document.kind} {document.number!r}: {death}"
            raise RenderingFailed(message) from None

    async def _try(self, start: asyncio.Task[_Worker], document: bytes) -> bytes:
        """Render in the process that `start` brings, and set its place free again."""
        worker: _Worker | None = None
        is_good = False
        try:
            worker = await start
            content = await worker.render(document, self._seconds)
        except RenderingFailed:
            is_good = worker is not None and not worker.is_worn
            raise
        except TimeoutError:
            message = f"It took longer than {self._seconds} seconds."
            raise RenderingFailed(message) from None
        else:
            is_good = not worker.is_worn
            return content
        finally:
            self._free.append(start if is_good else self._follow(worker))

    def _take(self) -> asyncio.Task[_Worker]:
        """Return the process that was used last, or one that is starting, or a new one."""
        self._free = [None if self._is_lost(place) else place for place in self._free]
        started = [place for place in self._free if place and place.done()]
        place = started[-1] if started else next(filter(None, self._free), None)
        self._free.remove(place)
        return place or self._start()

    def _is_lost(self, place: asyncio.Task[_Worker] | None) -> bool:
        """Return whether a place's process never came to be, or has ended meanwhile."""
        if place is None or not place.done():
            return False
        if place.cancelled() or place.exception():
            return True
        worker = place.result()
        if worker.is_alive:
            return False
        self._end(worker)
        return True

    def _start(self) -> asyncio.Task[_Worker]:
        start = asyncio.create_task(_Worker.start(self._renderer))
        start.add_done_callback(_tell)
        return start

    def _follow(self, worker: _Worker | None) -> asyncio.Task[_Worker] | None:
        """End `worker`, and return what follows it."""
        if worker:
            self._end(worker)
        return self._start() if self._is_warm else None

    def _end(self, worker: _Worker) -> None:
        ending = asyncio.create_task(worker.kill())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)


def _tell(start: asyncio.Task[_Worker]) -> None:
    """Log why a process did not come to be: maybe nobody waits for it yet."""
    if not start.cancelled() and (fault := start.exception()):
        log.error("pdf.worker_not_started", reason=str(fault))


@asynccontextmanager
async def open_workers(settings: Settings) -> AsyncGenerator[Workers, None]:
    """Open workers as `settings` have them; nothing is started yet."""
    workers = Workers(
        settings.pdf_workers or usable_cores(),
        queue=settings.pdf_queue,
        seconds=settings.pdf_seconds,
        renderer=RENDERER,
    )
    try:
        yield workers
    finally:
        await workers.close()


def usable_cores() -> int:
    """Return how many of the machine's cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
