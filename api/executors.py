"""The executor of the operation of one request."""

from collections.abc import Collection

from graphql import GraphQLError, GraphQLSchema
from strawberry.http import GraphQLRequestData
from strawberry.types.graphql import OperationType

from api.execution import OperationContext, PortalExecutor
from api.http.persisted_queries import PERSISTED_QUERIES, persisted_digest
from api.query_cache import QUERIES
from core.telemetry.request_notes import note_operation


def executor_of(
    schema: GraphQLSchema,
    parameters: GraphQLRequestData,
    context: OperationContext,
    allowed: Collection[OperationType],
) -> PortalExecutor | None:
    """Return an executor of the operation, or None if anything about it is to be refused."""
    try:
        query = QUERIES.read(schema, parameters.query or "")
    except GraphQLError:
        return None
    context.parsed = query
    operation = query.operation(parameters.operation_name)
    if operation is None or operation.type not in allowed:
        return None
    note_operation(operation.name)
    size = query.measure(operation.node, parameters.variables)
    if query.refusal or size.refusal():
        context.cost = size.cost
        return None
    if query.errors:
        return None
    variables = operation.variables.read(parameters.variables or {})
    if variables is None:
        return None
    context.plans, context.cost = query.plans, size.cost
    if parameters.extensions and (digest := persisted_digest(parameters.extensions)):
        text, client = parameters.query or "", context.client_info.rate_limit_key
        if PERSISTED_QUERIES.keep(digest, text, client):
            context.services.shared_texts.share(text, client)
    return PortalExecutor.of(schema, query.plans, operation.node, variables, context)
