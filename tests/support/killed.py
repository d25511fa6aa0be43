"""Processes that are killed at a chosen line."""

import asyncio
import os
import signal

from tests.conftest import Backend
from tests.support.forked import ForkedProcess, script

_BEGIN = """
import asyncio, os, signal, sys
from db.migrations import open_migrated

def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""
_RUN = """
async def _run():
    async with open_migrated(sys.argv[1], everywhere=True):
        await main(*sys.argv[2:])

asyncio.run(_run())
"""
_TIMEOUT = 60
"""Seconds."""


async def killed(backend: Backend, code: str, *arguments: str) -> None:
    """Run a script in a process of its own, which must call `die()`.

    Its `main` gets the arguments, with the database open.
    """
    arguments = (f"{_BEGIN}{code}{_RUN}", backend.database_url, *arguments)
    process = ForkedProcess(script, arguments, os.environ)
    try:
        assert await asyncio.to_thread(process.wait, _TIMEOUT) == -signal.SIGKILL
    finally:
        process.send_signal(signal.SIGKILL)
