"""Delivering what is queued for webhooks, to several of them at the same time.

A webhook that fails or answers slowly delays nobody else: such webhooks share places of their own,
and no company has all of them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import Any, Final, Self, TypeAlias
from uuid import UUID

import orjson
from structlog import get_logger

from core.background import PeriodicTask, finish_or_cancel
from core.telemetry.metrics import WEBHOOK_SECONDS
from core.telemetry.tracing import span, traceparent
from core.urls import Urls
from db.availability import as_unavailable
from integrations.webhooks.sender import WebhookSender
from models import SubjectType, Webhook, WebhookDelivery, WebhookKind
from services.common.webhook_events import forget_unwanted_views
from services.webhooks import chats, delivery_queue
from services.webhooks.delivery_queue import Attempt, Lease
from services.webhooks.digests import send_digest
from services.webhooks.signing import sign

API_VERSION: Final = "2026-11"
"""The version of payloads. It changes if a field is removed, renamed, or changes its meaning."""
TEST_TYPE: Final = "webhook.test"
_USER_AGENT: Final = "Invotify-Webhooks"
_POLL_INTERVAL: Final = 2.0
"""Seconds. What this process has queued is delivered at once."""
_CLEAN_INTERVAL: Final = 3600.0
_SHUTDOWN_TIMEOUT: Final = 5.0
_TURN: Final = 15.0
"""Seconds after which a webhook gives its place to another one."""
_BATCH: Final = 20
"""Deliveries whose payloads are made together."""
_FRESH: Final = 5.0
"""Seconds after a lease was renewed in which attempts begin, so that the lease outlasts them."""
_UNSTORED: Final = 1.0
"""Seconds for which outcomes wait to be stored together. If the process dies, another one repeats
these deliveries."""
_GONE: Final = "There is nothing to send, or what the event was about no longer exists."
_INTERNAL_ERROR: Final = "Internal error. See the portal's log."

Render: TypeAlias = Callable[
    [Sequence[WebhookDelivery]], Awaitable[Sequence[dict[str, Any] | BaseException | None]]
]
"""Returns the `data` of the payload of each of a webhook's deliveries; None if what it is about no
longer exists, and an error if it can't be made."""

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """How many webhooks are delivered to at the same time, in all and of one company."""

    slow: bool
    total: int
    per_company: int


_PLACES: Final = (
    _Places(slow=False, total=16, per_company=4),
    _Places(slow=True, total=8, per_company=2),
)


