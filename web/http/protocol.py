"""HTTP/1.1 as uvicorn speaks it, with a bound on what stands before a request's body."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 64 * 1024
"""Bytes of a request line with its headers. Without a bound a worker would read on for ever."""


_CHUNK_FRAME: Final = 6
"""Bytes in a chunked body, at most, that frame a byte of it."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a request of which too much is not its body: its head, or what trails behind."""

    _overhead = 0

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._overhead = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Don't count the body, nor what frames it."""
        self._overhead -= len(body) * _CHUNK_FRAME
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived, and refuse it if it was too much."""
        super().data_received(data)
        self._overhead += len(data)
        if self._overhead > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")
