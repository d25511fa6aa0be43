"""Telling the platform what has happened: one event after the other, again until it has heard."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import httpx

from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.settings import SandboxSettings
from dev.stripe_sandbox.signatures import sign
from dev.stripe_sandbox.store import Object

_GROWTH: Final = 2


class DeliveryMode(StrEnum):
    """How the events that happen from now on are sent."""

    NORMAL = "normal"
    TWICE = "twice"
    REVERSED = "reversed"
    """What happens at once is told in the opposite order."""
    HELD = "held"
    """Nothing is sent until it is asked for."""
    DROPPED = "dropped"
    """Nothing is sent ever."""


class DeliveryState(StrEnum):
    """What has become of sending an event."""

    PENDING = "pending"
    DELIVERED = "delivered"
    HELD = "held"
    DROPPED = "dropped"
    FAILED = "failed"
    """Nobody has heard it, often enough."""


@dataclass(slots=True)
class Delivery:
    """One event on its way."""

    event: Object
    state: DeliveryState
    id: str = field(default_factory=lambda: new_id("we"))
    statuses: list[int | str] = field(default_factory=list)
    """The answers so far, or the name of what went wrong."""


class Webhooks:
    """The deliveries, and who makes them while the sandbox runs."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.url = settings.webhook_url
        self.secret = settings.webhook_secret
        self.mode = DeliveryMode.NORMAL
        self.deliveries: list[Delivery] = []
        self._settings = settings
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._retries: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    def send(self, events: Iterable[Object]) -> None:
        """Send what has happened at once, as the mode says; nothing if nobody wants to know."""
        if self.url is None:
            return
        batch = list(events)
        if self.mode is DeliveryMode.REVERSED:
            batch.reverse()
        for event in batch:
            for _ in range(2 if self.mode is DeliveryMode.TWICE else 1):
                self._start(event)

    def deliver_held(self, *, reverse: bool = False) -> int:
        """Send what has been held back, and return how much it is."""
        held = [found for found in self.deliveries if found.state is DeliveryState.HELD]
        for delivery in reversed(held) if reverse else held:
            delivery.state = DeliveryState.PENDING
            self._queue.put_nowait(delivery)
        return len(held)

    def resend(self, event: Object) -> None:
        """Send an event once more, whatever has become of it."""
        self._queue.put_nowait(self._note(event, DeliveryState.PENDING))

    async def idle(self, seconds: float = 10.0) -> None:
        """Wait until nothing is on its way; TimeoutError if that takes longer."""
        async with asyncio.timeout(seconds):
            while any(found.state is DeliveryState.PENDING for found in self.deliveries):
                self._changed.clear()
                await self._changed.wait()

    async def run(self) -> None:
        """Deliver until cancelled."""
        # No proxy of the surroundings: who is told is close by.
        async with httpx.AsyncClient(
            timeout=self._settings.webhook_timeout, trust_env=False
        ) as client:
            try:
                while True:
                    await self._first_attempt(client, await self._queue.get())
            finally:
                for task in self._retries:
                    task.cancel()
                await asyncio.gather(*self._retries, return_exceptions=True)

    def _start(self, event: Object) -> None:
        if self.mode is DeliveryMode.HELD:
            self._note(event, DeliveryState.HELD)
        elif self.mode is DeliveryMode.DROPPED:
            self._note(event, DeliveryState.DROPPED)
        else:
            self.resend(event)

    def _note(self, event: Object, state: DeliveryState) -> Delivery:
        delivery = Delivery(event, state)
        self.deliveries.append(delivery)
        event["pending_webhooks"] = 1
        return delivery

    async def _first_attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        """Send an event in its turn; if nobody hears it, the next ones don't wait for it."""
        if not await self._attempt(client, delivery):
            task = asyncio.create_task(self._retry(client, delivery))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)

    async def _retry(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        wait = self._settings.retry_first
        for _ in range(self._settings.retry_attempts - 1):
            await asyncio.sleep(wait)
            if await self._attempt(client, delivery):
                return
            wait = min(wait * _GROWTH, self._settings.retry_longest)
        delivery.state = DeliveryState.FAILED
        self._changed.set()

    async def _attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        body = json.dumps(delivery.event, indent=2).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            # The receiver compares this with its own clock, not with the sandbox's.
            "stripe-signature": sign(body, self.secret, int(time.time())),
            "user-agent": "Stripe/1.0 (sandbox stand-in)",
        }
        try:
            answer = await client.post(self.url or "", content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            delivery.statuses.append(type(error).__name__)
            return False
        delivery.statuses.append(answer.status_code)
        if not answer.is_success:
            return False
        delivery.state = DeliveryState.DELIVERED
        self._changed.set()
        delivery.event["pending_webhooks"] = 0
        return True
