"""What is wrong with a database."""

from typing import Any

import pytest

from core.checks import Level
from db.checks import check_server, find_limits
from tests.conftest import Backend
from tests.support.clients import Business

_GOOD: dict[str, Any] = {
    "version": 180_000,
    "connections": 97,
    "is_durable": True,
    "commits_are_durable": True,
    "is_utf8": True,
    "is_writable": True,
    "is_superuser": False,
    "refused_table": None,
}


def test_nothing_is_found_on_a_good_server() -> None:
    assert find_limits(_GOOD, needed=97) == []


@pytest.mark.parametrize(
    ("name", "value", "level", "part"),
    [
        ("version", 160_014, Level.WARNING, "PostgreSQL 17"),
        ("connections", 19, Level.WARNING, "up to 20 connections"),
        ("is_durable", False, Level.ERROR, "fsync"),
        ("commits_are_durable", False, Level.WARNING, "synchronous_commit"),
        ("is_utf8", False, Level.ERROR, "UTF8"),
        ("is_writable", False, Level.ERROR, "reads"),
        ("is_superuser", True, Level.WARNING, "superuser"),
        ("refused_table", "payment", Level.ERROR, "such as payment"),
    ],
)
def test_each_fault_of_a_server_is_found(name: str, value: object, level: Level, part: str) -> None:
    [finding] = find_limits(_GOOD | {name: value}, needed=20)
    assert (finding.name, finding.level) == ("DATABASE_URL", level)
    assert part in finding.message


async def test_the_tests_server_is_found_not_to_be_durable(
    backend: Backend, business: Business
) -> None:
    assert business  # its portal has opened the database
    found = {finding.message for finding in await check_server(backend.database_url, workers=100)}
    is_postgres = backend.database_url.startswith("postgres")
    assert any("fsync" in message for message in found) is is_postgres
    assert any("up to 1000 connections" in message for message in found) is is_postgres
