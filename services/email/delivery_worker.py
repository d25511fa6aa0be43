"""Sending queued e-mails: in the background always, and at once when a request waits for one."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, Self

from structlog import get_logger

from core.background import BackgroundTasks, PeriodicTask
from core.telemetry.metrics import SMTP_SECONDS, timed
from core.telemetry.tracing import span
from errors import Busy, Conflict, Text
from integrations.mail.addresses import mailbox
from integrations.mail.contents import EmailContent
from integrations.mail.errors import (
    DeliveryDeferred,
    DeliveryFailed,
    DeliveryUnconfirmed,
    MailServerUnreachable,
)
from integrations.mail.file_transport import FileTransport, NoTransport
from integrations.mail.mime import compose
from integrations.mail.smtp import SmtpTransport
from integrations.mail.transports import MailConnection, Transport
from models import DeliveryState, EmailDelivery
from pdf.worker_pool import WorkerPool
from services.email import delivery_queue
from services.email.delivery_queue import (
    DayIsFull,
    DeliveryCancelled,
    Lease,
    LeaseLost,
    QueuedDelivery,
)
from services.email.email_content import email_content_of
from settings import Settings

OUTBOX: Final = Path("outbox")
"""Where e-mails are written when there is no mail server, in the working directory."""
_POLL_INTERVAL: Final = 2.0
"""Seconds. E-mails that this process has queued are sent at once."""
_RENEW_INTERVAL: Final = delivery_queue.LEASE_TTL.total_seconds() / 3
_WAIT_TIMEOUT: Final = 20.0
"""Seconds for which a request waits for its e-mail. Sending continues in the background."""
_MAX_PAUSE: Final = 60.0
"""Seconds between attempts to reach a mail server that can't be reached, at most."""
_SHUTDOWN_TIMEOUT: Final = 10.0
_MAX_CONCURRENT: Final = 4
"""E-mails that are sent at the same time for requests that wait."""
_INTERNAL_ERROR: Final = "Internal error. See the portal's log."
_BUSY: Final = "Too many PDFs were being rendered at that time."
_NOT_COMPOSED: Final = (
    "The e-mail could not be composed. Check the names and addresses of customer and company."
)

_SMTP_FAILURES: Final = {
    LeaseLost: "cancelled",
    MailServerUnreachable: "unreachable",
    DeliveryDeferred: "deferred",
    DeliveryUnconfirmed: "unconfirmed",
    DeliveryFailed: "rejected",
}
"""The results under which metrics count what mail servers do."""

log = get_logger(__name__)
P = ParamSpec("P")


def make_transport(settings: Settings) -> Transport:
    """Return the configured mail server, or without one a folder that takes its place.

    Not in production, where e-mails wait for a mail server, since nobody would read the folder.
    """
    if settings.smtp_url is None:
        return NoTransport() if settings.is_production else FileTransport(OUTBOX)
    return SmtpTransport(settings.smtp_url, settings.host_name)


