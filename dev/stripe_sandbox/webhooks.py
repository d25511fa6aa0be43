"""Webhooks: sends events to the platform in order, and again until it accepts them."""

import asyncio
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import httpx

from dev.stripe_sandbox.ids import new_id
from dev.stripe_sandbox.settings import API_VERSION, SandboxSettings
from dev.stripe_sandbox.signatures import sign
from dev.stripe_sandbox.store import Object

_BACKOFF_FACTOR: Final = 2


class DeliveryMode(StrEnum):
    """How new events are delivered."""

    NORMAL = "normal"
    TWICE = "twice"
    REVERSED = "reversed"
    """Events that happen together are sent in reverse order."""
    HELD = "held"
    """Events wait until `deliver_held`."""
    DROPPED = "dropped"
    """Events are never sent."""


class DeliveryState(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    HELD = "held"
    DROPPED = "dropped"
    FAILED = "failed"
    """All attempts failed."""


@dataclass(slots=True)
class Delivery:
    """The delivery of an event."""

    event: Object
    state: DeliveryState
    id: str = field(default_factory=lambda: new_id("we"))
    statuses: list[int | str] = field(default_factory=list)
    """For each attempt, the HTTP status of the response or the name of the error."""


class Webhooks:
    """The deliveries; `run` makes them."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.url = settings.webhook_url
        self.secret = settings.webhook_secret
        self.version = API_VERSION
        """The version of Stripe's API that the endpoint is for."""
        self.mode = DeliveryMode.NORMAL
        self.deliveries: list[Delivery] = []
        self._settings = settings
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._retries: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()

    def send(self, events: Iterable[Object]) -> None:
        """Send events that happened together, as the mode says. Without a URL, do nothing."""
        if self.url is None:
            return
        batch = list(events)
        if self.mode is DeliveryMode.REVERSED:
            batch.reverse()
        for event in batch:
            for _ in range(2 if self.mode is DeliveryMode.TWICE else 1):
                self._deliver(event)

    def deliver_held(self, *, reverse: bool = False) -> int:
        """Send the held events and return how many they are."""
        held = [each for each in self.deliveries if each.state is DeliveryState.HELD]
        for delivery in reversed(held) if reverse else held:
            delivery.state = DeliveryState.PENDING
            self._queue.put_nowait(delivery)
        return len(held)

    def resend(self, event: Object) -> None:
        """Send an event once more, whatever the state of its deliveries."""
        self._queue.put_nowait(self._add_delivery(event, DeliveryState.PENDING))

    async def idle(self, seconds: float = 10.0) -> None:
        """Wait until no delivery is pending. Raises TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds):
            while any(each.state is DeliveryState.PENDING for each in self.deliveries):
                self._changed.clear()
                await self._changed.wait()

    async def run(self) -> None:
        """Deliver until cancelled."""
        # The receiver is nearby, so ignore proxies set in the environment.
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

    def _deliver(self, event: Object) -> None:
        if self.mode is DeliveryMode.HELD:
            self._add_delivery(event, DeliveryState.HELD)
        elif self.mode is DeliveryMode.DROPPED:
            self._add_delivery(event, DeliveryState.DROPPED)
        else:
            self.resend(event)

    def _add_delivery(self, event: Object, state: DeliveryState) -> Delivery:
        delivery = Delivery(event, state)
        self.deliveries.append(delivery)
        event["pending_webhooks"] = 1
        return delivery

    async def _first_attempt(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        """Send an event. If that fails, retry it without delaying the next ones."""
        if not await self._attempt(client, delivery):
            task = asyncio.create_task(self._retry(client, delivery))
            self._retries.add(task)
            task.add_done_callback(self._retries.discard)

    async def _retry(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        delay = self._settings.retry_delay
        for _ in range(self._settings.max_attempts - 1):
            await asyncio.sleep(delay)
            if await self._attempt(client, delivery):
                return
            delay = min(delay * _BACKOFF_FACTOR, self._settings.max_retry_delay)
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
            response = await client.post(self.url or "", content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            delivery.statuses.append(type(error).__name__)
            return False
        delivery.statuses.append(response.status_code)
        if not response.is_success:
            return False
        delivery.state = DeliveryState.DELIVERED
        self._changed.set()
        delivery.event["pending_webhooks"] = 0
        return True
