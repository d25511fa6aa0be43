"""uvicorn's HTTP/1.1 protocol, with a limit on the length of a request's head."""

from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 64 * 1024
"""Bytes of the request line and headers. Without a limit, a worker would read on for ever."""
_CHUNK_FRAME: Final = 6
"""The most bytes of framing for each byte of a chunked body."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Rejects requests with too many bytes outside the body: in the head or the trailers."""

    _overhead = 0

    def on_message_begin(self) -> None:
        """Reset the count."""
        self._overhead = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Leave the body and its framing out of the count."""
        self._overhead -= len(body) * _CHUNK_FRAME
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Handle received bytes, and reject the request once there are too many."""
        super().data_received(data)
        self._overhead += len(data)
        if self._overhead > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")
