"""The command `python -m dev.stripe_sandbox`."""

import subprocess
import sys
import time
from typing import Any

import httpx

from tests.support import servers


def test_the_command_serves_a_sandbox() -> None:
    port = servers.free_port()
    arguments = ["--port", str(port), "--key", "sk_test_alone", "--account", "acct_1=Acme"]
    process = subprocess.Popen([sys.executable, "-m", "dev.stripe_sandbox", *arguments])
    try:
        accounts = _wait_for(f"http://127.0.0.1:{port}/v1/accounts", "sk_test_alone")
    finally:
        process.terminate()
        process.wait(60)
    [account] = accounts["data"]
    assert (account["id"], account["business_profile"]["name"]) == ("acct_1", "Acme")
    assert account["charges_enabled"] is True


def _wait_for(url: str, key: str) -> dict[str, Any]:
    """Return the JSON at `url`, within a minute."""
    deadline = time.monotonic() + 60
    while True:
        try:
            response = httpx.get(url, auth=(key, ""))
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            body: dict[str, Any] = response.json()
            return body
