"""Announcements that carry rows: what is announced is what reading finds, and nobody reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from json import dumps, loads
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest

from auth.staff import authenticate
from errors import Forbidden, Unauthenticated
from models import Credential, Invoice
from services.sharing.new_views import VIEWS_RECORDED, NewView
from services.sharing.streams import refusals
from services.sharing.view_statement import write_in_one_statement
from subscriptions.announcements import HINT, MAX_LENGTH, decode_views
from subscriptions.broadcasts import NoBroadcast
from subscriptions.hub import Hub
from subscriptions.replay import VIEWS, Stream
from subscriptions.shares import FollowerShares
from tests.services.sharing.test_view_recorder import _shared
from tests.support.clients import Business

pytestmark = pytest.mark.parametrize("backend", ["postgres"], indirect=True, scope="session")


async def _announced(*views: NewView) -> str:
    sent: list[str] = []
    with VIEWS_RECORDED.connected(lambda _, announcement: sent.append(announcement)):
        await write_in_one_statement(views)
    [announcement] = sent
    return announcement


def _values(row: Any) -> dict[str, Any]:
    return {key: value for key, value in vars(row).items() if key != "_invoice"}


async def test_announced_rows_equal_those_that_are_read(business: Business) -> None:
    first, second, third = [await _shared(business) for _ in range(3)]
    await Invoice.filter(id=second.invoice_id).update(
        discount_percent=Decimal("12.3400"), notes='"ä"\n\u2028', due_date=date(2027, 2, 28)
    )
    preview = replace(third, automated=True)  # which changes nothing of its invoice
    announced = decode_views(await _announced(first, second, preview, first.repeated()))
    read = await VIEWS.read_after(business.company_id, 0)
    assert announced is not None
    assert [_values(row) for row in announced.rows] == [_values(event.row) for event in read]
    assert [_values(row.invoice) for row in announced.rows] == [
        _values(event.row.invoice) for event in read
    ]


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub[Any]]:
    """Yield a hub of views that doesn't poll."""
    monkeypatch.setattr("subscriptions.hub.POLL_INTERVAL", 3600.0)
    shares = FollowerShares(per_company=10, per_credential=10)
    async with Hub(VIEWS, NoBroadcast(), refusals, shares) as hub:
        with VIEWS_RECORDED.connected(hub.announce):
            yield hub


async def test_many_or_long_rows_are_announced_with_a_hint(
    business: Business, hub: Hub[Any]
) -> None:
    view = await _shared(business)
    with patch.object(NoBroadcast, "publish", wraps=NoBroadcast().publish) as publish:
        for views in (20, 21):
            await write_in_one_statement([view.repeated() for _ in range(views)])
            await asyncio.sleep(0)
        hub.announce(business.company_id, "x" * (MAX_LENGTH + 1))
        await asyncio.sleep(0)
    published = [call.args for call in publish.call_args_list]
    assert {channel for channel, _ in published} == {hub.stream.channel_of(business.company_id)}
    assert [message == HINT for _, message in published] == [False, True, True]


@pytest.mark.usefixtures("backend")
async def test_unreadable_announcements_are_hints() -> None:
    for text in (
        HINT,
        "{",
        "[]",
        "{}",
        '{"views":[{}],"invoices":{},"credentialsChanged":0}',
        '{"views":[],"invoices":{},"credentialsChanged":"0"}',
        "[" * 20_000,
        "\ufffd",
        '{"views":[],"invoices":{},"credentialsChanged":0}' + " " * 32 * 1024,
    ):
        assert decode_views(text) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("sequence", "1"),
        ("sequence", 1.0),
        ("sequence", None),
        ("viewed_at", "0001-01-01T00:00:00+14:00"),
        ("viewed_at", None),
        ("company_id", 1),
        ("invoice_id", []),
        ("source", "FORGED"),
    ],
)
async def test_an_announcement_with_a_wrong_value_is_a_hint(
    business: Business, column: str, value: object
) -> None:
    announcement = loads(await _announced(await _shared(business)))
    assert decode_views(dumps(announcement)) is not None
    announcement["views"][0][column] = value
    assert decode_views(dumps(announcement)) is None


async def _key(business: Business) -> UUID:
    key = await business.make_key("VIEW_INVOICES")
    return (await authenticate(f"Bearer {key.secret}")).credential_id


