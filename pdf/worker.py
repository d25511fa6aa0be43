"""What a worker process does: it takes documents from a socket, and answers with PDFs.

`pdf/worker_pool.py` runs it as `python -m pdf.worker pdf.rendering:render 5`. A document comes
pickled. The answer does not: whatever happens in here, the server reads nothing but bytes.
"""

import os
import pickle
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Final

from pdf.documents import Document

LENGTH: Final = struct.Struct(">I")
"""What goes before a document: how long it is, in bytes."""
HEAD: Final = struct.Struct(">BI")
"""What goes before an answer: its Answer, and how long it is, in bytes."""
_POLITE: Final = 10
"""How much the server goes before when both want a core: queries wait less for others' PDFs."""
_FIRST_TO_GO: Final = "500"
"""Whom the kernel ends when memory runs out: rather this process than the server (proc(5))."""


class Answer(IntEnum):
    """What an answer is."""

    READY = 0
    PDF = 1
    TRACEBACK = 2


def main(renderer: str, descriptor: int) -> None:
    """Render documents, one after the other, for as long as there is somebody who wants them.

    `renderer` names the function, as `module:name`. Its module is warmed first, by its function
    `warm` if there is one. `descriptor` is the socket's.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server says when to stop
    os.nice(_POLITE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
    server = socket.socket(fileno=descriptor)
    documents = SimpleQueue[bytes]()
    Thread(target=_receive, args=(server, documents), daemon=True).start()
    try:
        render = _load(renderer)
    except Exception:  # noqa: BLE001  # told to who asked
        _answer(server, Answer.TRACEBACK, _traceback())
        os._exit(1)
    _answer(server, Answer.READY)
    while True:
        document = pickle.loads(documents.get())  # noqa: S301  # from the server that started this
        try:
            content = render(document)
        except Exception:  # noqa: BLE001  # told to who asked
            _answer(server, Answer.TRACEBACK, _traceback())
        else:
            _answer(server, Answer.PDF, content)


def _receive(server: socket.socket, documents: SimpleQueue[bytes]) -> None:
    """Read what is sent, also while a document is rendered; exit when the server is gone.

    However it ends, its socket is closed then.
    """
    with suppress(OSError), server.makefile("rb") as stream:
        while len(length := stream.read(LENGTH.size)) == LENGTH.size:
            documents.put(stream.read(*LENGTH.unpack(length)))
    os._exit(0)


def _load(renderer: str) -> Callable[[Document], bytes]:
    from borb.pdf import UsageStatistics  # noqa: PLC0415  # in worker processes only

    # Before anything else. The first PDF would send statistics to borb's makers, and replace the
    # handlers of SIGINT and SIGTERM.
    UsageStatistics.opt_out()
    module_name, _, name = renderer.partition(":")
    module = import_module(module_name)
    getattr(module, "warm", lambda: None)()
    render: Callable[[Document], bytes] = getattr(module, name)
    return render


def _answer(server: socket.socket, kind: Answer, content: bytes = b"") -> None:
    with suppress(OSError):  # nobody is left to read it
        server.sendall(HEAD.pack(kind, len(content)) + content)


def _traceback() -> bytes:
    return traceback.format_exc().encode(errors="replace")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
