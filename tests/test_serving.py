"""Several serving processes: the small one that starts them, and what they share."""

import json
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Backend
from tests.support import servers
from tests.support.clients import Business, eventually
from tests.support.staff import SIGN_IN, browser, token_in
from tests.support.subscribers import BEGINNING, VIEWED

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

_MOST_MEMORY: Final = 64 << 20
"""Bytes of the process that starts the others. One that imports the portal has twice as much."""


@pytest.fixture(scope="module")
def portal(
    backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[servers.PortalProcess]:
    """Yield a portal with two serving processes, as in production."""
    environment = {
        **backend.environment,
        "RATE_SIGN_IN_PER_IP": "1000/minute",
        "ENVIRONMENT": "production",
        "SECRET_KEY": secrets.token_hex(),
        "WEBHOOK_ALLOW_PRIVATE": "false",
    }
    log = tmp_path_factory.mktemp("serving") / "log"
    portal = servers.PortalProcess(environment, servers.free_port(), 2, log=log)
    try:
        portal.start()
        yield portal
    finally:
        portal.stop()


def _workers(supervisor: psutil.Process) -> set[int]:
    """Return the ids of the serving processes that are running."""
    running = set()
    for process in supervisor.children():
        with suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(process.cmdline()):
                running.add(process.pid)
    return running


async def test_workers_accept_each_other_s_form_tokens(
    portal: servers.PortalProcess, business: Business
) -> None:
    for _ in range(10):
        # Each connection may reach another worker.
        async with browser(portal.url) as page, browser(portal.url) as form:
            token = token_in((await page.get(SIGN_IN)).text)
            form.http.cookies.update(page.http.cookies)
            fields = {"email": business.email, "password": "wrong", "form_token": token}
            assert (await form.http.post(SIGN_IN, data=fields)).status_code == 401


async def _counted(portal: servers.PortalProcess) -> tuple[float, set[str]]:
    """Return how many requests of a route were answered, and the places of those that serve."""
    async with httpx.AsyncClient(base_url=portal.url) as client:
        text = (await client.get("/metrics")).text
    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]
    requests = [
        sample.value
        for sample in samples
        if sample.name == "invotify_requests_total" and sample.labels["route"] == "static"
    ]
    running = [sample for sample in samples if sample.name == "process_start_time_seconds"]
    return sum(requests), {sample.labels["worker"] for sample in running}


async def test_any_process_shows_what_all_have_counted(portal: servers.PortalProcess) -> None:
    before, _ = await _counted(portal)
    for _ in range(20):
        # Each connection may reach another worker.
        async with httpx.AsyncClient(base_url=portal.url) as client:
            for _ in range(3):
                await client.get("/static/nothing")
    for _ in range(6):
        counted, workers = await _counted(portal)
        assert (counted - before, workers) == (60, {"0", "1"})


# The last one, because it ends the portal.
async def test_a_small_process_replaces_workers_that_die_and_ends_with_them(
    portal: servers.PortalProcess, business: Business
) -> None:
    assert portal.process
    supervisor = psutil.Process(portal.process.pid)
    assert supervisor.memory_info().rss < _MOST_MEMORY
    before = _workers(supervisor)
    assert len(before) == 2
    counted, _ = await _counted(portal)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    servers.wait_until(
        lambda: victim not in (now := _workers(supervisor)) and len(now) == 2, "another worker"
    )
    assert counted > 0

    async def nothing_is_lost() -> bool:
        after, workers = await _counted(portal)
        assert after == counted
        return workers == {"0", "1"}

    await eventually(nothing_is_lost)
    processes = supervisor.children(recursive=True)
    body = {"query": VIEWED, "variables": {"after": BEGINNING}}
    headers = business.headers | {"accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=portal.url) as client,
        client.stream("POST", "/graphql", json=body, headers=headers) as stream,
    ):
        assert stream.status_code == 200
        portal.stop()
    assert psutil.wait_procs(processes, 60)[1] == []
    assert portal.log
    lines = [json.loads(line) for line in portal.log.read_text(encoding="utf-8").splitlines()]
    errors = [line["event"] for line in lines if line["level"] == "error"]
    assert errors == ["worker.died"]
    # The supervisor's, too.
    assert "supervisor.stopped" in "".join(line["event"] for line in lines)
