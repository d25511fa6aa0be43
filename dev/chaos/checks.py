"""Compares what clients were told with what is stored."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dev.chaos.cluster import Cluster
from dev.chaos.databases import Postgres
from dev.chaos.followers import Follower, Followers
from dev.chaos.journal import Journal, Keyed

_TABLES: Final = {
    "createInvoice": "invoice",
    "createCreditNote": "credit_note",
    "recordPayment": "payment",
    "applyCreditNote": "credit_application",
    "sendInvoice": "email_delivery",
}
"""Where the row of a request with a key is."""
_CATCH_UP: Final = 10.0
"""Seconds in which followers must have everything, after the last event."""
_VIEW_RETRY: Final = 60.0
"""Seconds for which the portal tries to record the view of a page that was shown."""
_EMAIL_WAIT: Final = 15.0
"""Seconds that queued e-mails get. The queue may try later than that."""
_CLOCK_TOLERANCE: Final = timedelta(seconds=2)
_NUMBER: Final = re.compile(r"(\d+)$")


@dataclass(frozen=True)
class Evidence:
    """What a round leaves behind."""

    cluster: Cluster
    company_id: str
    journal: Journal
    followers: Followers
    began: datetime
    may_lose_pages: bool
    """Whether a portal was killed, whose pages' views were in its memory."""

    async def rows(self, table: str, columns: str, where: str = "TRUE") -> list[tuple[Any, ...]]:
        """Return the company's rows of a table."""
        return await self.cluster.database.rows(
            f"SELECT {columns} FROM {table}"
            f" WHERE {table}.company_id = '{self.company_id}' AND {where}"
        )


async def differences(evidence: Evidence) -> list[str]:
    """Return everything that is not as clients were told, or not as it must be."""
    found = list(evidence.journal.wrong)
    checks = [
        check(evidence)
        for check in (_keyed, _amounts, _invoices, _views, _times, _emails, _payments, _followers)
    ]
    # All at once, because some wait for what comes late.
    for lines in await asyncio.gather(*map(_all, [*checks, _connections(evidence.cluster)])):
        found += lines
    return found


async def _all(lines: AsyncIterator[str]) -> list[str]:
    return [line async for line in lines]


async def _keyed(evidence: Evidence) -> AsyncIterator[str]:
    """Each acknowledged request has one row, and each refused one has none."""
    for operation, table in _TABLES.items():
        rows = await evidence.rows(table, "idempotency_key", "idempotency_key IS NOT NULL")
        stored = Counter(str(key) for (key,) in rows)
        requests = [each for each in evidence.journal.keyed if each.operation == operation]
        for line in _compare_keys(requests, stored):
            yield line


def _compare_keys(requests: list[Keyed], stored: Counter[str]) -> Iterator[str]:
    for request in requests:
        count = stored.pop(request.key, 0)
        if request.told is not None and count != 1:
            yield f"{request.operation} was acknowledged and is stored {count} times"
        elif request.told is None and not request.answer.is_in_doubt and count:
            yield f"{request.operation} was refused ({request.answer.code}) and is stored"
    for key in stored:
        yield f"nobody asked for the row with the key {key}"


async def _amounts(evidence: Evidence) -> AsyncIterator[str]:
    """No payment or application is there twice: each amount is used once."""
    for table, ours in (("payment", "method = 'cash'"), ("credit_application", "amount > 0")):
        rows = await evidence.rows(table, "amount", ours)
        for amount, count in Counter(rows).items():
            if count > 1:
                yield f"{table} of {amount} is there {count} times"


async def _invoices(evidence: Evidence) -> AsyncIterator[str]:
    """Issued invoices have the number that was told, without gaps, and orders are there once."""
    rows = await evidence.rows("invoice", "id, number, purchase_order, share_token")
    invoices = {str(id_): (number, token) for id_, number, _, token in rows}
    for id_, told in evidence.journal.numbers.items():
        if invoices[id_][0] != told:
            yield f"an invoice was issued as {told} and is {invoices[id_][0]}"
    numbers = sorted(_running_number(number) for number, _ in invoices.values() if number)
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the numbers of invoices have gaps: {numbers}"
    for order, count in Counter(order for _, _, order, _ in rows).items():
        if count > 1:
            yield f"the invoice for {order} is there {count} times"
    tokens = {str(token) for _, token in invoices.values()}
    for link in evidence.journal.links:
        if link.is_revoked and link.token in tokens:
            yield f"a revoked link is stored: {link.token}"
        if not link.is_revoking and link.token not in tokens:
            yield f"a shared link is not stored: {link.token}"


def _running_number(number: str) -> int:
    found = _NUMBER.search(number)
    assert found is not None, number
    return int(found[1])


async def _views(evidence: Evidence) -> AsyncIterator[str]:
    """Each acknowledged view is stored once, and each shown page becomes a view.

    A page's view is recorded behind its response, unless its link is revoked before that.
    """
    pages = evidence.journal.pages
    missing = {address for address, link in pages.items() if not link.is_revoking}
    deadline = asyncio.get_running_loop().time() + _VIEW_RETRY
    while True:
        rows = await evidence.rows("invoice_view", "ip")
        stored = Counter(str(ip).partition("/")[0] for (ip,) in rows)
        missing = {address for address in missing if not stored[address]}
        is_late = asyncio.get_running_loop().time() > deadline
        if evidence.may_lose_pages or not missing or is_late:
            break
        await asyncio.sleep(1)
    for address, count in stored.items():
        if count > 1:
            yield f"the view from {address} is stored {count} times"
    lost = sum(was_told and not stored[each] for each, was_told in evidence.journal.views.items())
    if lost:
        yield f"{lost} acknowledged views are not stored"
    if missing and not evidence.may_lose_pages:
        yield f"{len(missing)} pages were shown and their views are not stored"


