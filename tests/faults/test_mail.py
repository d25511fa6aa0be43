"""Crashes of the portal and of the mail server while many e-mails are sent."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest

from services.email.delivery_queue import LEASE_TTL
from tests.faults.conftest import Cluster, Template, cluster_of, execute
from tests.support import servers
from tests.support.clients import Business, eventually
from tests.support.mailbox import Mailbox
from tests.support.mailbox import mailbox as running_mailbox

_CUSTOMERS = 60
_PAUSE = 0.3
"""Seconds between two looks at the queue, which take the time that the e-mails need."""
_LEASES_END = f"""UPDATE email_delivery
    SET next_attempt_at = next_attempt_at - interval '{LEASE_TTL.seconds} seconds'"""
_LIST = """query($state: DeliveryState, $after: String) { company {
    emailDeliveries(first: 100, state: $state, after: $after) {
        pageInfo { hasNextPage endCursor } edges { node { recipient state detail } } } } }"""


@pytest.fixture(scope="module")
def mail_server() -> Iterator[Mailbox]:
    """Yield a private mail server."""
    with running_mailbox() as box:
        yield box


@pytest.fixture
def box(mail_server: Mailbox) -> Mailbox:
    """Return the mail server, which has received nothing."""
    mail_server.arrived.clear()
    mail_server.delay = 0.0
    return mail_server


@pytest.fixture(scope="module")
async def processes(
    postgres_url: str,
    template: Template,
    environment: dict[str, str],
    mail_server: Mailbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Cluster]:
    """Yield two portals that use that mail server, which those of the other files don't."""
    url = await servers.create_database(postgres_url, template.name)
    settings = environment | {"DATABASE_URL": url, "SMTP_URL": mail_server.url}
    with cluster_of(settings, tmp_path_factory.mktemp("redis")) as cluster:
        yield cluster


async def deliveries(staff: Business, state: str | None = None) -> AsyncIterator[dict[str, str]]:
    """Yield the company's e-mails, all or those in `state`."""
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
    """Return the number of e-mails in these states."""
    return sum([1 for state in states async for _ in deliveries(staff, state)])


async def announce(staff: Business) -> list[str]:
    """Send an announcement to many customers, and return their addresses."""
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


async def _has_received(box: Mailbox, at_least: int) -> bool:
    return sum(map(len, box.arrived.values())) >= at_least


async def _queue_is_empty(staff: Business) -> bool:
    return not await count(staff, "QUEUED", "SENDING")


async def test_two_servers_share_the_queue_and_send_nothing_twice(
    cluster: Cluster, staff: Business, box: Mailbox
) -> None:
    assert cluster.portals[1].process
    addresses = await announce(staff)
    await eventually(lambda: _queue_is_empty(staff), seconds=60, pause=_PAUSE)
    assert {len(box.arrived[address]) for address in addresses} == {1}


async def test_mail_server_receives_the_rest_after_its_restart(
    cluster: Cluster, staff: Business, box: Mailbox
) -> None:
    assert cluster.portals[1].process
    box.delay = 0.02
    addresses = await announce(staff)
    await eventually(lambda: _has_received(box, 15))
    box.stop()
    box.delay = 0
    await eventually(lambda: _was_unreachable(staff), pause=_PAUSE)
    box.start()
    await eventually(lambda: _queue_is_empty(staff), seconds=60, pause=_PAUSE)
    in_doubt = {row["recipient"] async for row in deliveries(staff, "FAILED")}
    assert len(in_doubt) <= len(cluster.portals)
    assert {len(box.arrived[address]) for address in addresses if address not in in_doubt} == {1}
    assert {len(box.arrived[address]) for address in in_doubt} <= {0, 1}


async def _was_unreachable(staff: Business) -> bool:
    return any([row["detail"] is not None async for row in deliveries(staff, "QUEUED")])


async def test_killed_server_loses_and_doubles_no_email(
    cluster: Cluster, staff: Business, box: Mailbox
) -> None:
    """It is killed between two e-mails, and while the mail server takes one."""
    survivor, other = cluster.portals
    other.stop()
    addresses = await announce(staff)
    for share, box.delay in ((15, 0.0), (40, 0.05)):
        await eventually(lambda share=share: _has_received(box, share), seconds=60)
        survivor.kill()
        await execute(cluster.environment["DATABASE_URL"], _LEASES_END)  # as if it was down so long
        survivor.start()
    box.delay = 0
    await eventually(lambda: _queue_is_empty(staff), seconds=90, pause=_PAUSE)
    arrived = Counter({address: len(box.arrived[address]) for address in addresses})
    assert set(arrived.values()) <= {0, 1}
    in_doubt = {row["recipient"] async for row in deliveries(staff, "FAILED")}
    assert {address for address, times in arrived.items() if not times} <= in_doubt
    assert len(in_doubt) <= 2  # one for each kill
    assert await count(staff, "SENT") == _CUSTOMERS - len(in_doubt)
