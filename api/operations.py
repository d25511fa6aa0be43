"""Executing the operation of one request, for whatever answers HTTP."""

from collections.abc import Collection
from typing import Final

import graphql
from cross_web import HTTPException
from graphql import GraphQLError
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData, process_result
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.errors import code_errors
from api.execution import OperationContext
from api.executors import executor_of
from api.http.negotiation import EVENTS
from api.http_requests import MethodNotAllowed
from api.schema import make_schema
from core.response_budget import MAX_COST
from core.telemetry.tracing import span

OPERATIONS: Final = {
    "GET": frozenset({OperationType.QUERY}),
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
}
"""The operations allowed per HTTP method, for a single response."""


async def respond(
    parameters: GraphQLRequestData, context: OperationContext, allowed: Collection[OperationType]
) -> GraphQLHTTPResponse:
    """Return the response to a request that expects a single one, ready to be encoded.

    Raises HTTPException if there is no operation, or if it isn't one of those `allowed`.
    """
    return response_of(await execute(parameters, context, allowed), context)


async def execute(
    parameters: GraphQLRequestData, context: OperationContext, allowed: Collection[OperationType]
) -> ExecutionResult:
    """Execute one of the `allowed` operations; subscriptions need a stream.

    Raises HTTPException as `respond`.
    """
    executor = executor_of(make_schema()._schema, parameters, context, allowed)
    if executor is None:
        return await _refuse(parameters, context, allowed)
    try:
        with span("execute GraphQL"):
            executed = executor.execute_operation()
            result = executed if isinstance(executed, graphql.ExecutionResult) else await executed
    except Exception as fault:  # noqa: BLE001  # gets a code, and is logged
        error = GraphQLError(str(fault), original_error=fault)
        return ExecutionResult(data=None, errors=code_errors([error], context.accept_language))
    errors = code_errors(result.errors, context.accept_language) if result.errors else None
    return ExecutionResult(data=result.data, errors=errors)


async def _refuse(
    parameters: GraphQLRequestData, context: OperationContext, allowed: Collection[OperationType]
) -> ExecutionResult:
    """Let Strawberry say what is wrong."""
    try:
        return await make_schema().execute(
            parameters.query,
            variable_values=parameters.variables,
            context_value=context,
            operation_name=parameters.operation_name,
            allowed_operation_types=allowed,
        )
    except CannotGetOperationTypeError as fault:
        raise HTTPException(400, _no_operation(fault)) from fault
    except InvalidOperationTypeError as fault:
        if fault.operation_type is OperationType.SUBSCRIPTION:
            message = f"A subscription needs `Accept: {EVENTS}`, or a websocket."
            raise HTTPException(406, message) from fault
        raise MethodNotAllowed("POST") from fault


def response_of(result: ExecutionResult, context: OperationContext) -> GraphQLHTTPResponse:
    """Return the response, without `data` if nothing was executed, as the specification requires.

    https://graphql.github.io/graphql-over-http/draft/
    """
    response = process_result(result)
    # Errors of fields have a path. One without was found before execution.
    if result.data is None and not any(error.path for error in result.errors or ()):
        response.pop("data", None)
    if context.cost is not None:
        response["extensions"] = {"cost": {"requested": context.cost, "limit": MAX_COST}}
    return response


def _no_operation(fault: CannotGetOperationTypeError) -> str:
    if fault.operation_name is None:
        return "Name one of the document's operations in `operationName`."
    return fault.as_http_error_reason()
