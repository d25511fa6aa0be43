"""Processes that are forked from one that has imported everything: they start at once."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import connection, get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Final

# What a portal imports is imported before it is forked.
import app  # noqa: F401
from cli import cli
from cli import serving as _serving  # noqa: F401

_FORKS: Final[ForkServerContext] = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])
_ONE_AT_A_TIME: Final = Lock()
"""Only one thread at a time may ask whether a process has ended. Starting another asks, too."""
_NOTHING: Final = Path(os.devnull)


def command(*arguments: str) -> None:
    """Run an `invotify` command."""
    cli(arguments)


def script(code: str, *arguments: str) -> None:
    """Run a script, as `python -c` does."""
    sys.argv = ["-c", *arguments]
    exec(code, {"__name__": "__main__"})


class ForkedProcess:
    """`run` with these arguments, in a process with its own environment.

    Signals and waiting are as with `Popen`. The files are its standard input, output and error.
    """

    def __init__(
        self,
        run: Callable[..., None],
        arguments: Sequence[str],
        environment: Mapping[str, str],
        files: tuple[Path, Path, Path] = (_NOTHING, _NOTHING, _NOTHING),
    ) -> None:
        self._process = _FORKS.Process(target=_run, args=(run, arguments, dict(environment), files))
        with _ONE_AT_A_TIME:
            self._process.start()

    @property
    def pid(self) -> int:
        """The id of the process."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def _exit_code(self) -> int | None:
        with _ONE_AT_A_TIME:
            return self._process.exitcode

    def send_signal(self, signal_: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._exit_code is None:
            os.kill(self.pid, signal_)

    def wait(self, timeout: float) -> int:
        """Return the exit code. Raises TimeoutError."""
        connection.wait([self._process.sentinel], timeout)
        code = self._exit_code
        if code is None:
            raise TimeoutError(f"process {self.pid}")
        return code


def run_command(
    environment: Mapping[str, str], *arguments: str, typed: str = ""
) -> CompletedProcess[str]:
    """Run an `invotify` command with `typed` as its input. Raises TimeoutError after a minute."""
    with TemporaryDirectory() as folder:
        given, output, errors = (Path(folder) / name for name in ("input", "output", "errors"))
        given.write_text(typed, encoding="utf-8")
        process = ForkedProcess(command, arguments, environment, (given, output, errors))
        try:
            code = process.wait(60)
        finally:
            process.send_signal(signal.SIGKILL)
        printed = (file.read_text(encoding="utf-8") for file in (output, errors))
        return CompletedProcess(arguments, code, *printed)


def _run(
    run: Callable[..., None],
    arguments: Sequence[str],
    environment: Mapping[str, str],
    files: tuple[Path, Path, Path],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(files):
        how = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND | os.O_CREAT
        file = os.open(path, how, 0o644)
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # it was closed
    run(*arguments)
