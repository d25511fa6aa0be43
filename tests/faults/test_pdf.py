"""A server that stops while it renders PDFs: it finishes what it can and leaves no process."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.faults.conftest import Template, crowd_client
from tests.pdf.test_worker_pool import wait_for_end, wait_for_process_at
from tests.support import servers
from tests.support.clients import Business
from tests.support.forked import ForkedProcess, script

_TIMEOUT: Final = 20
_NOTHING: Final = Path(os.devnull)
_WITH_FAKES: Final = """
import os, sys
from cli import cli
from pdf import worker_pool
from tests.pdf.fakes import RENDERER

os.setsid()
worker_pool.RENDERER = RENDERER
cli(sys.argv[1:])
"""
"""Serves in a process group of its own, as in a terminal, and with a fake renderer."""


@dataclass
class Server:
    """An `invotify serve` with a fake renderer, and its log."""

    process: ForkedProcess
    port: int
    log: Path

    @property
    def logged(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8")

    def end(self, how: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(how)
        return self.process.wait(_TIMEOUT)


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Yield a running server with two workers, in its own process group as in a terminal."""
    port = servers.free_port()
    settings = {"PATH": os.environ["PATH"], **environment, "PDF_WARM": "true", "PDF_WORKERS": "2"}
    log = tmp_path / "log"
    arguments = [_WITH_FAKES, "serve", "--port", str(port)]
    process = ForkedProcess(script, arguments, settings, (_NOTHING, _NOTHING, log))
    try:
        servers.wait_until(lambda: servers.listens(port), "portal")
        yield Server(process, port, log)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(_TIMEOUT)


async def _shared(server: Server, http: httpx.AsyncClient, api_key: str, gate: Path) -> str:
    """Return the URL of a PDF whose rendering waits until the gate exists."""
    staff = Business(http, api_key)
    token = await staff.share(await staff.make_invoice(notes=f"wait {gate}"))
    return f"http://127.0.0.1:{server.port}/invoice/{token}.pdf"


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Return the path of a file for which rendering waits."""
    return tmp_path / "gate"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_running_renderings_are_finished(
    server: Server, template: Template, gate: Path, how: signal.Signals
) -> None:
    async with crowd_client(f"http://127.0.0.1:{server.port}") as http:
        url = await _shared(server, http, template.api_key, gate)
        request = asyncio.create_task(http.get(url))
        process_id = await wait_for_process_at(gate)
        os.killpg(server.process.pid, how)  # as Ctrl-C does
        await asyncio.to_thread(gate.touch)
        answer = await request
        assert (answer.status_code, answer.content) == (200, str(process_id).encode())
    await asyncio.to_thread(server.process.wait, _TIMEOUT)
    await wait_for_end(process_id)
    assert "Traceback" not in server.logged


async def test_renderings_that_take_too_long_are_cancelled(
    server: Server, template: Template, gate: Path
) -> None:
    async with crowd_client(f"http://127.0.0.1:{server.port}") as http:
        url = await _shared(server, http, template.api_key, gate)
        requests = [asyncio.create_task(http.get(url)) for _ in range(4)]  # two are in the queue
        process_id = await wait_for_process_at(gate)
        await http.get("/healthz")  # all have arrived
        await asyncio.to_thread(server.end, signal.SIGTERM)
        for answer in await asyncio.gather(*requests):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    await wait_for_end(process_id)
    assert "Traceback" not in server.logged


async def test_killed_server_leaves_no_workers(
    server: Server, template: Template, gate: Path
) -> None:
    async with crowd_client(f"http://127.0.0.1:{server.port}") as http:
        url = await _shared(server, http, template.api_key, gate)
        request = asyncio.create_task(http.get(url))
        await wait_for_process_at(gate)
        workers = _children(server.process.pid)
        assert len(workers) == 2
        server.end(signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await request
    for process_id in workers:
        await wait_for_end(process_id)
    assert not servers.listens(server.port)


def test_server_is_ready_before_its_workers(server: Server) -> None:
    answer = httpx.get(f"http://127.0.0.1:{server.port}/healthz", timeout=_TIMEOUT)
    assert answer.status_code == 200
    servers.wait_until(lambda: len(_children(server.process.pid)) == 2, "two workers")
    assert server.end(signal.SIGTERM) == -signal.SIGTERM
    assert "Traceback" not in server.logged


def _children(process_id: int) -> list[int]:
    children = Path(f"/proc/{process_id}/task/{process_id}/children")
    return [int(child) for child in children.read_text(encoding="ascii").split()]
