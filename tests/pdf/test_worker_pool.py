"""The worker pool: bounded, and each document's failure stays its own."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from errors import Busy
from pdf import worker_pool
from pdf.documents import DocumentKind, Party, PdfDocument
from pdf.worker_pool import RenderingFailed, WorkerPool
from tests.pdf.fakes import RENDERER
from tests.support.clients import eventually
from tests.support.servers import wait_until

PLAIN: Final = PdfDocument(
    kind=DocumentKind.INVOICE,
    number="7",
    status="ISSUED",
    version=datetime(2026, 11, 30, tzinfo=UTC),
    language="en",
    currency="EUR",
    business=Party("Acme Ltd"),
    customer=Party("Ada Lovelace"),
    total=100,
    accent_color="#1d4ed8",
)


def with_command(notes: str) -> PdfDocument:
    """Return a document with a command for the fake renderer."""
    return replace(PLAIN, notes=notes)


@asynccontextmanager
async def open_pool(
    count: int, *, queue: int = 32, seconds: float = 30, renderer: str = RENDERER
) -> AsyncIterator[WorkerPool]:
    """Yield a pool that runs the fake renderer."""
    async with asyncio.timeout(60):
        pool = WorkerPool(count, queue=queue, seconds=seconds, renderer=renderer)
        try:
            yield pool
        finally:
            await pool.close()


async def process_of(pool: WorkerPool) -> int:
    """Render a document and return the id of its process."""
    return int(await pool.render(PLAIN))


def is_alive(process_id: int) -> bool:
    """Whether a process is running; a zombie is not."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def process_at(gate: Path) -> int:
    """Wait until a process is at a gate and return its id."""
    begun = Path(f"{gate}.begun")
    wait_until(lambda: begun.exists() and begun.stat().st_size > 0, "a worker at the gate")
    return int(begun.read_text(encoding="ascii"))


async def wait_for_process_at(gate: Path) -> int:
    """Do the same without blocking the event loop."""
    return await asyncio.to_thread(process_at, gate)


async def wait_for_end(process_id: int) -> None:
    """Wait until a process has ended."""

    async def has_ended() -> bool:
        return not is_alive(process_id)

    await eventually(has_ended)


# --- rendering ------------------------------------------------------------------------------------


async def test_documents_are_rendered_in_a_process_that_is_reused() -> None:
    async with open_pool(1) as pool:
        first = await process_of(pool)
        assert first != os.getpid()
        assert await process_of(pool) == first
        assert await pool.render(with_command("echo żółć")) == "żółć".encode()


async def test_all_workers_render_at_the_same_time(tmp_path: Path) -> None:
    gates = [tmp_path / "a", tmp_path / "b"]
    async with open_pool(2) as pool:
        jobs = [asyncio.create_task(pool.render(with_command(f"wait {gate}"))) for gate in gates]
        assert len({await wait_for_process_at(gate) for gate in gates}) == 2
        for gate in gates:
            gate.touch()
        await asyncio.gather(*jobs)


