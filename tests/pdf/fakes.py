"""What workers run in tests instead of the true rendering: a document's notes say what happens."""

import contextlib
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pdf.documents import Document

RENDERER = "tests.pdf.fakes:render"


def render(document: Document) -> bytes:
    """Do what the notes say, and return what came of it; by default this process's id."""
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
    """Write this process's id beside the gate, and wait until the gate is there."""
    # Whole at once, for who waits until the file is there.
    unfinished = Path(f"{gate}.{os.getpid()}")
    unfinished.write_bytes(_identify())
    unfinished.rename(f"{gate}.begun")
    while not Path(gate).exists():
        time.sleep(0.01)
    return _identify()


def _spin(gate: str) -> bytes:
    """Do the same without ever resting."""
    Path(f"{gate}.begun").write_bytes(_identify())
    while True:
        pass


def _fail() -> bytes:
    message = "no such glyph"
    raise ValueError(message)


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
    """Write many real PDFs, and return who would handle signals, and who was called meanwhile."""
    from borb.pdf import PDF, Page, Paragraph, SingleColumnLayout  # noqa: PLC0415
    from borb.pdf import Document as BorbDocument  # noqa: PLC0415

    called: list[Any] = []

    class NoSocket(socket.socket):
        def connect(self, address: Any) -> None:
            called.append(address)
            raise OSError

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with patch.object(socket, "socket", NoSocket):
        for _ in range(130):  # more than borb keeps in its queue, or lets pass without a notice
            paper, page = BorbDocument(), Page()
            paper.append_page(page)
            SingleColumnLayout(page).append_layout_element(Paragraph("x"))
            with contextlib.suppress(OSError):
                PDF.write(what=paper, where_to="/dev/null")
        time.sleep(0.5)  # in which a thread of its own would have called
    after = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert handlers == after == [signal.SIG_IGN, signal.SIG_DFL], after
    assert "borb" in sys.modules
    return repr(called).encode()
