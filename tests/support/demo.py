"""A running demo and its output."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.servers import free_port, wait_until

_READY = "Read the invoice"


@dataclass
class Demo:
    """A running demo and its output."""

    url: str
    printed: str

    @property
    def links(self) -> list[str]:
        """The HTTP URLs in the output, each once, in order."""
        return list(dict.fromkeys(re.findall(r"http://[^\s']+", self.printed)))

    def find(self, pattern: str) -> str:
        """Return what the group in `pattern` matches in the output."""
        match = re.search(pattern, self.printed)
        assert match
        return match.group(1)

    def gql(self, query: str, **variables: object) -> Any:
        """Return the data of an operation sent with the printed key."""
        key = self.find(r"(inv_key_\S+)\n")
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {key}"},
        ).json()
        assert "errors" not in answer
        return answer["data"]


def command(port: int) -> list[str]:
    """Return the command that starts a demo on a port."""
    return [sys.executable, "-m", "cli", "demo", "--port", str(port)]


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a demo, with settings that it must ignore."""
    # A database and a Redis that don't exist: the demo must not use them.
    elsewhere = {"DATABASE_URL": "postgres://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    return {"PATH": os.environ["PATH"], **elsewhere, **more}


@contextmanager
def running_demo(folder: Path, **settings: str) -> Iterator[Demo]:
    """Run a demo in a folder, and stop it at the end."""
    port, out = free_port(), folder / "out"
    with out.open("w") as file:
        process = subprocess.Popen(
            command(port),
            cwd=folder,
            env=environment(**settings),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or _READY in out.read_text(), "demo", seconds=60
        )
        yield Demo(f"http://127.0.0.1:{port}", out.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