async def test_one_client_leaves_places_in_the_queue_to_others(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with open_pool(1, queue=4) as pool:
        jobs = [asyncio.create_task(pool.render(with_command(f"wait {gate}"), client="one"))]
        await wait_for_process_at(gate)
        waiting = [pool.render(with_command("echo x"), client="one") for _ in range(3)]
        jobs.extend(map(asyncio.create_task, waiting))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await pool.render(with_command("echo x"), client="one")
        jobs.append(asyncio.create_task(pool.render(with_command("echo x"), client="other")))
        gate.touch()
        await asyncio.gather(*jobs)
        assert await pool.render(with_command("echo x"), client="one") == b"x"


async def test_waiting_too_long_is_refused() -> None:
    async with open_pool(1, seconds=0.1) as pool:
        await pool._slots.acquire()
        with pytest.raises(Busy):
            await pool.render(with_command("echo x"))
        pool._slots.release()


async def test_large_documents_and_large_files_pass() -> None:
    async with open_pool(1) as pool:
        assert len(await pool.render(with_command("inflate 5000000"))) == 5_000_000
        assert len(await pool.render(with_command(f"echo {'x' * 5_000_000}"))) == 5_000_000


async def test_library_output_is_not_part_of_the_response() -> None:
    async with open_pool(1) as pool:
        assert await pool.render(with_command("chatter")) == b"%PDF"


async def test_workers_get_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgres://app:hunter2@db/app")
    async with open_pool(1) as pool:
        names = (await pool.render(with_command("environment"))).decode().split()
    assert "PATH" in names
    assert {"SECRET_KEY", "DATABASE_URL"}.isdisjoint(names)


async def test_warming_does_not_wait_for_workers() -> None:
    async with open_pool(2) as pool:
        pool.warm()
        starting = [slot for slot in pool._idle if slot]
        assert len(starting) == 2
        assert not any(slot.done() for slot in starting)
        await asyncio.gather(*starting)
        assert await process_of(pool) in [slot.result().process_id for slot in starting]


async def test_a_worker_is_replaced_after_some_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "_MAX_DOCUMENTS", 2)
    async with open_pool(1) as pool:
        first = await process_of(pool)
        assert await process_of(pool) == first
        assert await process_of(pool) != first
        await wait_for_end(first)


# --- the queue ------------------------------------------------------------------------------------


