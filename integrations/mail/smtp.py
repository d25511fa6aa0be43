"""Sending messages over SMTP (RFC 5321)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from core.hosts import is_loopback
from integrations.mail.errors import (
    DeliveryDeferred,
    DeliveryFailed,
    DeliveryRejected,
    DeliveryUnconfirmed,
    MailServerUnreachable,
)
from integrations.mail.transports import BeforeDelivery

_COMMAND_TIMEOUT: Final = 60.0
"""Seconds for connecting and for each command."""
_DATA_TIMEOUT: Final = 600.0
"""Seconds to wait for the response to a message (RFC 5321 4.5.3.2.6). Giving up on an accepted
message would mean sending it twice."""
_SERVICE_CLOSING: Final = 421
"""The server closes the connection, whatever the command was (RFC 5321 3.8)."""
_ADDRESS_HEADERS: Final = ("From", "To", "Cc", "Reply-To")
_TEMPORARY: Final = 400
_PERMANENT: Final = 500
_AUTHENTICATION_REQUIRED: Final = frozenset({530, 534, 535, 538})
"""Replies that demand a password or TLS (RFC 4954 6, RFC 3207 4)."""
_NO_UTF8: Final = (
    "The mail server can't send to addresses with letters like é or ü (it doesn't offer SMTPUTF8)."
)
_MAX_HANG_UPS: Final = 3
"""E-mails in a row on which a server may hang up before it counts as unreachable."""


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """The mail server at `smtp://user:password@host:port`; with `smtps`, TLS from the first byte.

    `name` is the host name sent to the server. With `smtp`, TLS is used if the server offers it,
    and a password is only sent to another machine over TLS.
    """

    url: str
    name: str

    @property
    def address(self) -> str:
        """The server's host and port."""
        client = self._client()
        return f"{client.hostname}:{client.port or client._get_default_port()}"

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator["SmtpConnection", None]:
        """Yield a connection, and end it with QUIT."""
        connection = SmtpConnection(self._client())
        try:
            yield connection
        finally:
            await connection.quit()

    def _client(self) -> aiosmtplib.SMTP:
        url = urlsplit(self.url)
        host = url.hostname or "localhost"
        must_encrypt = bool(url.password) and not is_loopback(host)
        return aiosmtplib.SMTP(
            hostname=host,
            port=url.port,
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            local_hostname=self.name,
            timeout=_COMMAND_TIMEOUT,
            use_tls=url.scheme == "smtps",
            start_tls=False if url.scheme == "smtps" else (must_encrypt or None),
            # If TLS is optional, an unverified certificate is still better than no TLS.
            validate_certs=must_encrypt or url.scheme == "smtps",
        )


class SmtpConnection:
    """A connection that is made when first needed, and again after it was lost."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._hang_ups = 0

    async def send(
        self, message: EmailMessage, recipient: str, before_delivery: BeforeDelivery
    ) -> str:
        """Deliver `message` to `recipient`."""
        await self.connect()
        try:
            content = await self._envelope(message, recipient)
        except (aiosmtplib.SMTPException, OSError) as fault:
            raise await self._undelivered(fault) from fault
        try:
            await before_delivery()
        except BaseException:
            await self._reset()
            raise
        return await self._data(content)

    async def quit(self) -> None:
        """Send QUIT, if there is a connection."""
        if self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit(timeout=1)
        self._client.close()

    async def connect(self) -> None:
        """Connect, encrypt and log in, unless it is connected. Raises MailServerUnreachable."""
        if self._client.is_connected:
            return
        try:
            await self._client.connect()
            await self._client._ehlo_or_helo_if_needed()
        except (aiosmtplib.SMTPException, OSError) as fault:
            self._client.close()
            raise MailServerUnreachable(describe(fault)) from fault

    async def _envelope(self, message: EmailMessage, recipient: str) -> bytes:
        """Announce sender and recipient, and return the message in a form the server accepts."""
        [sender] = _addresses_in(message["From"])
        international = [
            name for name in _ADDRESS_HEADERS if not "".join(_addresses_in(message[name])).isascii()
        ]
        if (international or not recipient.isascii()) and self._takes_utf8():
            await self._client.mail(sender, options=["SMTPUTF8", "BODY=8BITMIME"], encoding="utf-8")
            await self._client.rcpt(recipient, encoding="utf-8")
            return message.as_bytes(policy=SMTPUTF8)
        if not recipient.isascii():
            raise DeliveryRejected(_NO_UTF8)
        for name in international:
            del message[name]  # better than no e-mail at all
        await self._announce(sender)
        await self._client.rcpt(recipient)
        return message.as_bytes(policy=SMTP)

    def _takes_utf8(self) -> bool:
        """Whether the server says that it takes addresses that aren't ASCII (RFC 6531 3.1)."""
        return self._client.supports_extension("smtputf8")

    async def _announce(self, sender: str) -> None:
        """Announce the sender. Raises MailServerUnreachable if the server rejects it for good."""
        try:
            await self._client.mail(sender)
        except aiosmtplib.SMTPSenderRefused as refusal:
            if refusal.code < _PERMANENT:
                raise
            await self._reset()
            raise MailServerUnreachable(describe(refusal)) from refusal

    async def _data(self, content: bytes) -> str:
        try:
            answer = await self._client.data(content, timeout=_DATA_TIMEOUT)
        except aiosmtplib.SMTPResponseException as fault:
            if fault.code >= _TEMPORARY:
                raise await self._undelivered(fault) from fault
            # Neither acceptance nor rejection as defined in RFC 5321 4.2.1.
            self._client.close()
            raise DeliveryUnconfirmed(describe(fault)) from fault
        except (aiosmtplib.SMTPException, OSError) as fault:
            self._client.close()
            raise DeliveryUnconfirmed(describe(fault)) from fault
        self._hang_ups = 0
        return _printable(f"{answer.code} {answer.message}")

    async def _undelivered(self, fault: Exception) -> DeliveryFailed:
        """Return the error for an undelivered e-mail, and ready the connection for the next one."""
        detail = describe(fault)
        answered = isinstance(fault, aiosmtplib.SMTPResponseException)
        code = fault.code if isinstance(fault, aiosmtplib.SMTPResponseException) else 0
        if not answered or code < _TEMPORARY or code == _SERVICE_CLOSING:
            return self._hung_up(detail)
        self._hang_ups = 0
        await self._reset()
        if code in _AUTHENTICATION_REQUIRED:
            return MailServerUnreachable(detail)
        return DeliveryRejected(detail) if code >= _PERMANENT else DeliveryDeferred(detail)

    def _hung_up(self, detail: str) -> DeliveryFailed:
        """Return the error for a lost connection: unreachable after several in a row."""
        self._client.close()
        self._hang_ups += 1
        return (
            MailServerUnreachable(detail)
            if self._hang_ups >= _MAX_HANG_UPS
            else DeliveryDeferred(detail)
        )

    async def _reset(self) -> None:
        if self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.rset()


def _addresses_in(header: AddressHeader | None) -> list[str]:
    return [str(address.addr_spec) for address in header.addresses] if header else []


def describe(fault: BaseException) -> str:
    """Return the server's response, or what happened."""
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return _printable(f"{fault.code} {fault.message}")
    return _printable(str(fault)) or type(fault).__name__


def _printable(answer: str) -> str:
    """Return a server's response, which may hold any bytes, as text that any database stores."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in answer)
