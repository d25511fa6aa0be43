"""A fake renderer for workers: a document's notes are the command to run.

Many workers start with it, so it imports little.
"""

import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from pdf.documents import PdfDocument

RENDERER = "tests.pdf.fakes:render"


def render(document: PdfDocument) -> bytes:
    """Run the command in the notes and return its result; by default the process id."""
    command, *arguments = (document.notes or "identify").split(" ", 1)
    result: bytes = globals()[f"_{command}"](*arguments)
    return result


def _identify() -> bytes:
    return str(os.getpid()).encode()


def _echo(text: str) -> bytes:
    return text.encode()


def _inflate(size: str) -> bytes:
    return bytes(int(size))


def _wait(gate: str) -> bytes:
    """Write this process's id next to the gate, then wait until the gate exists."""
    # Renamed, so that tests never see a half-written file.
    unfinished = Path(f"{gate}.{os.getpid()}")
    unfinished.write_bytes(_identify())
    unfinished.rename(f"{gate}.begun")
    while not Path(gate).exists():
        time.sleep(0.01)
    return _identify()


def _spin(gate: str) -> bytes:
    """Write this process's id next to the gate, then spin forever."""
    Path(f"{gate}.begun").write_bytes(_identify())
    while True:
        pass


def _fail() -> bytes:
    raise ValueError("no such glyph")


def _die() -> bytes:
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def _die_once(mark: str) -> bytes:
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return _identify()
    return _die()


def _chatter() -> bytes:
    sys.stdout.write("a notice")
    sys.stdout.flush()
    os.write(1, b"another")
    return b"%PDF"


def _environment() -> bytes:
    return " ".join(sorted(os.environ)).encode()


def _use_borb() -> bytes:
    """Write many PDFs with borb and return the addresses that it connected to."""
    from unittest.mock import patch  # noqa: PLC0415

    from borb.pdf import PDF, Page, Paragraph, SingleColumnLayout  # noqa: PLC0415
    from borb.pdf import Document as BorbDocument  # noqa: PLC0415

    connected: list[Any] = []

    class NoSocket(socket.socket):
        def connect(self, address: Any) -> None:
            connected.append(address)
            raise OSError

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with patch.object(socket, "socket", NoSocket):
        for _ in range(130):  # more than borb queues, and enough for two of its notices
            document, page = BorbDocument(), Page()
            document.append_page(page)
            SingleColumnLayout(page).append_layout_element(Paragraph("x"))
            with contextlib.suppress(OSError):
                PDF.write(what=document, where_to="/dev/null")
        time.sleep(0.5)  # enough for a background thread to connect
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert handlers == after == [signal.SIG_IGN, signal.SIG_DFL], after
    assert "borb" in sys.modules
    return repr(connected).encode()
