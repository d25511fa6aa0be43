"""Clients and tools from npm: urql, Apollo Client, graphql-ws, graphql-sse, GraphQL Tools, Relay.

Each function that a `test-*.js` file exports is a test. All of them run in one process of Node.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support import node
from tests.support.clients import create_business

_FOLDER: Final = Path(__file__).parent
_ROOT: Final = _FOLDER.parents[1]
_SECONDS: Final = 100.0
"""Within which all clients must be done."""


def _checks() -> Iterator[str]:
    """Yield the file and the name of each check."""
    for file in sorted(_FOLDER.glob("test-*.js")):
        source = file.read_text(encoding="utf-8")
        for name in re.findall(r"^export async function (\w+)", source, re.MULTILINE):
            yield f"{file.name} {name}"


CHECKS: Final = list(_checks())


@pytest.fixture(scope="module")
async def outcomes(http: httpx.AsyncClient) -> dict[str, str | None]:
    """Run all checks, and return the error of each, or None."""
    folder = await asyncio.to_thread(node.install, _FOLDER, "clients-on-node")
    if folder is None:
        pytest.skip(node.NO_NODE)
    business = await create_business(http)
    process = await asyncio.create_subprocess_exec(
        "node",
        "run.js",
        *sorted({check.partition(" ")[0] for check in CHECKS}),
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "URL": str(http.base_url).rstrip("/"),
            "KEY": business.secret or "",
            "SCHEMA": str(_ROOT / "schema" / "schema.graphql"),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), _SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    errors: dict[str, str | None] = json.loads(printed)
    return errors


@pytest.mark.parametrize("check", CHECKS)
async def test_client(outcomes: dict[str, str | None], check: str) -> None:
    if error := outcomes[check]:
        pytest.fail(error, pytrace=False)
