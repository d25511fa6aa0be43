"""A mail server with faults."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.mailbox import Mailbox


class MailFault(StrEnum):
    """How the mail server answers a message."""

    NONE = "none"
    LATER = "later"
    REFUSED = "refused"
    SLOW = "slow"
    DROPPED_AFTER = "dropped_after"
    """The message is kept, and the connection breaks before the answer."""
    DROPPED_BEFORE = "dropped_before"
    """The message is not kept, and the connection breaks."""


@dataclass
class FaultyMailbox(Mailbox):
    """A mailbox that answers each message as `fault` says."""

    fault: MailFault = MailFault.NONE

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Answer as `fault` says."""
        match self.fault:
            case MailFault.LATER:
                return "451 Try again later"
            case MailFault.REFUSED:
                return "554 Refused"
            case MailFault.SLOW:
                await asyncio.sleep(2)
            case MailFault.DROPPED_BEFORE:
                return _hang_up(server)
        answer = await super().handle_DATA(server, session, envelope)
        return _hang_up(server) if self.fault is MailFault.DROPPED_AFTER else answer


def _hang_up(server: SMTP) -> str:
    if server.transport is not None:
        server.transport.close()
    return "421 Closing"