async def test_a_full_queue_says_when_to_retry(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with open_pool(1, queue=1) as pool:
        running = asyncio.create_task(pool.render(with_command(f"wait {gate}")))
        await wait_for_process_at(gate)
        waiting = asyncio.create_task(pool.render(PLAIN))
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refusal:
            await pool.render(PLAIN)
        assert refusal.value.status == 503
        assert refusal.value.extensions == {"code": "UNAVAILABLE", "retryAfter": 2}
        gate.touch()
        assert await running == await waiting


async def test_client_disconnect_frees_its_queue_slot(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with open_pool(1, queue=1) as pool:
        running = asyncio.create_task(pool.render(with_command(f"wait {gate}")))
        await wait_for_process_at(gate)
        for _ in range(3):
            waiting = asyncio.create_task(pool.render(PLAIN))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        last = asyncio.create_task(pool.render(PLAIN))
        await asyncio.sleep(0)
        gate.touch()
        assert await running == await last


async def test_client_disconnect_does_not_end_the_worker(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with open_pool(1) as pool:
        running = asyncio.create_task(pool.render(with_command(f"wait {gate}")))
        process_id = await wait_for_process_at(gate)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        following = asyncio.create_task(process_of(pool))
        gate.touch()
        assert await following == process_id


# --- failures -------------------------------------------------------------------------------------


async def test_a_slow_document_fails_alone(tmp_path: Path) -> None:
    async with open_pool(2, seconds=0.5) as pool:
        others = await asyncio.gather(process_of(pool), process_of(pool))
        slow = asyncio.create_task(pool.render(with_command(f"spin {tmp_path / 'never'}")))
        process_id = await wait_for_process_at(tmp_path / "never")
        assert await process_of(pool) in {*others} - {process_id}
        with pytest.raises(RenderingFailed, match=r"longer than 0\.5 seconds"):
            await slow
        await wait_for_end(process_id)
        assert await process_of(pool) != process_id


async def test_an_error_is_reported_and_the_worker_reused() -> None:
    async with open_pool(1) as pool:
        process_id = await process_of(pool)
        with pytest.raises(RenderingFailed, match="ValueError: no such glyph"):
            await pool.render(with_command("fail"))
        assert await process_of(pool) == process_id


async def test_a_document_whose_worker_dies_is_retried_once(tmp_path: Path) -> None:
    async with open_pool(1) as pool:
        process_id = await process_of(pool)
        again = await pool.render(with_command(f"die_once {tmp_path / 'mark'}"))
        assert int(again) != process_id
        assert await process_of(pool) == int(again)


@pytest.mark.parametrize("is_warm", [False, True])
async def test_a_document_that_kills_workers_does_not_affect_others(is_warm: bool) -> None:
    async with open_pool(2) as pool:
        if is_warm:
            pool.warm()
        outcomes = await asyncio.gather(
            *(pool.render(with_command(notes)) for notes in ("die", "echo a", "die", "echo b")),
            return_exceptions=True,
        )
        assert outcomes[1::2] == [b"a", b"b"]
        for failure in outcomes[::2]:
            assert isinstance(failure, RenderingFailed)
            assert "Two workers have died of INVOICE '7'" in str(failure)
        assert len(pool._idle) == 2


async def test_workers_killed_while_idle_are_replaced() -> None:
    async with open_pool(2) as pool:
        await asyncio.gather(process_of(pool), process_of(pool))
        process_ids = [slot.result().process_id for slot in pool._idle if slot]
        for process_id in process_ids:
            os.kill(process_id, signal.SIGKILL)
        assert await process_of(pool) not in process_ids
        assert await process_of(pool) not in process_ids


async def test_rendering_fails_if_workers_cannot_start() -> None:
    async with open_pool(1, renderer="tests.pdf.nowhere:render") as pool:
        pool.warm()
        for _ in range(2):
            with pytest.raises(RenderingFailed, match="No module named"):
                await pool.render(PLAIN)


# --- shutdown ------------------------------------------------------------------------------------


async def test_closing_kills_all_workers(tmp_path: Path) -> None:
    async with open_pool(2) as pool:
        idle = await process_of(pool)
        running = asyncio.create_task(pool.render(with_command(f"spin {tmp_path / 'never'}")))
        busy = await wait_for_process_at(tmp_path / "never")
        await pool.close()
        assert [is_alive(process_id) for process_id in (idle, busy)] == [False, False]
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_workers_ignore_interrupts() -> None:
    async with open_pool(1) as pool:
        process_id = await process_of(pool)
        os.kill(process_id, signal.SIGINT)
        assert await process_of(pool) == process_id
        assert os.getpgid(process_id) == process_id  # so Ctrl-C in a terminal does not reach it


_SERVER: Final = """
import asyncio, sys
from tests.pdf.test_worker_pool import open_pool, with_command
async def main():
    async with open_pool(3) as pool:
        pool.warm()
        for slot in list(pool._idle):
            print((await slot).process_id, flush=True)
        await asyncio.gather(*(pool.render(with_command(f"{what} {sys.argv[1]}/{what}"))
                               for what in ("spin", "wait")))
asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_their_server_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-c", _SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        process_ids = [int(server.stdout.readline()) for _ in range(3)]
        assert {process_at(tmp_path / "spin"), process_at(tmp_path / "wait")} < {*process_ids}
        server.send_signal(how)
        wait_until(lambda: not any(map(is_alive, process_ids)), "the workers' end")


# --- borb -----------------------------------------------------------------------------------------


async def test_borb_opens_no_connections_and_handles_no_signals() -> None:
    async with open_pool(1) as pool:
        assert await pool.render(with_command("use_borb")) == b"[]"


_PARENT: Final = """
import asyncio, sys
import app, cli.serving
from tests.pdf.test_worker_pool import open_pool, process_of
async def main():
    async with open_pool(1) as pool:
        await process_of(pool)
asyncio.run(main())
print({"borb", "fontTools", "pdf.rendering", "stripe", "uharfbuzz"} & {*sys.modules})
"""


def test_the_server_imports_neither_fonts_nor_stripe_before_it_needs_them() -> None:
    command = [sys.executable, "-c", _PARENT]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert completed.stdout == "set()\n"


_RENDERER: Final = """
import sys
import einvoices.writing, pdf.worker
pdf.worker._load("pdf.rendering:render")
print({"asyncpg", "db", "models", "prometheus_client", "pydantic", "tortoise"} & {*sys.modules})
"""


def test_a_worker_imports_no_database() -> None:
    command = [sys.executable, "-c", _RENDERER]
    completed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert completed.stdout == "set()\n"
