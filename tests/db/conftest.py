"""Empty databases besides the one that the portal of the tests uses."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest

from tests.conftest import Backend
from tests.support import servers

NewDatabase: TypeAlias = Callable[[], Awaitable[str]]


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
