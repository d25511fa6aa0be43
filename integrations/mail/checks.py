"""What is wrong with the mail server, found by logging in without sending anything."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import Final

from aiosmtplib import SMTPAuthenticationError, SMTPException

from core.checks import Finding, Level
from core.logging import mask
from integrations.mail.errors import MailServerUnreachable
from integrations.mail.smtp import SmtpTransport, describe
from settings import Settings

_TIMEOUT: Final = 10.0
"""Seconds for everything."""


async def check_mail_server(settings: Settings) -> list[Finding]:
    """Connect to the mail server as for sending, and return what fails."""
    if settings.smtp_url is None:
        return []
    transport = SmtpTransport(settings.smtp_url, settings.host_name)
    try:
        async with asyncio.timeout(_TIMEOUT), transport.connection() as connection:
            await connection.connect()
    except TimeoutError:
        message = f"{transport.address} doesn't answer within {_TIMEOUT:g} seconds."
        return [_finding(Level.WARNING, message)]
    except MailServerUnreachable as error:
        return [_find_failure(transport.address, error)]
    return []


def _find_failure(server: str, error: MailServerUnreachable) -> Finding:
    """Return what has failed: an error, unless it may be over soon."""
    faults = list(_causes(error))
    fault, cause = faults[1], faults[-1]
    match cause:
        case ssl.SSLCertVerificationError():
            reason = cause.verify_message.removesuffix(".")
            message = f"The certificate of {server} isn't trusted: {reason}."
        case ssl.SSLError():
            message = (
                f"TLS with {server} fails: {describe(cause)}. With smtps://, TLS begins at once, as"
                " on port 465. With smtp://, it begins after a greeting, as on port 587."
            )
        case SMTPAuthenticationError():
            message = f"{server} refuses the user name or the password: {error.detail}"
        case _ if type(fault) is SMTPException and "STARTTLS extension" in error.detail:
            message = f"{server} doesn't offer TLS, without which the password isn't sent."
        case _ if type(fault) is SMTPException:
            message = f"The portal can't log in at {server}: {error.detail}"
        case _:
            return _finding(Level.WARNING, f"{server} can't be reached: {describe(cause)}")
    return _finding(Level.ERROR, message)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__


def _finding(level: Level, message: str) -> Finding:
    return Finding(level=level, name="SMTP_URL", message=mask(message))
