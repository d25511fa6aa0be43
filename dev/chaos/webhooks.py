"""A receiver of webhooks that fails, hangs, redirects and recovers, while portals are killed.

Run it with `python -m dev.chaos.webhooks`. It prints what it found, and returns 1 if an event was
lost or came in the wrong order.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from dev.chaos.cluster import Cluster, running
from tests.support.clients import BROWSER, Business, Caller, GraphQLFailed
from tests.support.webhook_receiver import Received, Receiver, make_webhook, receiving

_MOODS: Final = ("500 Oops", None, "302 Found\r\nlocation: http://127.0.0.1:9/", "200 OK")
"""How the receiver answers, one after the other; None never answers."""
_EVENTS_PER_PAYMENT: Final = 10
_DEADLINE: Final = 600.0
"""Seconds until everything must have arrived."""


@dataclass
class _Moody:
    """Accepts most requests, and fails some in each way there is."""

    accepted: list[str] = field(default_factory=list)
    """The ids of accepted requests, in order."""
    refused: int = 0
    moods: list[str | None] = field(default_factory=list)
    """How the next requests are answered. All others are accepted."""

    def answer(self, request: Received) -> str | None:
        """Return the answer to a request."""
        mood = self.moods.pop(0) if self.moods else "200 OK"
        if mood is not None and mood.startswith("200"):
            self.accepted.append(request.headers["webhook-id"])
        else:
            self.refused += 1
        return mood


async def _act(business: Business, events: int) -> AsyncIterator[int]:
    """Let so many events happen, one after the other, and yield the number of each."""
    invoice_id = await business.make_invoice()
    token = await business.share(invoice_id)
    for number in range(events):
        if number % _EVENTS_PER_PAYMENT:
            await _insist(business, token)
        else:
            await business.pay(invoice_id, "0.01")
        yield number


async def _insist(business: Business, token: str) -> None:
    """Record a view, with the portal that answers."""
    await Caller(business.http, user_agent=BROWSER).record_view(token)


async def _sent(business: Business) -> list[str]:
    """Return the ids of all deliveries, in their order, and check that all were accepted."""
    query = (
        "query($after: String) { company { webhooks(first: 1) { edges { node {"
        " deliveries(first: 100, after: $after) { pageInfo { hasNextPage endCursor }"
        " edges { node { id state } } } } } } } }"
    )
    newest: list[dict[str, Any]] = []
    after = None
    while True:
        data = await business.gql(query, after=after)
        page = data["company"]["webhooks"]["edges"][0]["node"]["deliveries"]
        newest += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    return [each["id"] for each in reversed(newest)]


async def run(cluster: Cluster, events: int) -> list[str]:
    """Return what is wrong after so many events, during which all portals are killed twice."""
    company_id, api_key = await asyncio.to_thread(cluster.companies.create, "webhooks")
    url = f"http://127.0.0.1:{cluster.portals[0].port}"
    async with httpx.AsyncClient(base_url=url, timeout=60) as http, receiving() as receiver:
        business = Business(http, api_key, company_id=company_id)  # type: ignore[arg-type]
        moody = _Moody()
        receiver.answer = moody.answer
        webhook_id, secret = await make_webhook(
            business, receiver.url, "INVOICE_VIEWED", "PAYMENT_RECEIVED"
        )
        async for number in _act(business, events):
            if number % (events // 8) == events // 16:
                moody.moods = list(_MOODS)
            if number in {events // 3, 2 * events // 3}:
                await _kill(cluster)
        await _until_all(business, webhook_id, moody, events)
        return _wrong(await _sent(business), moody, receiver, secret, events)


async def _kill(cluster: Cluster) -> None:
    for portal in cluster.portals:
        portal.kill()
    await asyncio.gather(*(asyncio.to_thread(each.start) for each in cluster.portals))


async def _until_all(business: Business, webhook_id: str, moody: _Moody, events: int) -> None:
    """Wait until everything has arrived. A test ends the pauses after failures."""
    ends_at = time.monotonic() + _DEADLINE
    while len(set(moody.accepted)) < events and time.monotonic() < ends_at:
        await asyncio.sleep(5)
        try:
            await business.mutate(
                "testWebhook", "WebhookRef", "{ webhook { id } }", webhookId=webhook_id
            )
        except GraphQLFailed:
            continue
    await asyncio.sleep(3)


def _wrong(
    sent: list[str], moody: _Moody, receiver: Receiver, secret: str, events: int
) -> list[str]:
    first_times = list(dict.fromkeys(moody.accepted))
    lost = set(sent) - set(first_times)
    for request in receiver.received[-events // 10 :]:
        request.verify(secret)
    print(
        f"{len(sent)} events ({events} and tests), {len(receiver.received)} requests,"
        f" {moody.refused} refused, {len(moody.accepted) - len(first_times)} accepted twice,"
        f" {len(lost)} lost"
    )
    wrong = [f"lost: {each}" for each in sorted(lost)]
    if [each for each in sent if each not in lost] != first_times:
        wrong.append("not in order")
    return wrong


async def _main(events: int) -> int:
    async with running("postgres") as cluster:
        wrong = await run(cluster, events)
    print("\n".join(wrong) or "Everything has arrived, in order.")
    return int(bool(wrong))


if __name__ == "__main__":
    parser = argparse.ArgumentParser("dev.chaos.webhooks", description=__doc__)
    parser.add_argument("--events", type=int, default=1000)
    sys.exit(asyncio.run(_main(parser.parse_args().events)))
