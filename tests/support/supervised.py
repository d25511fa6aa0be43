"""A small application under the supervisor: `python -m tests.support.supervised FOLDER PORT`.

A file in FOLDER says what is wrong with processes that start: they are `broken`, `hung`, `deaf`, or
take very long to drain (`calm`). They answer with the text of the file `version`, as it was when
they started.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import uvicorn
from starlette.types import Receive, Scope, Send

from cli.supervisor import Supervisor
from core.logging import configure_logging
from web.http.draining import drain_at_sigterm

END_WITHIN: Final = 4.0
"""Seconds."""


class _Faulty:
    """Its faults are those that the folder named when its process started."""

    def __init__(self, folder: Path) -> None:
        self._faults = {each for each in ("broken", "hung", "deaf") if (folder / each).exists()}
        self._version = (folder / "version").read_bytes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        body = b"%d %b" % (os.getpid(), self._version)
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        if "broken" in self._faults:
            await send({"type": "lifespan.startup.failed", "message": "It is broken."})
            return
        if "hung" in self._faults:
            await asyncio.Event().wait()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        if "deaf" in self._faults:
            await asyncio.Event().wait()
        await send({"type": "lifespan.shutdown.complete"})


def app() -> _Faulty:
    """Return the application of one process."""
    configure_logging(as_json=True)
    folder = Path(os.environ["FOLDER"])
    drain_at_sigterm(300 if (folder / "calm").exists() else 0, is_alone=False)
    return _Faulty(folder)


def main(folder: str, port: str) -> int:
    """Serve until a signal ends it."""
    os.environ["FOLDER"] = folder
    configure_logging(as_json=True)
    config = uvicorn.Config(
        "tests.support.supervised:app",
        factory=True,
        port=int(port),
        workers=2,
        log_config=None,
        timeout_graceful_shutdown=1,
        timeout_worker_healthcheck=2,
    )
    return Supervisor(
        config, [config.bind_socket()], end_within=END_WITHIN, start_within=END_WITHIN
    ).run()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
