"""uvicorn's HTTP/1.1 protocol, with a limit on the length of a request's head, and one Host."""

import re
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD: Final = 64 * 1024
"""Bytes of the request line and headers. Without a limit, a worker would read on for ever."""
_CHUNK_FRAME: Final = 6
"""The most bytes of framing for each byte of a chunked body."""
_HOST: Final = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")
"""A host and a port of RFC 3986."""


class InvalidHost(Exception):
    """The request doesn't have exactly one valid Host header."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """Rejects requests with too many bytes outside the body: in the head or the trailers.

    Also rejects those without exactly one valid Host, as RFC 9112 3.2 demands: servers that take
    different ones could be led to treat one request as two different ones.
    """

    _overhead = 0

    def on_message_begin(self) -> None:
        """Reset the count."""
        self._overhead = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Check the Host. Raises InvalidHost, which the parser turns into a response of 400."""
        hosts = [value for name, value in self.headers if name == b"host"]
        is_old = self.parser.get_http_version() == "1.0"
        if len(hosts) > 1 or not (hosts or is_old) or not all(map(_HOST.fullmatch, hosts)):
            raise InvalidHost
        super().on_headers_complete()

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
