"""The Stripe sandbox as a process of its own, and its control API."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.servers import listens, wait_until

ACCOUNT: Final = "acct_chaos"
KEY: Final = "sk_test_of_chaos"
SECRET: Final = "whsec_of_chaos"


@dataclass
class StripeProcess:
    """A sandbox that keeps its payments in a file."""

    folder: Path
    port: int
    webhook_port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a portal that uses it."""
        return {
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_API_BASE": self.url,
        }

    def start(self) -> None:
        """Start it, and wait until it listens."""
        webhooks = f"http://127.0.0.1:{self.webhook_port}/webhooks/stripe"
        command = [sys.executable, "-m", "dev.stripe_sandbox", "--port", str(self.port)]
        command += ["--key", KEY, "--account", ACCOUNT, "--webhook-url", webhooks]
        command += ["--webhook-secret", SECRET, "--state-file", str(self.folder / "stripe.json")]
        self.process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"]}, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: listens(self.port), "the sandbox")

    def stop(self) -> None:
        """Stop it. It saves its payments."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def freeze(self) -> None:
        """Freeze it: it neither responds nor closes connections."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Unfreeze it."""
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)

    async def control(
        self, path: str, method: str = "POST", body: Mapping[str, object] | None = None
    ) -> Any:
        """Return the answer of the control API. Raises httpx.HTTPError."""
        async with httpx.AsyncClient(base_url=self.url, timeout=10, trust_env=False) as http:
            answer = await http.request(method, f"/sandbox/{path}", json=body)
            answer.raise_for_status()
            return answer.json()

    async def arm(self, kind: str, seconds: float | None = None) -> None:
        """Let all calls fail until `clear`, after `seconds` where the kind says so."""
        pattern = {"path": "/v1/*", "kind": kind, "times": 100_000, "seconds": seconds}
        await self.control("faults", body=pattern)

    async def clear(self) -> None:
        """Let all calls succeed, and deliver all further events once and in order."""
        await self.control("faults", "DELETE")
        await self.control("webhooks", body={"mode": "normal"})

    async def paid(self) -> dict[str, int]:
        """Return the amount of each paid session, by its id."""
        sessions = await self.control("sessions", "GET")
        return {
            session["id"]: session["amount_total"]
            for session in sessions
            if session["payment_status"] == "paid"
        }

    async def wait_for_webhooks(self, seconds: float) -> None:
        """Wait until no event is left to deliver, for `seconds` at most."""
        for _ in range(int(seconds * 4)):
            deliveries = await self.control("deliveries", "GET")
            if not any(each["state"] == "pending" for each in deliveries):
                return
            await asyncio.sleep(0.25)
