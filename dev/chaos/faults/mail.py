"""The mail server is down, slow, refuses, or breaks off."""

import asyncio
from collections.abc import AsyncIterator

from dev.chaos.faults.fault import POSTGRES, SQLITE, Fault, Target, fault
from dev.chaos.mail_server import MailFault

_BOTH = (POSTGRES, SQLITE)


@fault("e-mails wait", on=_BOTH, staff_can_read=True)
async def mail_server_down(target: Target) -> AsyncIterator[None]:
    """The mail server is stopped."""
    await asyncio.to_thread(target.cluster.mail.stop)
    yield
    await asyncio.to_thread(target.cluster.mail.start)


def _fault(kind: MailFault, description: str, promise: str) -> Fault:
    async def cause(target: Target) -> AsyncIterator[None]:
        target.cluster.mail.fault = kind
        yield
        target.cluster.mail.fault = MailFault.NONE

    cause.__name__, cause.__doc__ = f"mail_{kind}", description
    return fault(promise, on=_BOTH, staff_can_read=True)(cause)


mail_later = _fault(MailFault.LATER, "The mail server answers 451.", "e-mails are sent later, once")
mail_refused = _fault(
    MailFault.REFUSED, "The mail server answers 554.", "deliveries fail and say why"
)
mail_slow = _fault(MailFault.SLOW, "Each message takes 2 s.", "nothing else waits")
mail_dropped_after = _fault(
    MailFault.DROPPED_AFTER,
    "The mail server keeps the message and breaks off before it answers.",
    "sent once; the delivery says that it is in doubt",
)
mail_dropped_before = _fault(
    MailFault.DROPPED_BEFORE,
    "The mail server breaks off and drops the message.",
    "the delivery says that it is in doubt",
)