class WebhookWorker:
    """Delivers what is queued, also by other processes, until it is closed."""

    def __init__(self, sender: WebhookSender, render: Render, urls: Urls) -> None:
        self._sender = sender
        self._render = render
        self._urls = urls
        self._running: dict[asyncio.Task[None], tuple[bool, UUID]] = {}
        """For each turn, whether its webhook is slow, and the webhook's company."""
        self._queue = PeriodicTask(
            "deliver webhooks",
            self._begin_turns,
            interval=_POLL_INTERVAL,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,  # or a lease that is just taken would be lost
        )
        self._cleaner = PeriodicTask("clean up webhooks", _clean_up, interval=_CLEAN_INTERVAL)

    async def __aenter__(self) -> Self:
        """Start delivering."""
        self._queue.start()
        self._queue.wake()
        self._cleaner.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop. After 5 seconds, attempts in progress are left to other processes."""
        await asyncio.gather(self._queue.stop(), self._cleaner.stop())
        await finish_or_cancel(self._running, _SHUTDOWN_TIMEOUT)

    def wake(self) -> None:
        """Look at the queue now."""
        self._queue.wake()

    async def _begin_turns(self) -> None:
        for places in _PLACES:
            while not self._queue.is_stopping:
                taken = Counter(
                    company for slow, company in self._running.values() if slow == places.slow
                )
                if taken.total() >= places.total:
                    break
                full = [each for each, count in taken.items() if count >= places.per_company]
                lease = await delivery_queue.lease_next(slow=places.slow, but=full)
                if lease is None:
                    break
                turn = asyncio.create_task(self._take_turn(lease), context=Context())
                self._running[turn] = (places.slow, lease.company_id)
                turn.add_done_callback(self._end_turn)

    def _end_turn(self, turn: asyncio.Task[None]) -> None:
        del self._running[turn]
        if not turn.cancelled() and (error := turn.exception()):
            log.warning("webhooks.turn_failed", exc_info=error)
        else:
            self._queue.wake()

    async def _take_turn(self, lease: Lease) -> None:
        """Deliver until nothing is left, an attempt fails or is slow, or the turn is over."""
        ends_at = time.monotonic() + _TURN
        while time.monotonic() < ends_at and not self._queue.is_stopping:
            begin_by = time.monotonic() + _FRESH
            webhook = await delivery_queue.renew(lease)
            if webhook is None:
                return
            if webhook.kind is WebhookKind.EMAIL:
                await send_digest(lease, self._urls)
                return
            if webhook.kind is WebhookKind.CHAT:
                await self._post_message(lease, webhook, begin_by)
                return
            deliveries = await delivery_queue.next_deliveries(lease, _BATCH)
            if not deliveries:
                break
            last = await self._deliver(lease, webhook, deliveries, begin_by)
            if last is not None and not last.answer.succeeded:
                return
            if last is not None and last.is_slow:
                break  # and go on in a place for slow ones
        await delivery_queue.release(lease)

    async def _deliver(
        self,
        lease: Lease,
        webhook: Webhook,
        deliveries: Sequence[WebhookDelivery],
        begin_by: float,
    ) -> Attempt | None:
        """Deliver one after the other, as long as it works, and store the outcomes together.

        Returns the last attempt, or None if there was nothing to send.
        """
        told = await self._payloads(webhook, deliveries, begin_by)
        attempts: list[Attempt] = []
        ends_at = min(time.monotonic() + _UNSTORED, begin_by)
        try:
            for delivery, payload in told:
                signature = sign(webhook, delivery.id, payload, lease.now())
                attempt = await self._attempt(webhook, delivery, payload, signature)
                attempts.append(attempt)
                is_over = time.monotonic() > ends_at or self._queue.is_stopping
                if is_over or attempt.is_slow or not attempt.answer.succeeded:
                    break
        finally:
            if attempts:
                await delivery_queue.store_attempts(lease, attempts)
        return attempts[-1] if attempts else None

    async def _post_message(self, lease: Lease, chat: Webhook, begin_by: float) -> None:
        """Post what is queued for a chat as one message, and end the lease."""
        deliveries = await delivery_queue.next_deliveries(lease, chats.MAX_EVENTS)
        told = await self._payloads(chat, deliveries, begin_by)
        if not told:
            await delivery_queue.release(lease)
            return
        text = chats.combined([payload for _, payload in told])
        attempt = await self._attempt(chat, told[0][0], text, {})
        attempts = [replace(attempt, delivery=delivery) for delivery, _ in reversed(told)]
        await delivery_queue.store_attempts(lease, attempts)
        if attempt.answer.succeeded:
            await delivery_queue.release(lease, pause=chats.BETWEEN)

    async def _attempt(
        self,
        webhook: Webhook,
        delivery: WebhookDelivery,
        payload: str,
        signature: Mapping[str, str],
    ) -> Attempt:
        with span(
            "deliver to webhook",
            kind="client",
            parent=delivery.trace_parent,
            delivery=str(delivery.id),
            event=delivery.event.type,
        ):
            parent = traceparent()
            headers = {
                "content-type": "application/json",
                "user-agent": _USER_AGENT,
                "accept-encoding": "identity",
                **({"traceparent": parent} if parent else {}),
                **signature,
            }
            began_at = time.monotonic()
            answer = await self._sender.post(webhook.url, payload.encode(), headers)
        seconds = time.monotonic() - began_at
        WEBHOOK_SECONDS.labels("delivered" if answer.succeeded else "failed").observe(seconds)
        return Attempt(delivery, answer, timedelta(seconds=seconds))

    async def _payloads(
        self, webhook: Webhook, deliveries: Sequence[WebhookDelivery], begin_by: float
    ) -> list[tuple[WebhookDelivery, str]]:
        """Return the deliveries with their payloads, the same at each attempt.

        Those that have none are given up and left out. If it took too long for an attempt to begin,
        none are returned: the payloads are stored, and sent with a renewed lease.
        """
        payloads = {each.id: each.payload for each in deliveries if each.payload is not None}
        new = [each for each in deliveries if each.payload is None]
        made: dict[UUID, str] = {}
        for delivery, payload in zip(new, await self._new_payloads(webhook, new), strict=True):
            if isinstance(payload, str):
                made[delivery.id] = payload
            elif payload is None:
                await delivery_queue.give_up(delivery, _GONE)
            elif as_unavailable(payload):
                raise payload
            else:
                log.error("webhooks.not_rendered", delivery=str(delivery.id), exc_info=payload)
                await delivery_queue.give_up(delivery, _INTERNAL_ERROR)
        payloads |= await delivery_queue.store_payloads(made)
        if time.monotonic() >= begin_by:
            return []
        return [(each, payloads[each.id]) for each in deliveries if each.id in payloads]

    async def _new_payloads(
        self, webhook: Webhook, deliveries: Sequence[WebhookDelivery]
    ) -> Sequence[str | BaseException | None]:
        if not deliveries:
            return ()
        if webhook.kind is WebhookKind.CHAT:
            return [await self._message(delivery) for delivery in deliveries]
        return [
            payload_of(delivery, data) if isinstance(data, dict) else data
            for delivery, data in zip(deliveries, await self._render(deliveries), strict=True)
        ]

    async def _message(self, delivery: WebhookDelivery) -> str | BaseException | None:
        try:
            return await chats.chat_payload(delivery, self._urls)
        except Exception as error:  # noqa: BLE001  # one that can't be told holds up no other
            return error


async def _clean_up() -> None:
    await delivery_queue.delete_old()
    await forget_unwanted_views()


def payload_of(delivery: WebhookDelivery, data: dict[str, Any]) -> str:
    """Return what a delivery sends."""
    is_test = delivery.subject_type is SubjectType.WEBHOOK
    payload = {
        "id": str(delivery.id),
        "type": TEST_TYPE if is_test else delivery.event.type,
        "timestamp": delivery.occurred_at.astimezone(UTC),
        "apiVersion": API_VERSION,
        "data": data,
    }
    return orjson.dumps(payload, option=orjson.OPT_UTC_Z).decode()
