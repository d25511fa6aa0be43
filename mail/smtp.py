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

from mail.carrier import HandOver, Session
from mail.failures import MailFailed, NotNow, Refused, Unanswered, Unreachable

_COMMAND_TIMEOUT: Final = 60.0
"""Seconds for connecting and for each command."""
_DATA_TIMEOUT: Final = 600.0
"""Seconds for the answer to a message: RFC 5321 4.5.3.2.6, or one that was taken is doubled."""
_CLOSING: Final = 421
"""The server hangs up, whatever it was asked for (RFC 5321 3.8)."""
_PERMANENT: Final = 500


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
            await self._client.mail(sender)
            await self._client.rcpt(recipient)
            return message.as_bytes(policy=SMTP)
        await self._client.mail(sender, options=["SMTPUTF8", "BODY=8BITMIME"], encoding="utf-8")
        await self._client.rcpt(recipient, encoding="utf-8")
        return message.as_bytes(policy=SMTPUTF8)

    async def _data(self, content: bytes) -> str:
        try:
            answer = await self._client.data(content, timeout=_DATA_TIMEOUT)
        except aiosmtplib.SMTPResponseException as fault:
            raise await self._undelivered(fault) from fault
        except (aiosmtplib.SMTPException, OSError) as fault:
            self._client.close()
            raise Unanswered(_describe(fault)) from fault
        return f"{answer.code} {answer.message}"

    async def _undelivered(self, fault: Exception) -> MailFailed:
        """Return how a delivery has failed that certainly was none; ready the session for more."""
        await self._reset()
        detail = _describe(fault)
        if not isinstance(fault, aiosmtplib.SMTPResponseException) or fault.code == _CLOSING:
            self._client.close()
            return Unreachable(detail)
        return Refused(detail) if fault.code >= _PERMANENT else NotNow(detail)

    async def _reset(self) -> None:
        if self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.rset()


def _address_in(header: AddressHeader) -> str:
    [address] = header.addresses
    return str(address.addr_spec)


def _describe(fault: Exception) -> str:
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return f"{fault.code} {fault.message}"
    return str(fault) or type(fault).__name__