async def test_announced_rows_are_not_read_again(business: Business, hub: Hub[Any]) -> None:
    view, reads = await _shared(business), count()
    read_after = Stream.read_after

    async def counted(*args: Any) -> Any:
        next(reads)
        return await read_after(*args)

    async with (
        asyncio.timeout(30),
        aclosing(hub.follow(business.company_id, await _key(business), 0)) as events,
    ):
        for n in range(1, 4):
            await write_in_one_statement([view.repeated()])
            assert (await anext(events)).sequence == n
        with patch.object(Stream, "read_after", counted):
            for n in range(4, 10):
                await write_in_one_statement([view.repeated()])
                assert (await anext(events)).sequence == n
    assert next(reads) == 0


async def test_only_the_next_rows_of_the_company_are_taken(
    business: Business, rival: Business, hub: Hub[Any]
) -> None:
    view, foreign = await _shared(business), await _shared(rival)
    others = loads(await _announced(foreign))
    async with (
        asyncio.timeout(30),
        aclosing(hub.follow(business.company_id, await _key(business), 0)) as events,
    ):
        for n in range(1, 4):
            recorded = await _announced(view.repeated(), view.repeated())
            assert (await anext(events)).sequence == 2 * n - 1
            assert (await anext(events)).sequence == 2 * n
        own, feed = loads(recorded), hub._feeds[business.company_id]

        def takes(announcement: dict[str, Any], *sequences: int) -> bool:
            views = zip(announcement["views"], sequences, strict=True)
            forged = [{**row, "sequence": sequence} for row, sequence in views]
            return feed._takes(dumps({**own, **announcement, "views": forged}))

        assert not takes(own, 7, 9)
        assert not takes(own, 8, 7)
        assert not takes(own, 7, 7)
        assert not takes(own, 2**70, 2**70 + 1)
        assert not takes(others, 7)
        assert takes(own, -1, 6)  # which it has
        assert feed._last_sequence == 6
        assert takes(own, 7, 8)
        assert feed._last_sequence == 8


@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "permissions"])
async def test_no_announced_event_gets_out_after_the_credential_has_changed(
    business: Business, hub: Hub[Any], change: str
) -> None:
    view, key = await _shared(business), await _key(business)
    async with asyncio.timeout(30), aclosing(hub.follow(business.company_id, key, 0)) as events:
        for n in range(1, 4):
            await write_in_one_statement([view.repeated()])
            assert (await anext(events)).sequence == n
        lost: object = "" if change == "permissions" else datetime.now(UTC)
        await Credential.filter(id=key).update(**{change: lost})
        await write_in_one_statement([view.repeated()])
        with pytest.raises(Forbidden if change == "permissions" else Unauthenticated):
            await anext(events)


async def test_no_announced_event_gets_out_after_the_credential_has_expired(
    business: Business, hub: Hub[Any]
) -> None:
    view, key = await _shared(business), await _key(business)
    ends_at = datetime.now(UTC) + timedelta(seconds=1)
    await Credential.filter(id=key).update(expires_at=ends_at)
    async with asyncio.timeout(30), aclosing(hub.follow(business.company_id, key, 0)) as events:
        for n in range(1, 4):
            await write_in_one_statement([view.repeated()])
            assert (await anext(events)).sequence == n
        await asyncio.sleep((ends_at - datetime.now(UTC)).total_seconds())
        await write_in_one_statement([view.repeated()])
        with pytest.raises(Unauthenticated):
            await anext(events)


async def test_a_follower_that_joins_is_judged_before_the_next_event(
    business: Business, hub: Hub[Any]
) -> None:
    view, key = await _shared(business), await _key(business)
    async with asyncio.timeout(30), aclosing(hub.follow(business.company_id, key, 0)) as events:
        for n in range(1, 4):
            await write_in_one_statement([view.repeated()])
            assert (await anext(events)).sequence == n
        unknown = hub.follow(business.company_id, uuid4(), 3)
        joining = asyncio.ensure_future(anext(unknown))
        await asyncio.sleep(0)
        await write_in_one_statement([view.repeated()])
        with pytest.raises(Unauthenticated):
            await joining
        assert (await anext(events)).sequence == 4