class DeliveryWorker:
    """Sends the e-mails of the queue one after the other, and others at once for requests."""

    def __init__(
        self, settings: Settings, transport: Transport, pdf: WorkerPool, *, polls: bool = True
    ) -> None:
        """With `polls`, work through the queue. Otherwise send only what requests wait for."""
        self._settings = settings
        self._polls = polls
        self._transport = transport
        self._pdf = pdf
        self._slots = asyncio.Semaphore(_MAX_CONCURRENT)
        self._pause = _POLL_INTERVAL
        self._queue = PeriodicTask(
            "send e-mails",
            self._run_queue,
            interval=_POLL_INTERVAL,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
        )
        self._requested = BackgroundTasks("send e-mails", shutdown_timeout=_SHUTDOWN_TIMEOUT)
        # A task of its own, because the queue may be long.
        self._cleaner = PeriodicTask(
            "fail abandoned e-mails", delivery_queue.fail_abandoned, interval=_POLL_INTERVAL
        )

    async def __aenter__(self) -> Self:
        """Start working through the queue, if it polls."""
        if self._polls:
            for task in (self._queue, self._cleaner):
                task.start()
                task.wake()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. E-mails that are being sent get 10 seconds; the others stay in the queue."""
        await asyncio.gather(self._queue.stop(), self._requested.stop(), self._cleaner.stop())

    def wake(self) -> None:
        """Look at the queue now."""
        self._queue.wake()

    async def deliver(self, queued: QueuedDelivery) -> EmailDelivery:
        """Send a delivery that is leased to the caller, and return it as it is then.

        Waits 20 seconds at most. Sending continues after that, and if the caller is cancelled.
        """
        if queued.lease is not None:
            await self._requested.run(self._deliver(queued.lease), wait=_WAIT_TIMEOUT)
        return await EmailDelivery.get(id=queued.delivery.id)

    async def send_test(self, content: EmailContent) -> str:
        """Send an e-mail that isn't in the queue, and return the mail server's response.

        Raises Conflict with the reason if the server doesn't take it within 20 seconds.
        """
        message = compose(content, self._settings.mail_from, datetime.now(UTC))
        recipient = mailbox("", content.recipient).addr_spec
        try:
            async with asyncio.timeout(_WAIT_TIMEOUT), self._transport.connection() as connection:
                return await connection.send(message, recipient, _do_nothing)
        except TimeoutError:
            raise Conflict(Text("The mail server didn't answer.")) from None
        except DeliveryFailed as failure:
            refusal = Text("The mail server refused it: %(detail)s", detail=failure.detail)
            raise Conflict(refusal) from failure

    async def drain(self) -> AsyncGenerator[Lease, None]:
        """Try all deliveries that are due, one after the other, and yield each.

        Raises MailServerUnreachable.
        """
        async with self._transport.connection() as connection:
            while not self._queue.is_stopping and (lease := await delivery_queue.lease_next()):
                async with _renewed(lease):
                    await self._attempt(connection, lease)
                yield lease

    async def _run_queue(self) -> float | None:
        try:
            async with aclosing(self.drain()) as leases:
                async for _ in leases:
                    pass
        except MailServerUnreachable as failure:
            self._pause = min(2 * self._pause, _MAX_PAUSE)
            log.warning("mail.unreachable", answer=failure.detail, retry_in=self._pause)
            return self._pause
        self._pause = _POLL_INTERVAL
        return None

    async def _deliver(self, lease: Lease) -> None:
        async with _renewed(lease):
            try:
                await asyncio.wait_for(self._slots.acquire(), _WAIT_TIMEOUT)
            except TimeoutError:
                await delivery_queue.release(lease)
                return
            try:
                async with self._transport.connection() as connection:
                    with suppress(MailServerUnreachable):
                        await self._attempt(connection, lease)
            finally:
                self._slots.release()

    async def _attempt(self, connection: MailConnection, lease: Lease) -> None:
        """Try one delivery and store the outcome. Raises MailServerUnreachable after that."""
        delivery = str(lease.delivery_id)
        with span("send e-mail", kind="consumer", parent=lease.trace_parent, delivery=delivery):
            await self._try(connection, lease)

    async def _try(self, connection: MailConnection, lease: Lease) -> None:
        try:
            message, recipient = await self._compose(lease)
            mark_sending = partial(delivery_queue.mark_sending, lease)
            with timed(SMTP_SECONDS, _SMTP_FAILURES):
                answer = await connection.send(message, recipient, mark_sending)
        except LeaseLost:
            return
        except DeliveryCancelled as refusal:
            await _retry(delivery_queue.finish, lease, refusal.status, refusal.detail)
        except DayIsFull as refusal:
            await _retry(delivery_queue.wait, lease, refusal.until)
        except DeliveryDeferred as failure:
            await _retry(delivery_queue.postpone, lease, failure.detail)
            if isinstance(failure, MailServerUnreachable):
                raise
        except DeliveryFailed as failure:
            await _retry(delivery_queue.finish, lease, DeliveryState.FAILED, _explain(failure))
        except Exception:
            log.exception("mail.delivery_failed", delivery=str(lease.delivery_id))
            await _retry(delivery_queue.postpone, lease, _INTERNAL_ERROR)
        else:
            await _retry(delivery_queue.finish, lease, DeliveryState.SENT, answer)

    async def _compose(self, lease: Lease) -> tuple[EmailMessage, str]:
        """Return the message of a delivery, and the address that it goes to.

        Raises DeliveryCancelled, also if composing fails, since it would fail each time. Raises
        DayIsFull, and DeliveryDeferred while too many PDFs are being rendered.
        """
        try:
            content = await email_content_of(lease.delivery_id, self._settings, self._pdf)
        except Busy as refusal:
            raise DeliveryDeferred(_BUSY) from refusal
        try:
            message = compose(content, self._settings.mail_from, datetime.now(UTC))
        except Exception as error:
            log.exception("mail.not_composed", delivery=str(lease.delivery_id))
            raise DeliveryCancelled(DeliveryState.FAILED, _NOT_COMPOSED) from error
        return message, mailbox("", content.recipient).addr_spec


async def _do_nothing() -> None:
    """Need no lease before an e-mail that isn't in the queue."""


def _renewed(lease: Lease) -> PeriodicTask:
    """Return a context in which the lease is kept."""
    return PeriodicTask(
        "renew a lease", partial(delivery_queue.renew, lease), interval=_RENEW_INTERVAL
    )


def _explain(failure: DeliveryFailed) -> str:
    if isinstance(failure, DeliveryUnconfirmed):
        return (
            f"The mail server received the e-mail and did not confirm it ({failure.detail})."
            " It may have arrived. If it hasn't, send it again."
        )
    return failure.detail


async def _retry(store: Callable[P, Awaitable[None]], *args: P.args, **kwargs: P.kwargs) -> None:
    """Store the outcome of a delivery, also if the database is unavailable for some seconds.

    Only this process knows the outcome.
    """
    for pause in (0.1, 0.5, 2.0, 5.0):
        try:
            return await store(*args, **kwargs)
        except Exception:
            log.warning("mail.outcome_not_stored", exc_info=True)
            await asyncio.sleep(pause)
    return await store(*args, **kwargs)