async def _times(evidence: Evidence) -> AsyncIterator[str]:
    """Views and events have the database's time, in their order."""
    earliest = evidence.began - _CLOCK_TOLERANCE
    latest = datetime.now(UTC) + _CLOCK_TOLERANCE
    for table, column in (("invoice_view", "viewed_at"), ("invoice_update", "at")):
        rows = await evidence.rows(table, f"sequence, {column}")
        times = [_time(value) for _, value in sorted(rows)]
        if wrong := [time for time in times if not earliest <= time <= latest]:
            yield f"{len(wrong)} of {len(times)} rows of {table} have a wrong time: {wrong[0]}"
        if times != sorted(times):
            yield f"the times of {table} go backwards"


def _time(value: datetime | str) -> datetime:
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time if time.tzinfo else time.replace(tzinfo=UTC)


async def _emails(evidence: Evidence) -> AsyncIterator[str]:
    """An e-mail arrives once if it was sent, at most once if that is in doubt, and else never."""
    deadline = asyncio.get_running_loop().time() + _EMAIL_WAIT
    while True:
        rows = await evidence.rows("email_delivery", "recipient, status, detail", "kind='INVOICE'")
        is_late = asyncio.get_running_loop().time() > deadline
        if is_late or not any(status == "QUEUED" for _, status, _ in rows):
            break
        await asyncio.sleep(0.5)
    told = {
        keyed.variables["to"]: keyed.told["sendInvoice"]["delivery"]["state"]
        for keyed in evidence.journal.keyed
        if keyed.operation == "sendInvoice" and keyed.told
    }
    for recipient, status, detail in rows:
        count = len(evidence.cluster.mail.arrived[recipient])
        if not _is_right(status, detail or "", count):
            yield f"an e-mail is {status} ({detail}) and has arrived {count} times"
        if told.get(recipient) == "SENT" and status != "SENT":
            yield f"an e-mail was said to be sent, and is {status}"


def _is_right(status: str, detail: str, count: int) -> bool:
    match status:
        case "SENT":
            return count == 1
        case "SENDING":
            return count <= 1
        case "FAILED":
            return count == 0 or (count == 1 and "may have arrived" in detail)
    return count == 0


async def _payments(evidence: Evidence) -> AsyncIterator[str]:
    """`reconcile` finds nothing wrong, and each session that was paid is booked once."""
    output = ""
    for _ in range(2):  # The first may find what a lost event would have said.
        code, output = await evidence.cluster.command("reconcile")
        if code == 0:
            break
    else:
        yield f"reconcile does not come clean: {output[-600:]}"
    rows = await evidence.cluster.database.rows(
        "SELECT checkout.session_id, payment.amount FROM payment"
        " JOIN checkout_share AS share ON share.id = payment.id"
        " JOIN checkout ON checkout.id = share.checkout_id"
        f" WHERE payment.company_id = '{evidence.company_id}'"
    )
    booked = dict(rows)
    all_booked = dict(
        await evidence.cluster.database.rows(
            "SELECT checkout.session_id, payment.amount FROM payment"
            " JOIN checkout_share AS share ON share.id = payment.id"
            " JOIN checkout ON checkout.id = share.checkout_id"
        )
    )
    paid = await evidence.cluster.stripe.paid()
    if len(booked) != len(rows):
        yield "a session is booked twice"
    if all_booked != paid:
        difference = set(paid.items()) ^ set(all_booked.items())
        yield f"Stripe's payments are not those that are booked: {sorted(difference)[:3]}"


async def _followers(evidence: Evidence) -> AsyncIterator[str]:
    """Followers have every event once, in order."""
    for name, table in (("views", "invoice_view"), ("updates", "invoice_update")):
        [(last,)] = await evidence.rows(table, "COALESCE(MAX(sequence), 0)")
        for follower in evidence.followers.all:
            if follower.name == name and not await _has_all(follower, last):
                got = follower.sequences
                yield (
                    f"a follower of {name} has {len(got)} events up to {max(got, default=0)}"
                    f" of {last}"
                )


async def _has_all(follower: Follower, last: int) -> bool:
    for _ in range(int(_CATCH_UP * 10)):
        if len(follower.sequences) >= last:
            break
        await asyncio.sleep(0.1)
    count = len(follower.sequences)
    return count >= last and follower.sequences == list(range(1, count + 1))


async def _connections(cluster: Cluster) -> AsyncIterator[str]:
    """No transaction is left open, and nobody waits for a lock."""
    if not isinstance(cluster.database, Postgres):
        return
    for attempt in range(20):
        rows = await cluster.database.rows(
            "SELECT state, wait_event_type, wait_event, left(query, 80) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            " AND now() - xact_start > interval '2 seconds'"
        )
        if not rows:
            return
        if attempt < 19:
            await asyncio.sleep(1)
    for state, kind, event, query in rows:
        yield f"a transaction is left: {state} {kind} {event} {query}"
