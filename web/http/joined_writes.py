"""One write for a response: its head goes out together with what follows at once."""

import asyncio


class JoinedWrites:
    """The transport of one response, which holds its head back until the event loop goes on.

    So a head and its body take one system call and one packet, and a stream's head never waits.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._held: bytes | None = None

    def write(self, part: bytes) -> None:
        """Hold the first part back; write a second one with it."""
        if self._held is None:
            self._held = part
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
        held, self._held = self._held, None
        if held and not self._transport.is_closing():
            self._transport.write(held)
