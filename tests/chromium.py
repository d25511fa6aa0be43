"""A headless Chromium, driven over its DevTools protocol."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")
_OPTIONS: Final = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0")


class Tab:
    """One page, and what its scripts complain about."""

    def __init__(self, socket: ClientConnection) -> None:
        self.faults: list[str] = []
        self._socket = socket
        self._ids = count(1)

    async def call(self, method: str, **params: object) -> Any:
        """Return what the browser answers; TimeoutError if it does not."""
        id_ = next(self._ids)
        await self._socket.send(json.dumps({"id": id_, "method": method, "params": params}))
        async with asyncio.timeout(20):
            while True:
                message = json.loads(await self._socket.recv())
                if message.get("id") == id_:
                    return message["result"]
                self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") == "Runtime.exceptionThrown":
            self.faults.append(str(message["params"]["exceptionDetails"]))
        elif message.get("method") == "Log.entryAdded":
            entry = message["params"]["entry"]
            if entry["source"] == "security":
                self.faults.append(entry["text"])

    async def js(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = await self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, expression: str, patience: float = 15.0) -> None:
        """Wait until a JavaScript expression holds; TimeoutError if it never does."""
        async with asyncio.timeout(patience):
            ready = f"document.readyState === 'complete' && !!({expression})"
            while not await self.js(ready):  # noqa: ASYNC110  # none tells us
                await asyncio.sleep(0.05)

    async def open(self, url: str) -> None:
        """Open a page, and wait until it is there."""
        await self.call("Page.navigate", url=url)
        await self.until(f"location.href === {json.dumps(url)}")


@asynccontextmanager
async def tab() -> AsyncIterator[Tab]:
    """Yield a page of a new browser, which has no cookies."""
    assert CHROMIUM
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            CHROMIUM,
            *_OPTIONS,
            f"--user-data-dir={folder}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            address = await _address(await _port(Path(folder)))
            async with connect(address, max_size=None) as socket:
                found = Tab(socket)
                for domain in ("Page", "Runtime", "Log"):
                    await found.call(f"{domain}.enable")
                yield found
        finally:
            process.terminate()
            await process.wait()


async def _port(folder: Path) -> int:
    """Return the port on which the browser listens, which it writes down once it does."""
    note = folder / "DevToolsActivePort"
    async with asyncio.timeout(30):
        while not note.exists() or "\n" not in note.read_text():  # noqa: ASYNC110  # none tells us
            await asyncio.sleep(0.05)
    return int(note.read_text().splitlines()[0])


async def _address(port: int) -> str:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        targets = (await client.get("/json")).json()
    [address] = [page["webSocketDebuggerUrl"] for page in targets if page["type"] == "page"]
    return str(address)
