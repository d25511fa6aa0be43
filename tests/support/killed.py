"""Processes that are killed at a chosen line."""

import asyncio
import signal
import sys

from tests.conftest import Backend

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


async def killed(backend: Backend, script: str, *arguments: str) -> None:
    """Run a script in a process of its own, which must call `die()`.

    Its `main` gets the arguments, with the database open.
    """
    code = f"{_BEGIN}{script}{_RUN}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code, backend.database_url, *arguments)
    )
    async with asyncio.timeout(60):
        assert await process.wait() == -signal.SIGKILL
