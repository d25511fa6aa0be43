"""Databases besides the one that the portal of the tests uses: empty ones and migrated ones."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.conftest import Backend
from tests.support import servers
from tests.support.migrations import migrate_to, opened

NewDatabase: TypeAlias = Callable[[], Awaitable[str]]
CopyOf: TypeAlias = Callable[[str], Awaitable[str]]


@pytest.fixture(scope="session")
def new_database(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Return what makes an empty database of the same kind and returns its URL."""

    async def create() -> str:
        if backend.redis is None:
            return f"sqlite://{tmp_path_factory.mktemp('empty')}/empty.db"
        return await servers.create_database(backend.database_url.rpartition("/")[0])

    return create


@pytest.fixture
async def another_database(new_database: NewDatabase) -> str:
    """Return the URL of an empty database of the same kind."""
    return await new_database()


@pytest.fixture(scope="session")
def copy_of(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> CopyOf:
    """Return what copies the database at a URL, which nothing uses now, and returns the URL."""

    async def copy(url: str) -> str:
        server_url, _, name = url.rpartition("/")
        if backend.redis is not None:
            return await servers.create_database(server_url, name)
        folder = tmp_path_factory.mktemp("copy")
        shutil.copytree(Path(url.removeprefix("sqlite://")).parent, folder, dirs_exist_ok=True)
        return f"sqlite://{folder}/{name}"

    return copy


@pytest.fixture(scope="session")
async def migrated(new_database: NewDatabase) -> str:
    """Return the URL of a database that all migrations made, to be copied.

    Applying them takes a second, mostly for models that Tortoise makes of each state.
    """
    url = await new_database()
    async with opened(url):
        await migrate_to()
    return url


@pytest.fixture
async def migrated_database(migrated: str, copy_of: CopyOf) -> str:
    """Return the URL of a database that all migrations made."""
    return await copy_of(migrated)
