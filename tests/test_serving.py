"""Several serving processes: the small one that starts them, and what they share."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import psutil
import pytest

from tests.conftest import Backend
from tests.support import servers
from tests.support.clients import Business
from tests.support.staff import SIGN_IN, browser, token_in

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")

_MOST_MEMORY: Final = 64 << 20
"""Bytes of the process that starts the others. One that imports the portal has twice as much."""


@pytest.fixture(scope="module")
def portal(backend: Backend) -> Iterator[servers.PortalProcess]:
    """Yield a portal with two serving processes."""
    limits = {"RATE_SIGN_IN_PER_IP": "1000/minute"}
    with servers.portal(backend.environment | limits, workers=2) as portal:
        yield portal


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


# The last one, because it ends the portal.
def test_a_small_process_replaces_workers_that_die_and_ends_with_them(
    portal: servers.PortalProcess,
) -> None:
    assert portal.process
    supervisor = psutil.Process(portal.process.pid)
    assert supervisor.memory_info().rss < _MOST_MEMORY
    before = _workers(supervisor)
    assert len(before) == 2
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    servers.wait_until(
        lambda: victim not in (now := _workers(supervisor)) and len(now) == 2, "another worker"
    )
    processes = supervisor.children(recursive=True)
    portal.stop()
    assert psutil.wait_procs(processes, 60)[1] == []
