"""The process that starts the serving processes, replaces them, and ends with them.

It never blocks on any of them, so it obeys signals whatever they do.
"""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from socket import socket
from typing import Final

from structlog import get_logger
from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Process

from cli.child_processes import end_with_parent

log = get_logger(__name__)

_INTERVAL: Final = 0.2
"""Seconds between two looks at the processes."""
_START_TIMEOUT: Final = 120.0
"""Seconds within which a process must be ready. On a busy machine, it can take half a minute."""
_MAX_PAUSE: Final = 30.0
"""The most seconds before the next attempt to start a process, if one couldn't start."""
_SIGNALS: Final = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGTERM,
    # Without effect, but the default is to end at once, without the serving processes.
    signal.SIGUSR1,
    signal.SIGUSR2,
)


class _Process(Process):
    """A serving process, which finishes its requests and ends if the supervisor has been killed."""

    def target(self, sockets: list[socket] | None = None) -> None:
        """Serve. It runs in the new process."""
        end_with_parent(signal.SIGTERM)
        super().target(sockets)


@dataclass(slots=True, eq=False)
class _Worker:
    """A serving process, and what it has said so far."""

    process: _Process
    started_at: float = field(default_factory=time.monotonic)
    is_ready: bool = False
    silence: float = 0.0
    """Seconds since it was last heard of, without those in which the supervisor was frozen, too."""
    ends_by: float = inf
    """When it is killed, if it was told to end."""
    _is_asked: bool = False
    _is_killed: bool = False

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process.process.is_alive()

    def listen(self) -> None:
        """Hear what it has answered, without waiting, and ask again whether it is ready."""
        connection = self.process.parent_conn
        self.silence += _INTERVAL
        with suppress(OSError, EOFError):  # it has ended
            if self._is_asked and connection.poll():
                self.is_ready = connection.recv()
                self.silence = 0.0
                self._is_asked = False
            if not self._is_asked:
                connection.send(b"ping")
                self._is_asked = True

    def kill(self, reason: str) -> None:
        """End it at once."""
        if not self._is_killed:
            self._is_killed = True
            log.error("worker.killed", pid=self.pid, reason=reason)
            self.process.kill()

    def end(self, within: float, *, with_all: bool = False) -> None:
        """Let it finish its requests within some seconds. Told twice, it ends at once.

        If it ends `with_all`, it says until then that the portal isn't ready.
        """
        self.ends_by = min(self.ends_by, time.monotonic() + within)
        if with_all:
            self._send(signal.SIGUSR1)
        self._send(signal.SIGTERM)

    def _send(self, number: signal.Signals) -> None:
        if self.pid is not None and self.is_alive:
            os.kill(self.pid, number)


