"""The database that a lab's portals share: its disk can fill up, and checks read it directly."""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from typing import Any, Final, Protocol

import asyncpg

from tests.support.servers import PostgresServer, create_database

_MEBIBYTE: Final = 1024 * 1024
_DISK: Final = 400
"""Mebibytes of the disk that holds the database."""


class Database(Protocol):
    """Where the portals' rows are."""

    @property
    def disk(self) -> "Disk":
        """The disk that it is on."""
        ...

    @property
    def url(self) -> str:
        """The address, without a proxy in between."""
        ...

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query. Ids are text, and times are in UTC."""
        ...


@dataclass(frozen=True)
class Disk:
    """A folder on a small disk of its own, if this process may mount one."""

    folder: Path
    is_mounted: bool

    @contextmanager
    def full(self) -> Iterator[None]:
        """Leave no space on it."""
        if not self.is_mounted:
            raise RuntimeError("The disk can't be filled, because it is not ours alone.")
        filler = self.folder / "filler"
        try:
            with filler.open("wb", buffering=0) as file:
                _fill(file)
            yield
        finally:
            filler.unlink()


def _fill(file: Any) -> None:
    for size in (_MEBIBYTE, 4096, 1):
        try:
            while True:
                file.write(b"\0" * size)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Yield a folder that is a disk of its own, or just a folder if it can't be mounted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}m", "tmpfs", str(folder)]
    is_mounted = subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield Disk(folder=folder, is_mounted=is_mounted)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@dataclass(frozen=True)
class Postgres:
    """A database on a PostgreSQL server of its own."""

    server: PostgresServer
    disk: Disk
    name: str

    @property
    def url(self) -> str:
        """The address, without a proxy in between."""
        return f"{self.server.url}/{self.name}"

    async def connect(self) -> asyncpg.Connection:
        """Return a connection of an outsider."""
        return await asyncpg.connect(self.url, timeout=5)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        connection = await self.connect()
        try:
            return [tuple(row) for row in await connection.fetch(sql, timeout=20)]
        finally:
            await connection.close()

    async def run(self, sql: str) -> None:
        """Run statements."""
        connection = await self.connect()
        try:
            await connection.execute(sql, timeout=20)
        finally:
            await connection.close()


async def open_postgres(disk: Disk, port: int) -> Postgres:
    """Start a PostgreSQL server with an empty database."""
    options = "-c max_connections=60 -c max_wal_size=64MB -c min_wal_size=32MB"
    server = PostgresServer(disk.folder, port, options)
    server.create()
    server.start()
    url = await create_database(server.url)
    return Postgres(server=server, disk=disk, name=url.rpartition("/")[2])


@dataclass(frozen=True)
class Sqlite:
    """A SQLite file."""

    disk: Disk

    @property
    def path(self) -> Path:
        """The file."""
        return self.disk.folder / "portal.db"

    @property
    def url(self) -> str:
        """The address."""
        return f"sqlite://{self.path}"

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        connection = connect(self.path, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()
