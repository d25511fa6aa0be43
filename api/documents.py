"""From the text of a request to a document that may be executed."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.graphql import OperationType

from api.complexity import MAX_TOKENS, measure
from errors import BadInput, PortalError

_CACHED: Final = 128
"""Documents that are kept: what parsing and validating costs is paid once for each client's texts.

The largest takes some 700 KiB, so strangers can't make this more than 90 MiB.
"""
_CACHED_LENGTH: Final = 8 * 1024
"""Characters of a text that is kept; more can only be comments, strings and white space."""


class Documents(SchemaExtension):
    """Parses, measures and validates, in this order.

    Refuses what is too large before it takes time, and over a websocket everything but
    subscriptions.
    """

    def on_operation(self) -> Iterator[None]:
        """Give the operation a context of its own; bound the parser."""
        context = self.execution_context
        context.context = context.context.of_operation()
        context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_parse(self) -> Iterator[None]:
        """Parse; what can't be parsed is left to Strawberry, which makes an answer of the error."""
        context = self.execution_context
        text = context.query or ""
        read = _parse_once if len(text) <= _CACHED_LENGTH else _parse
        with suppress(GraphQLError):
            context.graphql_document = read(text)
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what is too large or not valid."""
        context = self.execution_context
        document, schema = context.graphql_document, context.schema._schema
        assert document is not None
        operation = get_operation_ast(document, context._provided_operation_name)
        if operation is None:
            # The first of several is not meant more than the others (GraphQL 6.1 GetOperation).
            raise CannotGetOperationTypeError(None)
        refusal = self._refusal(schema, document, operation)
        if refusal:
            context.pre_execution_errors = [GraphQLError(str(refusal), original_error=refusal)]
        else:
            check = _validate_once if len(context.query or "") <= _CACHED_LENGTH else _validate
            context.pre_execution_errors = list(check(schema, document))
        yield

    def _refusal(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
    ) -> PortalError | None:
        context = self.execution_context
        is_subscription = context.operation_type is OperationType.SUBSCRIPTION
        if context.context.over_websocket and not is_subscription:
            return BadInput("A websocket carries subscriptions only. Use POST for the rest.")
        return measure(schema, document, operation, context.variables).refusal()


def _parse(text: str) -> DocumentNode:
    return parse(text, max_tokens=MAX_TOKENS)


def _validate(schema: GraphQLSchema, document: DocumentNode) -> Sequence[GraphQLError]:
    """Return what is wrong: faults of the document, whatever the engine has raised for them."""
    errors = validate(schema, document)
    return [GraphQLError(error.message, error.nodes) for error in errors]


_parse_once = lru_cache(_CACHED)(_parse)
_validate_once = lru_cache(_CACHED)(_validate)