class Supervisor:
    """Keeps as many processes serving as the configuration wants, until SIGTERM.

    SIGHUP replaces them, one after the other, each once the new one is ready. If that doesn't
    become ready, the others stay. Another SIGHUP meanwhile also replaces those that are already
    new, because they may have begun with what has changed since.
    """

    def __init__(
        self,
        config: Config,
        sockets: list[socket],
        *,
        end_within: float,
        start_within: float = _START_TIMEOUT,
    ) -> None:
        """Take the seconds after which a process that doesn't end, or get ready, is killed."""
        self._config = config
        self._sockets = sockets
        self._end_within = end_within
        self._start_within = start_within
        self._signals: list[int] = []
        self._workers: list[_Worker] = []
        """Those that serve, or start to."""
        self._next: _Worker | None = None
        """The one that is about to replace another."""
        self._ending: list[_Worker] = []
        self._replace_before = 0.0
        """Those that have started before are replaced."""
        self._failures = 0
        """How many have failed to start since one was ready."""
        self._start_at = 0.0
        self._is_stopping = False
        self._has_failed = False

    def run(self) -> int:
        """Serve until SIGTERM, and return the exit code."""
        for number in _SIGNALS:
            signal.signal(number, lambda number, _: self._signals.append(number))
        log.info("supervisor.started", pid=os.getpid())
        while not self._is_stopping or self._ending:
            self._obey_signals()
            self._forget_ended()
            if not self._is_stopping:
                for worker in self._all_serving():
                    self._listen(worker)
                self._forget_dead()
                self._fill_up()
                self._replace()
            time.sleep(_INTERVAL)
        log.info("supervisor.stopped", pid=os.getpid())
        return STARTUP_FAILURE if self._has_failed else 0

    # --- signals ---------------------------------------------------------------------------------

    def _obey_signals(self) -> None:
        while self._signals:
            number = self._signals.pop(0)
            if number in {signal.SIGINT, signal.SIGQUIT, signal.SIGTERM}:
                self._stop()
            elif number == signal.SIGHUP and not self._is_stopping:
                log.info("supervisor.restarting")
                self._replace_before = time.monotonic()

    def _stop(self) -> None:
        """Let all end, and at once if this isn't the first time."""
        told = self._ending if self._is_stopping else self._all_serving()
        for worker in told:
            worker.end(self._end_within, with_all=True)
        if not self._is_stopping:
            log.info("supervisor.stopping")
            self._ending += told
            self._workers, self._next = [], None
            self._is_stopping = True

    # --- processes -------------------------------------------------------------------------------

    def _all_serving(self) -> list[_Worker]:
        return [*self._workers, self._next] if self._next else [*self._workers]

    def _start(self) -> _Worker | None:
        """Start one, unless the system has no room for it, or the last one has just failed."""
        if time.monotonic() < self._start_at:
            return None
        try:
            process = _Process(self._config, self._sockets)
            process.start()
        except OSError as error:
            log.error("worker.not_started", reason=str(error))  # noqa: TRY400  # it says it all
            self._note_failure()
            return None
        log.info("worker.starting", pid=process.pid)
        return _Worker(process)

    def _forget_ended(self) -> None:
        """Forget those that have ended as they were told to, and kill those that don't."""
        for worker in _dead(self._ending):
            self._ending.remove(worker)
            log.info("worker.ended", pid=worker.pid)
        for worker in self._ending:
            if time.monotonic() > worker.ends_by:
                worker.kill("It didn't end in time.")

    def _forget_dead(self) -> None:
        """Forget those that have died, and give up the restart if one was to replace another."""
        for worker in _dead(self._workers):
            self._workers.remove(worker)
            log.error("worker.died", pid=worker.pid, code=worker.process.exitcode)
            if not worker.is_ready:
                self._note_failure()
                if (worker.process.exitcode or 0) > 0 and not self._workers:
                    log.error("supervisor.gives_up", reason="No process could start.")
                    self._has_failed = True
                    self._stop()
        if self._next and not self._next.is_alive:
            log.error(
                "supervisor.restart_failed",
                pid=self._next.pid,
                code=self._next.process.exitcode,
                reason="A new process couldn't start. The others stay as they are.",
            )
            self._next = None
            self._replace_before = 0.0

    def _listen(self, worker: _Worker) -> None:
        """Hear how a process is, and kill it if it takes too long to answer."""
        was_ready = worker.is_ready
        worker.listen()
        age = time.monotonic() - worker.started_at
        if worker.is_ready and not was_ready:
            self._failures = 0
            log.info("worker.ready", pid=worker.pid, seconds=round(age, 1))
        if worker.is_ready and worker.silence > self._config.timeout_worker_healthcheck:
            worker.kill("It didn't answer.")
        elif not worker.is_ready and age > self._start_within:
            worker.kill("It wasn't ready in time.")

    def _note_failure(self) -> None:
        """Wait before the next attempt, longer each time."""
        self._start_at = time.monotonic() + min(2.0**self._failures, _MAX_PAUSE)
        self._failures += 1

    def _fill_up(self) -> None:
        """Start as many as are missing."""
        missing = 0 if self._is_stopping else self._config.workers - len(self._workers)
        for _ in range(missing):
            if worker := self._next or self._start():
                self._workers.append(worker)
                self._next = None

    def _replace(self) -> None:
        """Go on with replacing those that SIGHUP wants replaced, one after the other."""
        old = next((w for w in self._workers if w.started_at < self._replace_before), None)
        if old is None or self._ending:
            return
        if self._next is None:
            self._next = self._start()
        elif self._next.is_ready:
            self._workers[self._workers.index(old)] = self._next
            self._next = None
            self._ending.append(old)
            old.end(self._end_within)


def _dead(workers: Iterable[_Worker]) -> list[_Worker]:
    return [worker for worker in workers if not worker.is_alive]
