"""Browsers other than Chromium: Firefox and WebKitGTK, driven by the protocols that they speak.

Firefox speaks WebDriver BiDi itself, and Debian has a WebDriver for WebKitGTK, so neither needs a
download.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.support.servers import free_port, listens

_PATIENCE: Final = 60.0
"""Seconds within which a browser must start or answer, which takes long on a busy machine."""
_HEIGHT: Final = 900
_SCREEN: Final = f"1280x{_HEIGHT}x24"
_PREFERENCES: Final = {
    "app.update.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
_ADDRESS: Final = re.compile(r"BiDi listening on (ws://\S+)")
_MINI_BROWSER: Final = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
_SOFTWARE: Final = {"LIBGL_ALWAYS_SOFTWARE": "1", "NO_AT_BRIDGE": "1"}
_X_SERVER: Final = shutil.which("Xvfb")
_FIREFOX: Final = shutil.which("firefox-esr") or shutil.which("firefox")
_WEBKIT_DRIVER: Final = shutil.which("WebKitWebDriver")

T = TypeVar("T")


class Tab(Protocol):
    """A tab of a browser."""

    async def goto(self, url: str) -> None:
        """Open a page, and wait until it is loaded."""

    async def run(self, expression: str) -> Any:
        """Return the value of an expression in JavaScript, as JSON."""

    async def resize(self, width: int) -> None:
        """Give the page a width in pixels, up to 1280."""

    async def screenshot(self) -> str:
        """Return what is visible, as a PNG in base64."""


async def shows(tab: Tab, text: str) -> None:
    """Wait until the page shows a text. Raises TimeoutError with what it shows instead."""
    shown = ""
    try:
        async with asyncio.timeout(_PATIENCE):
            while text not in shown:
                with suppress(RuntimeError):  # of a page that is being left
                    shown = await tab.run("document.body?.innerText ?? ''")
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise TimeoutError(f"No {text!r} in: {shown}") from None


@asynccontextmanager
async def _process(
    *command: str, environment: Mapping[str, str], log: Path, pass_fds: Sequence[int] = ()
) -> AsyncIterator[None]:
    """Run a program that writes what it says to a file."""
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command, env=os.environ | environment, pass_fds=pass_fds, stdout=file, stderr=file
        )
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _eventually(value: Callable[[], T | None]) -> T:
    """Return the value as soon as there is one."""
    async with asyncio.timeout(_PATIENCE):
        while (found := value()) is None:  # noqa: ASYNC110  # nobody tells us
            await asyncio.sleep(0.05)
    return found


# --- Firefox --------------------------------------------------------------------------------------


class _Firefox:
    """A tab, over https://w3c.github.io/webdriver-bidi/."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._last = 0
        self._context = ""

    async def start(self) -> None:
        """Take the window that is open."""
        await self._send("session.new", capabilities={})
        tree = await self._send("browsingContext.getTree")
        self._context = tree["contexts"][0]["context"]

    async def goto(self, url: str) -> None:
        await self._send(
            "browsingContext.navigate", context=self._context, url=url, wait="complete"
        )

    async def run(self, expression: str) -> Any:
        answer = await self._send(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._context},
            awaitPromise=True,
        )
        return json.loads(answer["result"].get("value", "null"))

    async def resize(self, width: int) -> None:
        viewport = {"width": width, "height": _HEIGHT}
        await self._send("browsingContext.setViewport", context=self._context, viewport=viewport)

    async def screenshot(self) -> str:
        image = await self._send("browsingContext.captureScreenshot", context=self._context)
        return str(image["data"])

    async def _send(self, method: str, **parameters: object) -> Any:
        self._last += 1
        command = {"id": self._last, "method": method, "params": parameters}
        await self._socket.send(json.dumps(command))
        async with asyncio.timeout(_PATIENCE):
            while (answer := json.loads(await self._socket.recv())).get("id") != self._last:
                pass
        if answer["type"] == "error":
            raise RuntimeError(answer["message"])
        return answer["result"]


