"""One write for a response: its head goes out together with what follows at once."""

import asyncio
from typing import Final

_LENGTH: Final = b"\r\ncontent-length: "


class JoinedWrites:
    """The transport of one response, which holds its head back.

    So a head and its body take one system call and one packet. A head that says how long its body
    is waits for it; any other, such as a stream's, only until the event loop goes on.
    """

    __slots__ = ("_has_body", "_held", "_loop", "_transport")

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, *, has_body: bool
    ) -> None:
        """Write to `transport`; `has_body` is False for a response to HEAD."""
        self._transport = transport
        self._loop = loop
        self._has_body = has_body
        self._held: bytes | None = None
        """None before the first part, and empty once it is written."""

    def write(self, part: bytes) -> None:
        """Hold the first part back, write the second one with it, and the others at once."""
        if self._held is None:
            self._held = part
            if not self._has_body or _LENGTH not in part:
                self._loop.call_soon(self._flush)
            return
        self._held, held = b"", self._held
        self._transport.write(held + part)

    def close(self) -> None:
        """Write what is held back, and close the connection."""
        self._flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether the connection is closed or about to be."""
        return self._transport.is_closing()

    def _flush(self) -> None:
        held, self._held = self._held, b""
        if held and not self._transport.is_closing():
            self._transport.write(held)
