"""An event is executed and encoded once for all subscribers who may see the same."""

import asyncio
from typing import Any

import pytest
from graphql import ExecutionResult, FragmentDefinitionNode, OperationDefinitionNode, parse

from api.outlets import ConnectionOutlet
from api.shared_results import SharedResults, variables_of_events
from subscriptions.replay import Event
from tests.support.clients import Business
from tests.support.subscribers import BEGINNING, websocket

_LINES = """subscription($after: String) {
    viewedInvoice(after: $after) { cursor invoice { number lines { description } } }
}"""


async def test_subscribers_to_the_same_share_one_execution_and_one_encoding(
    business: Business, portal_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[object] = []
    encode = ConnectionOutlet.encode

    def record(self: ConnectionOutlet, event: Event[Any]) -> object:
        encoded.append(event)
        return encode(self, event)

    monkeypatch.setattr(ConnectionOutlet, "encode", record)
    token = await business.share(await business.make_invoice())
    async with websocket(portal_url, business.secret or "") as dashboard:
        for n in range(20):
            await dashboard.subscribe(str(n), _LINES, after=BEGINNING)
        await business.stranger.record_view(token)
        await dashboard.until(20)  # now all of them follow
        encoded.clear()
        await business.stranger.record_view(token)
        await dashboard.until(40)
        assert len({str(event) for event in dashboard.events}) == 2
    assert len(encoded) == 1


async def test_key_with_other_permissions_gets_a_result_of_its_own(
    business: Business, portal_url: str
) -> None:
    query = """subscription($after: String) {
        viewedInvoice(after: $after) { cursor invoice { allowedActions } }
    }"""
    viewer = await business.make_key("VIEW_INVOICES")
    token = await business.share(await business.make_invoice())
    async with (
        websocket(portal_url, business.secret or "") as owner,
        websocket(portal_url, viewer.secret or "") as reader,
    ):
        await owner.subscribe("1", query, after=BEGINNING)
        await reader.subscribe("1", query, after=BEGINNING)
        await business.stranger.record_view(token)
        await owner.until(1)
        await reader.until(1)
    assert owner.events[0]["invoice"]["allowedActions"]
    assert not reader.events[0]["invoice"]["allowedActions"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("subscription($a: String) { v(after: $a) { c } }", set()),
        ("subscription($a: String, $b: Int) { v(after: $a) { c(d: $b) } }", {"b"}),
        ("subscription($b: Boolean!) { v @skip(if: $b) { c } }", {"b"}),
        ("subscription($b: Int) { v { ...F } } fragment F on V { c(d: $b) }", {"b"}),
        ("subscription($a: String) { ...F } fragment F on S { v(after: $a) { c } }", {"a"}),
    ],
)
def test_results_depend_on_variables_below_the_subscription(text: str, names: set[str]) -> None:
    operation, *fragments = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = tuple(each for each in fragments if isinstance(each, FragmentDefinitionNode))
    assert variables_of_events(operation, definitions) == names


async def test_first_subscriber_may_leave_while_others_wait() -> None:
    results, event, may_end = SharedResults(), object(), asyncio.Event()

    async def execute() -> ExecutionResult:
        await may_end.wait()
        return ExecutionResult({"a": 1}, None)

    async def get() -> ExecutionResult:
        result = results.get((event,), None, execute)
        return result if isinstance(result, ExecutionResult) else await result

    first, second = asyncio.create_task(get()), asyncio.create_task(get())
    await asyncio.sleep(0)
    first.cancel()
    may_end.set()
    assert (await second).data == {"a": 1}
    assert (await get()).data is (await second).data


async def test_failed_execution_is_not_shared_with_later_subscribers() -> None:
    results, event = SharedResults(), object()

    async def fail() -> ExecutionResult:
        raise LookupError

    async def succeed() -> ExecutionResult:
        return ExecutionResult({}, None)

    failed, done = results.get((event,), None, fail), ExecutionResult({}, None)
    assert not isinstance(failed, ExecutionResult)
    with pytest.raises(LookupError):
        await failed
    assert await asyncio.ensure_future(results.get((event,), None, succeed)) == done  # type: ignore[arg-type]
