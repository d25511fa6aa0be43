"""A server that dies in the middle of many e-mails, and a mail server that does."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.faults.conftest import Cluster
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.mailbox import mailbox as running_mailbox

_CUSTOMERS = 200
_LIST = """query($state: DeliveryState, $after: String) { company {
    emailDeliveries(first: 100, state: $state, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { recipient state detail } } } } }"""


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """Yield a mail server of this test's own."""
    with running_mailbox() as found:
        yield found


@pytest.fixture
def environment(environment: dict[str, str], box: Mailbox) -> dict[str, str]:
    """Return the settings of portals that use that mail server."""
    return environment | {"SMTP_URL": box.url}


async def deliveries(staff: Business, state: str | None = None) -> AsyncIterator[dict[str, str]]:
    """Yield every e-mail of the company, or those that stand there."""
    after = None
    while True:
        data = await staff.gql(_LIST, state=state, after=after)
        page = data["company"]["emailDeliveries"]
        for edge in page["edges"]:
            yield edge["node"]
        if not page["pageInfo"]["hasNextPage"]:
            return
        after = page["pageInfo"]["endCursor"]


async def count(staff: Business, *states: str) -> int:
    """Return how many e-mails stand in one of these states."""
    return sum([1 for state in states async for _ in deliveries(staff, state)])


async def announce(staff: Business) -> list[str]:
    """Announce something to many; returns their addresses."""
    addresses = [f"client-{n}@example.com" for n in range(_CUSTOMERS)]
    ids = [await staff.make_customer(email=address) for address in addresses]
    await staff.mutate(
        "sendAnnouncement",
        "SendAnnouncementInput",
        "{ queued }",
        customerIds=ids,
        subject="We move",
        body="Come and see it.",
    )
    return addresses


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["between", "within"])
async def test_a_server_that_is_killed_loses_and_doubles_no_mail(
    cluster: Cluster, staff: Business, box: Mailbox, pause: float
) -> None:
    survivor, victim = cluster.portals
    survivor.kill()
    survivor.start()
    victim.stop()
    box.seconds_to_think = pause
    addresses = await announce(staff)
    for share in (20, 100):
        await eventually(lambda share=share: _have_arrived(box, share), patience=30)
        survivor.kill()
        survivor.start()
    box.seconds_to_think = 0
    await eventually(lambda: _none_wait(staff), patience=90)
    arrived = Counter({address: len(box.arrived[address]) for address in addresses})
    assert set(arrived.values()) <= {0, 1}
    in_doubt = {row["recipient"] async for row in deliveries(staff, "FAILED")}
    assert {address for address, times in arrived.items() if not times} <= in_doubt
    assert len(in_doubt) <= 2  # one for each time it was killed
    assert await count(staff, "SENT") == _CUSTOMERS - len(in_doubt)


async def _have_arrived(box: Mailbox, at_least: int) -> bool:
    return sum(map(len, box.arrived.values())) >= at_least


async def _none_wait(staff: Business) -> bool:
    return not await count(staff, "QUEUED", "SENDING")


async def test_two_servers_share_the_queue_and_double_nothing(
    cluster: Cluster, staff: Business, box: Mailbox
) -> None:
    assert cluster.portals[1].process
    addresses = await announce(staff)
    await eventually(lambda: _none_wait(staff), patience=60)
    assert {len(box.arrived[address]) for address in addresses} == {1}


async def test_a_mail_server_that_goes_away_gets_the_rest_when_it_is_back(
    cluster: Cluster, staff: Business, box: Mailbox
) -> None:
    assert cluster.portals[1].process
    box.seconds_to_think = 0.02
    addresses = await announce(staff)
    await eventually(lambda: _have_arrived(box, 20))
    box.stop()
    box.seconds_to_think = 0
    await eventually(lambda: _has_been_missed(staff))
    box.start()
    await eventually(lambda: _none_wait(staff), patience=60)
    in_doubt = {row["recipient"] async for row in deliveries(staff, "FAILED")}
    assert len(in_doubt) <= len(cluster.portals)
    assert {len(box.arrived[address]) for address in addresses if address not in in_doubt} == {1}
    assert {len(box.arrived[address]) for address in in_doubt} <= {0, 1}


async def _has_been_missed(staff: Business) -> bool:
    return any([row["detail"] is not None async for row in deliveries(staff, "QUEUED")])
