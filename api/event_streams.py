"""The results of a subscription, of which as little as possible waits for each event."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Final, cast

import graphql
from graphql import GraphQLError, create_source_event_stream
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.errors import code_errors
from api.execution import PortalExecutor
from errors import ErrorCode

_FAULTS: Final = {ErrorCode.INTERNAL, ErrorCode.UNAVAILABLE}


@dataclass
class EventResult(ExecutionResult):
    """The result of an event, with its cursor unless the event failed to be delivered."""

    cursor: str | None = None


async def results_of(executor: PortalExecutor) -> AsyncGenerator[ExecutionResult, None]:
    """Yield the results of a subscription, up to the first error that isn't its own.

    An event that failed was not delivered. If later ones followed, a client that keeps the last
    cursor would never get it. So the stream ends, and the client reconnects.
    """
    try:
        created = create_source_event_stream(executor)
        source = await created if isawaitable(created) else created
        if isinstance(source, graphql.ExecutionResult):
            yield PreExecutionError(
                data=None,
                errors=code_errors(source.errors or (), executor.context_value.accept_language),
            )
            return
        events = cast("AsyncGenerator[object, None]", executor.cancellable_iterable(source))
        async with aclosing(events):
            async for event in events:
                result = await _result_of(executor, event)
                is_delivered = not has_fault(result.errors or ())
                if is_delivered:
                    result.cursor = getattr(event, "cursor", None)
                yield result
                if not is_delivered:
                    return
    except Exception as fault:  # noqa: BLE001  # gets a code, and is logged
        error = GraphQLError(str(fault), original_error=fault)
        yield ExecutionResult(
            data=None, errors=code_errors([error], executor.context_value.accept_language)
        )


async def _result_of(executor: PortalExecutor, event: object) -> EventResult:
    executed = executor.share_event(event)
    result = await executed if isawaitable(executed) else executed
    errors = (
        code_errors(result.errors, executor.context_value.accept_language)
        if result.errors
        else None
    )
    return EventResult(data=result.data, errors=errors)


def has_fault(errors: Iterable[GraphQLError]) -> bool:
    """Whether an error is the portal's."""
    return any((error.extensions or {}).get("code") in _FAULTS for error in errors)
