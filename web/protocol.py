"""HTTP/1.1 as uvicorn speaks it, with a bound on what stands before a request's body."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 64 * 1024
"""Bytes of a request line with its headers. Without a bound a worker would read on for ever."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Refuses a request whose head does not end."""

    _in_head = True
    _head_size = 0

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._in_head, self._head_size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take in what has arrived, unless it is too much."""
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self.send_400_response("The request's head is too large.")
                return
        super().data_received(data)
