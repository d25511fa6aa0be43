"""Carrying queued e-mails: by each serving process always, and at once for who waits for it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from contextvars import Context
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec

from structlog import get_logger

from core.tasks import end
from errors import Busy
from integrations.mail.errors import (
    DeliveryDeferred,
    DeliveryFailed,
    DeliveryUnconfirmed,
    MailServerUnreachable,
)
from integrations.mail.file_transport import FileTransport
from integrations.mail.mime import compose
from integrations.mail.smtp import SmtpTransport
from integrations.mail.transports import MailConnection, Transport
from models import DeliveryState, EmailDelivery
from pdf.worker_pool import Workers
from services.email import delivery_queue
from services.email.delivery_queue import Claim, Overtaken, Queued
from services.email.email_content import DeliveryCancelled, email_content_of
from settings import Settings

OUTBOX: Final = Path("outbox")
"""Where e-mails are written when there is no mail server, in the working directory."""
LOOK_EVERY: Final = 2.0
"""Seconds between looks at the queue; what was queued in this process is carried at once."""
_RENEW_EVERY: Final = delivery_queue.LEASE.total_seconds() / 3
_PATIENCE: Final = 20.0
"""Seconds that somebody waits for one e-mail, before it goes on behind his back."""
_LONGEST_REST: Final = 60.0
"""Seconds for which an unreachable mail server is left alone, at most."""
_LAST_WORDS: Final = 10.0
"""Seconds that closing waits for the e-mails that are being carried."""
_AT_ONCE: Final = 4
"""E-mails that are carried at once for those who wait."""
_FAULT: Final = "A fault of the portal's; its log says more."
_BUSY: Final = "Too many PDFs were being made at that time."
_NOT_COMPOSED: Final = (
    "The e-mail could not be put together. Check names and addresses of customer and company."
)

log = get_logger(__name__)
P = ParamSpec("P")


def make_transport(settings: Settings) -> Transport:
    """Return the mail server that is set, or the folder that stands in for one."""
    if settings.smtp_url is None:
        return FileTransport(OUTBOX)
    return SmtpTransport(settings.smtp_url, settings.host_name)


class DeliveryWorker:
    """Carries deliveries: one after the other off the queue, and some at once for who waits."""

    def __init__(self, settings: Settings, transport: Transport, pdf: Workers) -> None:
        self._settings = settings
        self._transport = transport
        self._pdf = pdf
        self._has_work = asyncio.Event()
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._carrying: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None
        self._giving_up: asyncio.Task[None] | None = None
        self._closing = False

    def open(self) -> None:
        """Start to look at the queue."""
        self._looking = asyncio.create_task(self._look_regularly())
        self._giving_up = asyncio.create_task(self._give_up_regularly())

    async def close(self) -> None:
        """Stop. What was handed over is waited for, not for ever; the rest stays in the queue."""
        self._closing = True
        self._has_work.set()
        if self._giving_up:
            await end([self._giving_up])
        tasks = {*self._carrying, *([self._looking] if self._looking else [])}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_LAST_WORDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def wake(self) -> None:
        """Say that something was queued."""
        self._has_work.set()

    async def deliver(self, queued: Queued) -> EmailDelivery:
        """Try a delivery that the caller holds, and return it as it is then.

        Waits 20 seconds at most. It goes on behind that, and if the caller goes away.
        """
        if queued.claim is not None:
            # In a context of its own: it may go on longer than the request.
            task = asyncio.create_task(self._carry_apart(queued.claim), context=Context())
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
            await asyncio.wait({task}, timeout=_PATIENCE)
        return await EmailDelivery.get(id=queued.delivery.id)

    async def drain(self) -> AsyncGenerator[Claim, None]:
        """Try everything that is due, one after the other, and yield each lease.

        Raises MailServerUnreachable.
        """
        async with self._transport.connection() as connection:
            while not self._closing and (claim := await delivery_queue.claim_next()):
                async with _alive(claim):
                    await self._attempt(connection, claim)
                yield claim

    async def _carry_apart(self, claim: Claim) -> None:
        async with _alive(claim):
            try:
                await asyncio.wait_for(self._turn.acquire(), _PATIENCE)
            except TimeoutError:
                await delivery_queue.give_back(claim)
                return
            try:
                async with self._transport.connection() as connection:
                    with suppress(MailServerUnreachable):
                        await self._attempt(connection, claim)
            finally:
                self._turn.release()

    async def _look_regularly(self) -> None:
        rest = LOOK_EVERY
        while not self._closing:
            self._has_work.clear()
            try:
                async with aclosing(self.drain()) as claims:
                    async for _ in claims:
                        pass
                rest = LOOK_EVERY
            except MailServerUnreachable as failure:
                rest = min(2 * rest, _LONGEST_REST)
                log.warning("dispatch.unreachable", answer=failure.detail, rest=rest)
            except Exception:  # the database is away: look again later
                log.warning("dispatch.look_failed", exc_info=True)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._has_work.wait(), rest)

    async def _give_up_regularly(self) -> None:
        """Have fail what others have left, however long the queue is that is being worked off."""
        while True:
            try:
                await delivery_queue.fail_abandoned()
            except Exception:  # the database is away
                log.warning("dispatch.look_failed", exc_info=True)
            await asyncio.sleep(LOOK_EVERY)

    async def _attempt(self, connection: MailConnection, claim: Claim) -> None:
        """Try one delivery and record the outcome. Raises MailServerUnreachable after that."""
        try:
            message = await self._compose(claim)
            answer = await connection.send(message, partial(delivery_queue.hand_over, claim))
        except Overtaken:
            return
        except DeliveryCancelled as refusal:
            await _insist(delivery_queue.finish, claim, refusal.status, refusal.detail)
        except DeliveryDeferred as failure:
            await _insist(delivery_queue.postpone, claim, failure.detail)
            if isinstance(failure, MailServerUnreachable):
                raise
        except DeliveryFailed as failure:
            await _insist(delivery_queue.finish, claim, DeliveryState.FAILED, _explain(failure))
        except Exception:
            log.exception("dispatch.fault", delivery=str(claim.delivery_id))
            await _insist(delivery_queue.postpone, claim, _FAULT)
        else:
            await _insist(delivery_queue.finish, claim, DeliveryState.SENT, answer)

    async def _compose(self, claim: Claim) -> EmailMessage:
        """Return the message for a delivery. Raises NotToBeSent, also if it can't be put together.

        That would be the same at each try. While too many wait for their PDF, raises NotNow.
        """
        try:
            letter = await email_content_of(claim.delivery_id, self._settings, self._pdf)
        except Busy as refusal:
            raise DeliveryDeferred(_BUSY) from refusal
        try:
            return compose(letter, self._settings.mail_from, datetime.now(UTC))
        except Exception as fault:
            log.exception("dispatch.not_composed", delivery=str(claim.delivery_id))
            raise DeliveryCancelled(DeliveryState.FAILED, _NOT_COMPOSED) from fault


def _explain(failure: DeliveryFailed) -> str:
    if isinstance(failure, DeliveryUnconfirmed):
        return (
            f"The mail server took the e-mail and did not answer ({failure.detail})."
            " It may have arrived. Send it again if it has not."
        )
    return failure.detail


async def _insist(note: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs) -> None:
    """Note what became of a delivery, also when the database is away for a moment.

    Nobody else knows it.
    """
    for pause in (0.1, 0.5, 2.0, 5.0):
        try:
            return await note(*args, **kwargs)
        except Exception:
            log.warning("dispatch.not_noted", exc_info=True)
            await asyncio.sleep(pause)
    return await note(*args, **kwargs)


@asynccontextmanager
async def _alive(claim: Claim) -> AsyncGenerator[None, None]:
    """Keep the claim for as long as this lasts."""
    renewing = asyncio.create_task(_renew_regularly(claim))
    try:
        yield
    finally:
        renewing.cancel()


async def _renew_regularly(claim: Claim) -> None:
    while True:
        await asyncio.sleep(_RENEW_EVERY)
        with suppress(Exception):  # it is tried again before the lease ends
            await delivery_queue.renew(claim)
