"""Who carries messages: a mail server, or without one the folder `./outbox/`."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from email.message import EmailMessage
from typing import Protocol

HandOver = Callable[[], Awaitable[None]]
"""Called once, right before the message may be delivered; what it raises stops that."""


class Session(Protocol):
    """A way to the mail server that is open, or opened when it is needed first."""

    async def carry(self, message: EmailMessage, hand_over: HandOver) -> str:
        """Deliver `message` and return the answer. Raises MailFailed, and what `hand_over` does."""


class Carrier(Protocol):
    """Carries messages, several over one session."""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open a session; nothing is connected before the first message."""