@asynccontextmanager
async def firefox(folder: Path) -> AsyncIterator[Tab]:
    """Yield a tab of Firefox, which keeps its files in `folder`."""
    assert _FIREFOX
    preferences = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in _PREFERENCES.items()
    ]
    await asyncio.to_thread((folder / "user.js").write_text, "\n".join(preferences))
    options = ("--headless", "--no-remote", "--profile", str(folder))
    log = folder / "log"
    async with _process(
        *(_FIREFOX, *options, "--remote-debugging-port", "0"),
        environment={"HOME": str(folder)},
        log=log,
    ):
        found = await _eventually(lambda: _ADDRESS.search(log.read_text()))
        async with connect(f"{found[1]}/session", max_size=None) as socket:
            tab = _Firefox(socket)
            await tab.start()
            yield tab


# --- WebKitGTK ------------------------------------------------------------------------------------


class _WebKit:
    """A tab, over https://www.w3.org/TR/webdriver2/."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._session = ""

    async def start(self) -> None:
        """Open a window without bars, which would make it wider than a phone."""
        options = {"binary": _MINI_BROWSER, "args": ["--automation", "--full-screen"]}
        capabilities = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        session = await self._send("POST", "/session", capabilities=capabilities)
        self._session = f"/session/{session['sessionId']}"

    async def stop(self) -> None:
        """Close the window."""
        await self._send("DELETE", self._session)

    async def goto(self, url: str) -> None:
        await self._send("POST", f"{self._session}/url", url=url)

    async def run(self, expression: str) -> Any:
        script = f"return {expression}"
        return await self._send("POST", f"{self._session}/execute/sync", script=script, args=[])

    async def resize(self, width: int) -> None:
        await self._send("POST", f"{self._session}/window/rect", width=width, height=_HEIGHT)

    async def screenshot(self) -> str:
        return str(await self._send("GET", f"{self._session}/screenshot"))

    async def _send(self, method: str, path: str, **body: object) -> Any:
        response = await self._http.request(method, path, json=body or None)
        value = response.json()["value"]
        if response.is_error:
            raise RuntimeError(value["message"])
        return value


@asynccontextmanager
async def webkit(folder: Path) -> AsyncIterator[Tab]:
    """Yield a tab of WebKitGTK on a screen of its own, with logs in `folder`."""
    assert _WEBKIT_DRIVER
    assert _X_SERVER
    port = free_port()
    async with (
        _screen(folder) as display,
        _process(
            *(_WEBKIT_DRIVER, f"--port={port}"),
            environment={"DISPLAY": display, "GDK_BACKEND": "x11", **_SOFTWARE},
            log=folder / "log",
        ),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE) as http,
    ):
        await _eventually(lambda: listens(port) or None)
        tab = _WebKit(http)
        await tab.start()
        yield tab
        await tab.stop()


@asynccontextmanager
async def _screen(folder: Path) -> AsyncIterator[str]:
    """Yield the name of a display."""
    assert _X_SERVER
    read, write = os.pipe()
    async with _process(
        *(_X_SERVER, "-displayfd", str(write), "-screen", "0", _SCREEN, "-nolisten", "tcp"),
        environment={},
        log=folder / "screen.log",
        pass_fds=(write,),
    ):
        os.close(write)
        with open(read) as numbers:  # noqa: ASYNC230, PTH123  # a pipe
            async with asyncio.timeout(_PATIENCE):
                number = await asyncio.to_thread(numbers.readline)
            yield f":{number.strip()}"


@dataclass(frozen=True, slots=True)
class Engine:
    """A browser, and what it takes to run it."""

    open: Callable[[Path], AbstractAsyncContextManager[Tab]]
    needs: Sequence[str | None]
    """The programs, None for one that isn't installed."""
    packages: str
    """The packages of Debian that have them."""

    @property
    def is_installed(self) -> bool:
        """Whether it can run here."""
        return all(program and Path(program).exists() for program in self.needs)


ENGINES: Final = {
    "firefox": Engine(firefox, [_FIREFOX], "firefox-esr"),
    "webkit": Engine(
        webkit, [_WEBKIT_DRIVER, _MINI_BROWSER, _X_SERVER], "webkit2gtk-driver and xvfb"
    ),
}
