"""What load balancers see of the portal."""

import httpx
import pytest

from tests.support.outages import read_only_database


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True, scope="session")
async def test_a_portal_without_redis_does_not_mention_it(http: httpx.AsyncClient) -> None:
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})


@pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")
async def test_a_portal_that_can_be_read_is_ready(http: httpx.AsyncClient) -> None:
    async with read_only_database():
        answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})
