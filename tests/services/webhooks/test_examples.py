"""The receivers on docs/webhooks.md verify requests, as they stand there."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import pytest
from standardwebhooks import Webhook

from tests.support import node
from tests.support.servers import free_port, listens, wait_until

_ROOT: Final = Path(__file__).parents[3]
_SECRET: Final = "whsec_" + "c2VjcmV0" * 4
_BODY: Final = '{"id": "msg_1", "type": "webhook.test", "data": null}'


def _program(language: str, folder: Path) -> list[str]:
    """Write the page's only program in a language into a folder, and return its command."""
    if language == "python":
        return [sys.executable, "-u", str(folder / "receiver.py")]
    packages = node.install(_ROOT / "tests/clients", "clients-on-node")
    if packages is None:
        pytest.skip(node.NO_NODE)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return ["node", str(folder / "receiver.mjs")]


@contextmanager
def _receiver(language: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the page's receiver. Yields its URL, and the file with what it prints."""
    *command, program = _program(language, folder)
    page = (_ROOT / "docs/webhooks.md").read_text(encoding="utf-8")
    [source] = re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    port, printed = free_port(), folder / "printed"
    Path(program).write_text(source.replace("9000", str(port)), encoding="utf-8")
    with printed.open("w") as out:
        process = subprocess.Popen(
            [*command, program],
            env={"PATH": "/usr/bin:/bin", "WEBHOOK_SECRET": _SECRET},
            stdout=out,
        )
    try:
        wait_until(lambda: listens(port), "receiver")
        yield f"http://127.0.0.1:{port}", printed
    finally:
        process.kill()
        process.wait(20)


@pytest.mark.parametrize("language", ["js", "python"])
def test_a_receiver_accepts_what_is_signed_and_nothing_else(language: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(_SECRET).sign("msg_1", now, _BODY),
    }
    old = headers | {"webhook-timestamp": str(int(now.timestamp()) - 600)}
    with _receiver(language, tmp_path) as (url, printed):
        statuses = [
            httpx.post(url, content=body, headers=each).status_code
            for body, each in [(_BODY, headers), (_BODY + " ", headers), (_BODY, old), ("", {})]
        ]
        assert statuses == [204, 400, 400, 400]
        assert printed.read_text().split()[:2] == ["msg_1", "webhook.test"]
