"""Chromium, driven by Playwright, with windows that collect pages' errors."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
)

from tests.support.clients import BROWSER, new_ip

_NAMES: Final = ("chromium-headless-shell", "chromium", "google-chrome")
"""The shell is the same engine without windows on a screen, which take half of the time."""
_INSTALLED: Final = next(filter(None, map(shutil.which, _NAMES)), None)
_OPTIONS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--js-flags=--no-opt",  # pages are open for a moment, so optimised code doesn't pay off
)
_TIMEOUT: Final = 30_000
"""Milliseconds to wait for an element."""
_LOAD_FAILED: Final = "Failed to load resource"
"""The start of a console message about an error response, which tests provoke."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser | None]:
    """Yield the installed Chromium, or Playwright's own; None if there is neither."""
    async with async_playwright() as playwright:
        path = _INSTALLED or shutil.which(playwright.chromium.executable_path)
        if path is None:
            yield None
            return
        browser = await playwright.chromium.launch(executable_path=path, args=_OPTIONS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Windows:
    """Windows of a browser, each with its own cookies and IP address."""

    browser: Browser
    faults: list[str] = field(default_factory=list)
    """Errors on the pages, and requests to other hosts."""
    contexts: list[BrowserContext] = field(default_factory=list)

    async def open(self, url: str | None = None, **options: Any) -> Page:  # Playwright's
        """Open a window without animations, which would be drawn for as long as it is open.

        `options` are for Playwright's `new_context`.
        """
        usual = {
            "user_agent": BROWSER,
            "extra_http_headers": {"x-forwarded-for": new_ip()},
            "reduced_motion": "reduce",
        }
        context = await self.browser.new_context(**usual | options)
        self.contexts.append(context)
        context.set_default_timeout(_TIMEOUT)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", self._on_console)
        context.on("request", self._on_request)
        page = await context.new_page()
        if url is not None:
            await page.goto(url)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_LOAD_FAILED):
            self.faults.append(message.text)

    def _on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https"} and url.hostname != "127.0.0.1":
            self.faults.append(request.url)

    async def close(self) -> None:
        """Close all windows."""
        for context in self.contexts:
            await context.close()
