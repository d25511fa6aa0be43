"""Results of events: each is executed and encoded once for all subscribers who may see the same.

A thousand followers of a company mostly send the same subscription. They get the same result if
the text, the permissions, and the variables are the same. Variables that only appear in arguments
of the subscription itself, such as `after`, say which events are sent, not what is in them.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeAlias

import orjson
from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    Node,
    OperationDefinitionNode,
)
from graphql.pyutils import AwaitableOrValue

from api.variables import variables_in

_TTL: Final = 1.0
"""Seconds. Followers who are later than this, such as slow readers, get a result of their own."""
_MAX_RESULTS: Final = 64
"""Results in memory, so that many different subscriptions can't fill it."""

Execute: TypeAlias = Callable[[], AwaitableOrValue[ExecutionResult]]


class SharedData(dict[str, Any]):
    """The data of a result, encoded once. Nobody may change it."""

    @cached_property
    def encoded(self) -> orjson.Fragment:
        """The data as JSON."""
        return orjson.Fragment(orjson.dumps(self))


def encode_shared(value: object) -> orjson.Fragment:
    """Return the JSON of SharedData; the `default` of orjson.dumps."""
    if isinstance(value, SharedData):
        return value.encoded
    raise TypeError(type(value))


@dataclass(slots=True)
class _Entry:
    result: ExecutionResult | asyncio.Future[ExecutionResult]
    until: float
    """When it is no longer shared, on the monotonic clock."""
    subjects: tuple[object, ...]
    """What the key identifies, so that nothing else gets the same identity meanwhile."""


class SharedResults:
    """The latest results, by what they depend on."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()

    def get(
        self, subjects: tuple[object, ...], key: Hashable, execute: Execute
    ) -> AwaitableOrValue[ExecutionResult]:
        """Return the result for the identity of `subjects` and `key`, or else of `execute`."""
        full_key, now = (*map(id, subjects), key), time.monotonic()
        entry = self._entries.get(full_key)
        if entry is None or entry.until < now:
            entry = self._add(full_key, now, subjects, execute())
        if isinstance(entry.result, ExecutionResult):
            return _own(entry.result)
        return _wait(entry.result)

    def _add(
        self,
        key: Hashable,
        now: float,
        subjects: tuple[object, ...],
        result: AwaitableOrValue[ExecutionResult],
    ) -> _Entry:
        if isinstance(result, ExecutionResult):
            entry = _Entry(_shareable(result), now + _TTL, subjects)
        else:
            # A task of its own: the first subscriber may leave while others wait for it.
            task = asyncio.ensure_future(result)
            entry = _Entry(task, now + _TTL, subjects)
            task.add_done_callback(lambda _: self._on_done(key, entry, task))
        self._entries.pop(key, None)
        while self._entries and next(iter(self._entries.values())).until < now:
            self._entries.popitem(last=False)
        self._entries[key] = entry
        if len(self._entries) > _MAX_RESULTS:
            self._entries.popitem(last=False)
        return entry

    def _on_done(self, key: Hashable, entry: _Entry, task: asyncio.Future[ExecutionResult]) -> None:
        if task.cancelled() or task.exception():
            self._entries.pop(key, None)
        else:
            entry.result = _shareable(task.result())


async def _wait(task: asyncio.Future[ExecutionResult]) -> ExecutionResult:
    return _own(_shareable(await asyncio.shield(task)))


def _shareable(result: ExecutionResult) -> ExecutionResult:
    if result.data is not None and not isinstance(result.data, SharedData):
        result.data = SharedData(result.data)
    return result


def _own(result: ExecutionResult) -> ExecutionResult:
    """Return a copy for one subscriber, whose errors get codes in place."""
    return ExecutionResult(result.data, list(result.errors) if result.errors else None)


def variables_of_events(
    operation: OperationDefinitionNode, fragments: tuple[FragmentDefinitionNode, ...]
) -> frozenset[str]:
    """Return the names of the variables on which an event's result depends."""
    parts: list[Node] = []
    for node in (operation, *fragments):
        for selection in node.selection_set.selections:
            if node is operation and isinstance(selection, FieldNode):
                parts += selection.directives or ()
                parts += (selection.selection_set,) if selection.selection_set else ()
            else:
                parts.append(selection)
    return variables_in(*parts)
