"""The worker processes: few, bounded, and none of them anybody else's trouble."""

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
from pdf import worker_pool as workers_module
from pdf.documents import Document, DocumentKind, Party
from pdf.worker_pool import RenderingFailed, Workers
from tests.pdf.fakes import RENDERER
from tests.support.clients import eventually
from tests.support.servers import wait_until

PLAIN: Final = Document(
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


def saying(notes: str) -> Document:
    """Return a document that has the fake do something."""
    return replace(PLAIN, notes=notes)


@asynccontextmanager
async def working(
    count: int, *, queue: int = 32, seconds: float = 30, renderer: str = RENDERER
) -> AsyncIterator[Workers]:
    """Yield workers that run the fake."""
    async with asyncio.timeout(60):
        workers = Workers(count, queue=queue, seconds=seconds, renderer=renderer)
        try:
            yield workers
        finally:
            await workers.close()


async def process_of(workers: Workers) -> int:
    """Return the id of the process that renders next."""
    return int(await workers.render(PLAIN))


def is_alive(process_id: int) -> bool:
    """Whether there is such a process, one that has ended and was not waited for aside."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def held(gate: Path) -> int:
    """Return the id of the process that waits at a gate, once there is one."""
    begun = Path(f"{gate}.begun")
    wait_until(begun.exists, "a worker at the gate")
    return int(begun.read_text(encoding="ascii"))


async def at(gate: Path) -> int:
    """Return the same without keeping others waiting."""
    return await asyncio.to_thread(held, gate)


async def ends(process_id: int) -> None:
    """Wait until a process has ended."""

    async def has_ended() -> bool:
        return not is_alive(process_id)

    await eventually(has_ended)


# --- what they do ---------------------------------------------------------------------------------


async def test_documents_are_rendered_in_another_process_that_goes_on() -> None:
    async with working(1) as workers:
        first = await process_of(workers)
        assert first != os.getpid()
        assert await process_of(workers) == first
        assert await workers.render(saying("echo żółć")) == "żółć".encode()


async def test_as_many_are_rendered_at_once_as_there_are_workers(tmp_path: Path) -> None:
    gates = [tmp_path / "a", tmp_path / "b"]
    async with working(2) as workers:
        jobs = [asyncio.create_task(workers.render(saying(f"wait {gate}"))) for gate in gates]
        assert len({await at(gate) for gate in gates}) == 2
        for gate in gates:
            gate.touch()
        await asyncio.gather(*jobs)


async def test_one_visitor_leaves_places_to_others(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with working(1, queue=4) as workers:
        jobs = [asyncio.create_task(workers.render(saying(f"wait {gate}"), client_info="one"))]
        await at(gate)
        waiting = [workers.render(saying("echo x"), client_info="one") for _ in range(3)]
        jobs.extend(map(asyncio.create_task, waiting))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workers.render(saying("echo x"), client_info="one")
        jobs.append(asyncio.create_task(workers.render(saying("echo x"), client_info="other")))
        gate.touch()
        await asyncio.gather(*jobs)
        assert await workers.render(saying("echo x"), client_info="one") == b"x"


async def test_whose_turn_does_not_come_is_told_to_come_back() -> None:
    async with working(1, seconds=0.1) as workers:
        await workers._turn.acquire()
        with pytest.raises(Busy):
            await workers.render(saying("echo x"))
        workers._turn.release()


async def test_large_documents_pass_both_ways() -> None:
    async with working(1) as workers:
        assert len(await workers.render(saying("inflate 5000000"))) == 5_000_000
        assert len(await workers.render(saying(f"echo {'x' * 5_000_000}"))) == 5_000_000


async def test_what_a_library_prints_is_no_part_of_the_answer() -> None:
    async with working(1) as workers:
        assert await workers.render(saying("chatter")) == b"%PDF"


async def test_workers_know_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hunter2")
    monkeypatch.setenv("DATABASE_URL", "postgres://app:hunter2@db/app")
    async with working(1) as workers:
        names = (await workers.render(saying("environment"))).decode().split()
    assert "PATH" in names
    assert {"SECRET_KEY", "DATABASE_URL"}.isdisjoint(names)


async def test_warm_workers_start_without_keeping_anybody_waiting() -> None:
    async with working(2) as workers:
        workers.warm()
        starting = [place for place in workers._free if place]
        assert len(starting) == 2
        assert not any(place.done() for place in starting)
        await asyncio.gather(*starting)
        assert await process_of(workers) in [place.result().process_id for place in starting]


async def test_a_worker_is_replaced_after_some_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers_module, "_RECYCLE_AFTER", 2)
    async with working(1) as workers:
        first = await process_of(workers)
        assert await process_of(workers) == first
        assert await process_of(workers) != first
        await ends(first)


# --- the queue ------------------------------------------------------------------------------------


async def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with working(1, queue=1) as workers:
        running = asyncio.create_task(workers.render(saying(f"wait {gate}")))
        await at(gate)
        waiting = asyncio.create_task(workers.render(PLAIN))
        await asyncio.sleep(0)
        with pytest.raises(Busy) as refusal:
            await workers.render(PLAIN)
        assert refusal.value.status == 503
        assert refusal.value.extensions == {"code": "RATE_LIMITED", "retryAfter": 2}
        gate.touch()
        assert await running == await waiting


async def test_who_goes_away_leaves_the_queue(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with working(1, queue=1) as workers:
        running = asyncio.create_task(workers.render(saying(f"wait {gate}")))
        await at(gate)
        for _ in range(3):
            waiting = asyncio.create_task(workers.render(PLAIN))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        last = asyncio.create_task(workers.render(PLAIN))
        await asyncio.sleep(0)
        gate.touch()
        assert await running == await last


async def test_who_goes_away_ends_no_worker(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with working(1) as workers:
        running = asyncio.create_task(workers.render(saying(f"wait {gate}")))
        process_id = await at(gate)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        following = asyncio.create_task(process_of(workers))
        gate.touch()
        assert await following == process_id


# --- what goes wrong ------------------------------------------------------------------------------


async def test_a_document_that_takes_too_long_fails_alone(tmp_path: Path) -> None:
    async with working(2, seconds=0.5) as workers:
        others = await asyncio.gather(process_of(workers), process_of(workers))
        slow = asyncio.create_task(workers.render(saying(f"spin {tmp_path / 'never'}")))
        process_id = await at(tmp_path / "never")
        assert await process_of(workers) in {*others} - {process_id}
        with pytest.raises(RenderingFailed, match=r"longer than 0\.5 seconds"):
            await slow
        await ends(process_id)
        assert await process_of(workers) != process_id


async def test_a_fault_says_what_it_was_and_leaves_the_worker() -> None:
    async with working(1) as workers:
        process_id = await process_of(workers)
        with pytest.raises(RenderingFailed, match="ValueError: no such glyph"):
            await workers.render(saying("fail"))
        assert await process_of(workers) == process_id


async def test_a_document_whose_worker_dies_is_tried_once_more(tmp_path: Path) -> None:
    async with working(1) as workers:
        process_id = await process_of(workers)
        again = await workers.render(saying(f"die_once {tmp_path / 'mark'}"))
        assert int(again) != process_id
        assert await process_of(workers) == int(again)


@pytest.mark.parametrize("is_warm", [False, True])
async def test_a_document_of_which_workers_die_costs_nobody_else_theirs(is_warm: bool) -> None:
    async with working(2) as workers:
        if is_warm:
            workers.warm()
        outcomes = await asyncio.gather(
            *(workers.render(saying(notes)) for notes in ("die", "echo a", "die", "echo b")),
            return_exceptions=True,
        )
        assert outcomes[1::2] == [b"a", b"b"]
        for failure in outcomes[::2]:
            assert isinstance(failure, RenderingFailed)
            assert "Two workers have died of INVOICE '7'" in str(failure)
        assert len(workers._free) == 2


async def test_workers_that_were_killed_while_idle_are_not_missed() -> None:
    async with working(2) as workers:
        await asyncio.gather(process_of(workers), process_of(workers))
        found = [place.result().process_id for place in workers._free if place]
        for process_id in found:
            os.kill(process_id, signal.SIGKILL)
        assert await process_of(workers) not in found
        assert await process_of(workers) not in found


async def test_workers_that_never_start_fail_what_is_asked_of_them() -> None:
    async with working(1, renderer="tests.pdf.nowhere:render") as workers:
        workers.warm()
        for _ in range(2):
            with pytest.raises(RenderingFailed, match="No module named"):
                await workers.render(PLAIN)


# --- the end --------------------------------------------------------------------------------------


async def test_closing_ends_every_worker_whatever_it_does(tmp_path: Path) -> None:
    async with working(2) as workers:
        idle = await process_of(workers)
        running = asyncio.create_task(workers.render(saying(f"spin {tmp_path / 'never'}")))
        busy = await at(tmp_path / "never")
        await workers.close()
        assert [is_alive(process_id) for process_id in (idle, busy)] == [False, False]
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_workers_leave_it_to_the_server_when_to_stop() -> None:
    async with working(1) as workers:
        process_id = await process_of(workers)
        os.kill(process_id, signal.SIGINT)
        assert await process_of(workers) == process_id
        assert os.getpgid(process_id) == process_id  # so Ctrl-C in a terminal does not reach it


_SERVER: Final = """
import asyncio, sys
from tests.pdf.test_worker_pool import saying, working
async def main():
    async with working(3) as workers:
        workers.warm()
        for place in list(workers._free):
            print((await place).process_id, flush=True)
        await asyncio.gather(*(workers.render(saying(f"{what} {sys.argv[1]}/{what}"))
                               for what in ("spin", "wait")))
asyncio.run(main())
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_a_server_that_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-c", _SERVER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        found = [int(server.stdout.readline()) for _ in range(3)]
        assert {held(tmp_path / "spin"), held(tmp_path / "wait")} < {*found}
        server.send_signal(how)
        wait_until(lambda: not any(map(is_alive, found)), "the workers' end")


# --- borb -----------------------------------------------------------------------------------------


async def test_borb_calls_nobody_and_handles_no_signals() -> None:
    async with working(1) as workers:
        assert await workers.render(saying("use_borb")) == b"[]"


_PARENT: Final = """
import asyncio, sys
import cli
from tests.pdf.test_worker_pool import process_of, working
async def main():
    async with working(1) as workers:
        await process_of(workers)
asyncio.run(main())
print([name for name in ("borb", "pdf.rendering", "fontTools") if name in sys.modules])
"""


def test_the_server_itself_never_imports_borb() -> None:
    command = [sys.executable, "-c", _PARENT]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert found.stdout == "[]\n"
