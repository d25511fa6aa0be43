"""Delivering what is queued for webhooks, to several of them at the same time.

A webhook that fails or answers slowly delays nobody else: such webhooks share places of their own,
and no company has all of them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final, Self, TypeAlias
from uuid import UUID

import orjson
from structlog import get_logger

from core.background import PeriodicTask, finish_or_cancel
from core.telemetry.metrics import WEBHOOK_SECONDS
from core.urls import Urls
from db.availability import as_unavailable
from integrations.webhooks.sender import WebhookSender
from models import SubjectType, Webhook, WebhookDelivery, WebhookKind
from services.common.webhook_events import forget_unwanted_views
from services.webhooks import chats, delivery_queue
from services.webhooks.delivery_queue import Lease, Renewed
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
_SLOW: Final = 2.0
"""Seconds from which an attempt is slow."""
_GONE: Final = "There is nothing to send, or what the event was about no longer exists."
_INTERNAL_ERROR: Final = "Internal error. See the portal's log."

Render: TypeAlias = Callable[[WebhookDelivery], Awaitable[dict[str, Any] | None]]
"""Returns the `data` of a delivery's payload; None if what it is about no longer exists."""

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
        self._queue = PeriodicTask("deliver webhooks", self._begin_turns, interval=_POLL_INTERVAL)
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
        """Deliver one by one, until nothing is left, one fails or is slow, or the turn is over."""
        await delivery_queue.fail_old(lease)
        ends_at = time.monotonic() + _TURN
        while time.monotonic() < ends_at and not self._queue.is_stopping:
            renewed = await delivery_queue.renew(lease)
            if renewed is None:
                return
            if renewed.webhook.kind is WebhookKind.EMAIL:
                await send_digest(lease, self._urls)
                return
            if renewed.webhook.kind is WebhookKind.CHAT:
                await self._post_message(lease, renewed.webhook)
                return
            deliveries = await delivery_queue.next_deliveries(renewed.webhook)
            if not deliveries:
                break
            began_at = time.monotonic()
            if not await self._attempt(lease, renewed, deliveries[0]):
                return
            if time.monotonic() - began_at > _SLOW:
                break  # and go on in a place for slow ones
        await delivery_queue.release(lease)

    async def _attempt(self, lease: Lease, renewed: Renewed, delivery: WebhookDelivery) -> bool:
        """Try to deliver, and store the outcome; return whether the next one's turn has come."""
        payload = await self._payload(renewed.webhook, delivery)
        if payload is None:
            return True
        signature = sign(renewed.webhook, delivery.id, payload, renewed.at)
        return await self._post(lease, renewed.webhook, [delivery], payload, signature)

    async def _post_message(self, lease: Lease, chat: Webhook) -> None:
        """Post what is queued for a chat as one message, and end the lease."""
        deliveries, payloads = [], []
        for delivery in await delivery_queue.next_deliveries(chat, chats.MAX_EVENTS):
            if payload := await self._payload(chat, delivery):
                deliveries.append(delivery)
                payloads.append(payload)
        if not payloads:
            await delivery_queue.release(lease)
        elif await self._post(lease, chat, deliveries, chats.combined(payloads), {}):
            await delivery_queue.release(lease, pause=chats.BETWEEN)

    async def _post(
        self,
        lease: Lease,
        webhook: Webhook,
        deliveries: Sequence[WebhookDelivery],
        payload: str,
        signature: Mapping[str, str],
    ) -> bool:
        """Make one attempt, store the outcome, and return whether it succeeded."""
        headers = {
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            "accept-encoding": "identity",
            **signature,
        }
        began_at = time.monotonic()
        answer = await self._sender.post(webhook.url, payload.encode(), headers)
        seconds = time.monotonic() - began_at
        WEBHOOK_SECONDS.labels("delivered" if answer.succeeded else "failed").observe(seconds)
        await delivery_queue.store_answer(lease, deliveries, answer, slow=seconds > _SLOW)
        return answer.succeeded

    async def _payload(self, webhook: Webhook, delivery: WebhookDelivery) -> str | None:
        """Return the payload, the same at each attempt, or None after giving up for lack of one."""
        if delivery.payload is not None:
            return delivery.payload
        try:
            payload = await self._new_payload(webhook, delivery)
        except Exception as error:
            if as_unavailable(error):
                raise
            log.exception("webhooks.not_rendered", delivery=str(delivery.id))
            await delivery_queue.give_up(delivery, _INTERNAL_ERROR)
            return None
        if payload is None:
            await delivery_queue.give_up(delivery, _GONE)
            return None
        return await delivery_queue.store_payload(delivery, payload)

    async def _new_payload(self, webhook: Webhook, delivery: WebhookDelivery) -> str | None:
        if webhook.kind is WebhookKind.CHAT:
            return await chats.chat_payload(delivery, self._urls)
        data = await self._render(delivery)
        return None if data is None else payload_of(delivery, data)


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
