"""Carrying messages over SMTP (RFC 5321)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from integrations.mail.errors import MailFailed, NotNow, Refused, Unanswered, Unreachable
from integrations.mail.transports import HandOver, Session

_COMMAND_TIMEOUT: Final = 60.0
"""Seconds for connecting and for each command."""
_DATA_TIMEOUT: Final = 600.0
"""Seconds for the answer to a message: RFC 5321 4.5.3.2.6, or one that was taken is doubled."""
_CLOSING: Final = 421
"""The server hangs up, whatever it was asked for (RFC 5321 3.8)."""
_TEMPORARY: Final = 400
_PERMANENT: Final = 500
_LETS_NOBODY_IN: Final = frozenset({530, 534, 535, 538})
"""Refusals for want of a password or of TLS (RFC 4954 6, RFC 3207 4)."""
_MAX_HANG_UPS: Final = 3
"""Mails in a row on which a server may hang up before it is taken to be away."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server behind `smtp://user:password@host:port`; with `smtps`, TLS from the first byte.

    `name` is what we call ourselves. With `smtp`, TLS is begun where the server offers it, and a
    password goes to another machine over TLS only.
    """

    url: str
    name: str

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session, None]:
        """Yield a session; it is ended with QUIT."""
        session = SmtpSession(self._client())
        try:
            yield session
        finally:
            await session.quit()

    def _client(self) -> aiosmtplib.SMTP:
        url = urlsplit(self.url)
        host = url.hostname or "localhost"
        must_encrypt = bool(url.password) and not _is_loopback(host)
        return aiosmtplib.SMTP(
            hostname=host,
            port=url.port,
            username=unquote(url.username) if url.username else None,
            password=unquote(url.password) if url.password else None,
            local_hostname=self.name,
            timeout=_COMMAND_TIMEOUT,
            use_tls=url.scheme == "smtps",
            start_tls=False if url.scheme == "smtps" else (must_encrypt or None),
            # Where TLS is taken only because it is offered, the alternative is none at all.
            validate_certs=must_encrypt or url.scheme == "smtps",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpSession:
    """One connection, made when it is needed and made again when it was lost."""

    def __init__(self, client: aiosmtplib.SMTP) -> None:
        self._client = client
        self._hang_ups = 0

    async def carry(self, message: EmailMessage, hand_over: HandOver) -> str:
        """Deliver `message` to whom it is addressed to."""
        await self._connect()
        try:
            content = await self._envelope(message)
        except (aiosmtplib.SMTPException, OSError) as fault:
            raise await self._undelivered(fault) from fault
        try:
            await hand_over()
        except BaseException:
            await self._reset()
            raise
        return await self._data(content)

    async def quit(self) -> None:
        """End the session politely, if there is one."""
        if self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit(timeout=1)
        self._client.close()

    async def _connect(self) -> None:
        if self._client.is_connected:
            return
        try:
            await self._client.connect()
        except (aiosmtplib.SMTPException, OSError) as fault:
            self._client.close()
            raise Unreachable(_describe(fault)) from fault

    async def _envelope(self, message: EmailMessage) -> bytes:
        """Announce sender and recipient, and return the message as this server can take it."""
        sender, recipient = _address_in(message["From"]), _address_in(message["To"])
        reply_to = _address_in(message["Reply-To"]) if message["Reply-To"] else ""
        if f"{sender}{recipient}{reply_to}".isascii():
            await self._announce(sender)
            await self._client.rcpt(recipient)
            return message.as_bytes(policy=SMTP)
        await self._client.mail(sender, options=["SMTPUTF8", "BODY=8BITMIME"], encoding="utf-8")
        await self._client.rcpt(recipient, encoding="utf-8")
        return message.as_bytes(policy=SMTPUTF8)

    async def _announce(self, sender: str) -> None:
        """Announce our own address. Raises Unreachable if it is refused: that is about no mail."""
        try:
            await self._client.mail(sender)
        except aiosmtplib.SMTPSenderRefused as refusal:
            if refusal.code < _PERMANENT:
                raise
            await self._reset()
            raise Unreachable(_describe(refusal)) from refusal

    async def _data(self, content: bytes) -> str:
        try:
            answer = await self._client.data(content, timeout=_DATA_TIMEOUT)
        except aiosmtplib.SMTPResponseException as fault:
            if fault.code >= _TEMPORARY:
                raise await self._undelivered(fault) from fault
            # Neither yes nor no, as RFC 5321 4.2.1 has them.
            self._client.close()
            raise Unanswered(_describe(fault)) from fault
        except (aiosmtplib.SMTPException, OSError) as fault:
            self._client.close()
            raise Unanswered(_describe(fault)) from fault
        self._hang_ups = 0
        return _printable(f"{answer.code} {answer.message}")

    async def _undelivered(self, fault: Exception) -> MailFailed:
        """Return how a delivery has failed that certainly was none; ready the session for more."""
        detail = _describe(fault)
        answered = isinstance(fault, aiosmtplib.SMTPResponseException)
        code = fault.code if isinstance(fault, aiosmtplib.SMTPResponseException) else 0
        if not answered or code < _TEMPORARY or code == _CLOSING:
            return self._hung_up(detail)
        self._hang_ups = 0
        await self._reset()
        if code in _LETS_NOBODY_IN:
            return Unreachable(detail)
        return Refused(detail) if code >= _PERMANENT else NotNow(detail)

    def _hung_up(self, detail: str) -> MailFailed:
        """Return what it means that the server hangs up on a mail: on several, it is the server."""
        self._client.close()
        self._hang_ups += 1
        return Unreachable(detail) if self._hang_ups >= _MAX_HANG_UPS else NotNow(detail)

    async def _reset(self) -> None:
        if self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.rset()


def _address_in(header: AddressHeader) -> str:
    [address] = header.addresses
    return str(address.addr_spec)


def _describe(fault: Exception) -> str:
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return _printable(f"{fault.code} {fault.message}")
    return _printable(str(fault)) or type(fault).__name__


def _printable(answer: str) -> str:
    """Return a server's answer, which may hold any bytes, as text that any database takes."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in answer)
