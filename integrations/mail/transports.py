"""Transports: a mail server or, without one, the folder `./outbox/`."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from email.message import EmailMessage
from typing import Protocol

BeforeDelivery = Callable[[], Awaitable[None]]
"""Called once, right before the message may be delivered. If it raises, the message isn't sent."""


class MailConnection(Protocol):
    """A connection to the mail server, opened when first needed."""

    async def send(
        self, message: EmailMessage, recipient: str, before_delivery: BeforeDelivery
    ) -> str:
        """Deliver `message` to `recipient`, whoever its headers name, and return the response.

        Raises DeliveryFailed, and whatever `before_delivery` raises.
        """


class Transport(Protocol):
    """Sends messages, several over one connection."""

    def connection(self) -> AbstractAsyncContextManager[MailConnection]:
        """Return a connection, which is opened with the first message."""
