"""A real mail server that keeps messages, and responds as a test chooses."""

import asyncio
import email
import logging
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.servers import free_port

# The server logs each command from its own thread, into whichever test reads the log at the time.
logging.getLogger("mail.log").setLevel(logging.WARNING)

HANG_UP: Final = "hang up"
"""In place of a response: the connection is closed."""


@dataclass
class Mailbox:
    """The received messages, and the next responses in order, by address."""

    port: int
    arrived: defaultdict[str, list[EmailMessage]] = field(default_factory=lambda: defaultdict(list))
    on_recipient: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    on_data: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    delay: float = 0.0
    """Seconds to wait before each response to a message."""

    _controller: Controller | None = None

    def start(self) -> None:
        """Start serving, on the same port each time."""
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, enable_SMTPUTF8=True, ready_timeout=10
        )
        self._controller.start()

    def stop(self) -> None:
        """Stop serving and close all connections."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def url(self) -> str:
        """The URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def only(self, address: str) -> EmailMessage:
        """Return the only message that an address has received."""
        [message] = self.arrived[address]
        return message

    # --- what aiosmtpd calls ------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Give the next response, or accept the recipient."""
        del session, options
        if self.on_recipient[address]:
            return _respond(server, self.on_recipient[address].popleft())
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Give the next response, or keep the message."""
        del session
        await asyncio.sleep(self.delay)
        [address] = envelope.rcpt_tos
        if self.on_data[address]:
            return _respond(server, self.on_data[address].popleft())
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content, policy=default)
        self.arrived[address].append(message)
        return "250 Kept"


def _respond(server: SMTP, response: str) -> str:
    if response == HANG_UP:
        assert server.transport is not None
        server.transport.close()
    return response


def text_of(message: EmailMessage) -> str:
    """Return the text part."""
    return _part(message, "plain")


def html_of(message: EmailMessage) -> str:
    """Return the HTML part."""
    return _part(message, "html")


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text.replace("\r\n", "\n")


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Yield a running mail server."""
    box = Mailbox(free_port())
    box.start()
    try:
        yield box
    finally:
        box.stop()
