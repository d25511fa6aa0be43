"""Portals that are forked from a process that has imported everything: they start at once."""

import os
import signal
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Final

# What a portal imports is imported before it is forked.
import app  # noqa: F401
from cli import cli
from cli import serving as _serving  # noqa: F401

_FORKS: Final[ForkServerContext] = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def _nothing() -> None:
    pass


class ForkedPortal:
    """An `invotify` command with its own environment. Signals and waiting are as with `Popen`.

    It calls `prepare` first.
    """

    def __init__(
        self,
        arguments: list[str],
        environment: Mapping[str, str],
        log: Path,
        prepare: Callable[[], None] = _nothing,
    ) -> None:
        self._process = _FORKS.Process(
            target=_run, args=(arguments, dict(environment), log, prepare)
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, signal_: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._process.exitcode is None:
            os.kill(self.pid, signal_)

    def wait(self, timeout: float) -> int:
        """Return the exit code. Raises TimeoutError."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError("portal")
        return self._process.exitcode


def _run(
    arguments: list[str], environment: Mapping[str, str], log: Path, prepare: Callable[[], None]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab", buffering=0) as file, Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(file.fileno(), 2)
    prepare()
    cli(arguments)
