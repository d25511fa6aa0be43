"""Rooms: followers who receive the same bytes, and what makes one leave."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from core.turns import Step, Turns
from subscriptions import rooms
from subscriptions.replay import Event
from subscriptions.rooms import Encoded, NotShareable, Room


class FakeOutlet:
    """Notes what is sent. It refuses events for which `accepts` is false."""

    def __init__(self, accepts: Callable[[int], bool] = lambda _: True) -> None:
        self.since = 0
        """The last event when the follower joined."""
        self.sent: list[int] = []
        self.encoded: list[int] = []
        self._accepts = accepts

    @property
    def key(self) -> Hashable:
        """The key of all of them."""
        return "key"

    def encode(self, event: Event[Any]) -> Encoded | Coroutine[Any, Any, Encoded]:
        """Return the sequence, every second time after others have had a turn."""
        self.encoded.append(event.sequence)
        encoded = Encoded(response={}, payload=b"%d" % event.sequence, sequence=event.sequence)
        return _later(encoded) if event.sequence % 2 else encoded

    def send(self, encoded: Encoded) -> bool:
        """Note the event, if it is accepted."""
        sequence = int(encoded.payload)
        if self._accepts(sequence):
            self.sent.append(sequence)
            return True
        return False


async def _later(encoded: Encoded) -> Encoded:
    await asyncio.sleep(0)
    return encoded


def _event(sequence: int) -> Event[Any]:
    nothing: Any = None
    return Event(sequence=sequence, row=nothing)


class FakeFeed:
    """A feed of events that are added by hand."""

    def __init__(self, wanted: Callable[[Event[Any]], bool] = lambda _: True) -> None:
        self.last = 0
        self.refused: dict[UUID, Exception] = {}
        self.room: Room[Any] = Room(
            0, wanted=wanted, after=self._after, in_turn=self._in_turn, refused=self.refused
        )

    def add(self, events: int = 1) -> None:
        """Add events."""
        self.last += events
        self.room.wake()

    def stay(
        self, outlet: FakeOutlet, follower: UUID | None = None, *, ahead: int = 0
    ) -> asyncio.Task[int]:
        """Let a follower that has everything, and events `ahead` of the feed, stay in the room."""

        async def stay() -> int:
            outlet.since = self.last + ahead
            return await self.room.stay(follower or uuid4(), outlet, outlet.since)

        return asyncio.ensure_future(stay())

    def open_room(self, position: int) -> None:
        """Make the room of one that has this position."""
        self.room = Room(
            position,
            wanted=self.room._wanted,
            after=self._after,
            in_turn=self._in_turn,
            refused=self.refused,
        )

    def _after(self, sequence: int) -> list[Event[Any]] | None:
        return [_event(n) for n in range(sequence + 1, self.last + 1)]

    def _in_turn(self, step: Step) -> None:
        asyncio.get_running_loop().call_soon(step)


async def _settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


async def test_each_event_is_encoded_once_for_all() -> None:
    feed, outlets = FakeFeed(), [FakeOutlet() for _ in range(50)]
    staying = [feed.stay(outlet) for outlet in outlets]
    await _settle()
    feed.add(3)
    await _settle()
    assert [outlet.sent for outlet in outlets] == [[1, 2, 3]] * 50
    assert sum(len(outlet.encoded) for outlet in outlets) == 3
    assert not any(task.done() for task in staying)
    feed.room.release()
    assert set(await asyncio.gather(*staying)) == {3}


async def test_one_that_does_not_read_leaves_and_holds_up_nobody() -> None:
    feed, slow, quick = FakeFeed(), FakeOutlet(lambda sequence: sequence < 2), FakeOutlet()
    leaving, staying = feed.stay(slow), feed.stay(quick)
    await _settle()
    feed.add(3)
    await _settle()
    assert (quick.sent, staying.done()) == ([1, 2, 3], False)
    assert slow.sent == [1]
    assert await leaving == 1  # so that it misses nothing
    staying.cancel()


async def test_one_that_is_refused_is_sent_nothing_more() -> None:
    feed, outlet, other = FakeFeed(), FakeOutlet(), FakeOutlet()
    follower = uuid4()
    leaving, staying = feed.stay(outlet, follower), feed.stay(other)
    await _settle()
    feed.refused[follower] = PermissionError()
    feed.add()
    await _settle()
    assert (outlet.sent, leaving.done()) == ([], True)
    assert (other.sent, staying.done()) == ([1], False)
    staying.cancel()


async def test_one_that_is_ahead_of_the_feed_makes_nobody_miss_an_event() -> None:
    feed, ahead, other = FakeFeed(), FakeOutlet(), FakeOutlet()
    feed.open_room(2)
    staying = [feed.stay(ahead, ahead=2), feed.stay(other)]
    await _settle()
    feed.add(3)
    await _settle()
    assert (ahead.sent, other.sent) == ([3], [1, 2, 3])
    for task in staying:
        task.cancel()


async def test_an_event_with_an_error_is_left_to_everybody() -> None:
    class Failing(FakeOutlet):
        def encode(self, event: Event[Any]) -> Encoded:  # noqa: ARG002  # the protocol's
            raise NotShareable

    feed = FakeFeed()
    leaving = [feed.stay(Failing()) for _ in range(3)]
    await _settle()
    feed.add()
    assert await asyncio.gather(*leaving) == [0, 0, 0]


async def test_an_event_whose_encoding_is_cancelled_is_left_to_everybody() -> None:
    class Cancelled(FakeOutlet):
        async def encode(self, event: Event[Any]) -> Encoded:  # noqa: ARG002  # the protocol's
            raise asyncio.CancelledError

    feed, turns, sent = FakeFeed(), Turns(), FakeOutlet()
    feed.room._in_turn = partial(turns.call, "company")
    leaving = [feed.stay(Cancelled()) for _ in range(3)]
    await _settle()
    feed.add()
    await _settle()
    assert [task.result() for task in leaving] == [0, 0, 0]
    staying = feed.stay(sent)
    await _settle()
    feed.add()
    await _settle()
    assert sent.sent == [2]
    staying.cancel()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["add", "join", "leave", "pause", "wait"]), max_size=40))
def test_nobody_misses_an_event_or_gets_one_twice(steps: list[str]) -> None:
    async def run() -> None:
        feed = FakeFeed(wanted=lambda event: event.sequence % 3 != 0)
        followers: list[tuple[FakeOutlet, asyncio.Task[int]]] = []
        for step in steps:
            if step == "add":
                feed.add()
            elif step == "join":
                outlet = FakeOutlet()
                followers.append((outlet, feed.stay(outlet)))
            elif step == "leave" and followers:
                followers[0][1].cancel()
                feed.room.wake()
            else:
                await asyncio.sleep(0)
        await _settle()
        for outlet, task in followers:
            wanted = [n for n in range(outlet.since + 1, feed.last + 1) if n % 3 != 0]
            assert outlet.sent == wanted[: len(outlet.sent)]
            assert task.done() or outlet.sent == wanted
            task.cancel()

    asyncio.run(run())


async def test_a_company_with_many_followers_leaves_turns_to_others() -> None:
    feed, turns = FakeFeed(), [0]

    def count(step: Step) -> None:
        turns[0] += 1
        asyncio.get_running_loop().call_soon(step)

    feed.room._in_turn = count
    staying = [feed.stay(FakeOutlet()) for _ in range(10 * rooms._AT_ONCE)]
    await _settle()
    feed.add()
    await _settle()
    assert turns == [11]  # one until it is encoded
    for task in staying:
        task.cancel()


async def test_each_event_is_encoded_in_a_turn_of_its_own() -> None:
    feed, outlet = FakeFeed(wanted=lambda event: event.sequence % 2 == 0), FakeOutlet()
    steps: list[Step] = []
    feed.room._in_turn = steps.append
    staying = feed.stay(outlet)
    await _settle()
    feed.add(4)
    assert steps.pop()()
    assert outlet.encoded == outlet.sent == [2]
    assert steps.pop()()
    assert (outlet.sent, steps) == ([2, 4], [])
    feed.room.wake()
    assert not steps.pop()()  # so that somebody else gets the turn
    staying.cancel()
