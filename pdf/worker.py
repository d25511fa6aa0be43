"""A worker process: receives documents from a socket and responds with PDFs.

`pdf/worker_pool.py` runs it as `python -m pdf.worker pdf.rendering:render 5`. Documents are
pickled. Responses are not, so the server never unpickles anything from a worker.
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

from pdf.documents import PdfDocument

DOCUMENT_HEADER: Final = struct.Struct(">I")
"""A document's length in bytes."""
RESPONSE_HEADER: Final = struct.Struct(">BI")
"""A response's kind, and its length in bytes."""
_NICENESS: Final = 10
"""If cores are scarce, the server's queries come before PDFs."""
_OOM_SCORE: Final = "500"
"""If memory runs out, the kernel kills a worker rather than the server (proc(5))."""


class ResponseKind(IntEnum):
    """The content of a response."""

    READY = 0
    PDF = 1
    TRACEBACK = 2


def main(renderer: str, descriptor: int) -> None:
    """Render documents one after the other until the server closes the socket.

    `renderer` names the function as `module:name`. The module's function `warm`, if any, runs
    first. `descriptor` is the socket's.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides when to stop
    os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")
    server = socket.socket(fileno=descriptor)
    documents = SimpleQueue[bytes]()
    Thread(target=_receive, args=(server, documents), daemon=True).start()
    try:
        render = _load(renderer)
    except Exception:  # noqa: BLE001  # reported to the server
        _respond(server, ResponseKind.TRACEBACK, _traceback())
        os._exit(1)
    _respond(server, ResponseKind.READY)
    while True:
        document = pickle.loads(documents.get())  # noqa: S301  # from the server that started this
        try:
            content = render(document)
        except Exception:  # noqa: BLE001  # reported to the server
            _respond(server, ResponseKind.TRACEBACK, _traceback())
        else:
            _respond(server, ResponseKind.PDF, content)


def _receive(server: socket.socket, documents: SimpleQueue[bytes]) -> None:
    """Read documents, also while one is rendered, and exit when the server is gone.

    However the server ends, the system closes its socket.
    """
    with suppress(OSError), server.makefile("rb") as stream:
        while len(length := stream.read(DOCUMENT_HEADER.size)) == DOCUMENT_HEADER.size:
            documents.put(stream.read(*DOCUMENT_HEADER.unpack(length)))
    os._exit(0)


def _load(renderer: str) -> Callable[[PdfDocument], bytes]:
    from borb.pdf import UsageStatistics  # noqa: PLC0415  # in worker processes only

    # borb's own reader and writer, which we don't use, would send statistics to its makers and
    # replace the handlers of SIGINT and SIGTERM.
    UsageStatistics.opt_out()
    module_name, _, name = renderer.partition(":")
    module = import_module(module_name)
    getattr(module, "warm", lambda: None)()
    render: Callable[[PdfDocument], bytes] = getattr(module, name)
    return render


def _respond(server: socket.socket, kind: ResponseKind, content: bytes = b"") -> None:
    with suppress(OSError):  # the server is gone
        server.sendall(RESPONSE_HEADER.pack(kind, len(content)) + content)


def _traceback() -> bytes:
    return traceback.format_exc().encode(errors="replace")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
