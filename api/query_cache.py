"""From the text of a request to a document that may be executed."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any, Final

from graphql import (
    DirectiveNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    get_operation_ast,
    parse,
    validate,
    visit,
)
from graphql.language.visitor import BREAK
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError

from api.complexity import Measure, measure
from api.execution import Readers
from api.query_size import MAX_TOKENS, size_of
from errors import BadInput, PortalError

_CACHED: Final = 128
"""Documents that are kept: what parsing and validating costs is paid once for each client's texts.

The largest takes some 700 KiB, so strangers can't make this more than 90 MiB.
"""
_CACHED_LENGTH: Final = 8 * 1024
"""Characters of a text that is kept; more can only be comments, strings and white space."""

_MAX_ERRORS: Final = 5
"""Faults that are looked for: some are worded with the whole value in which they stand."""


class Documents(SchemaExtension):
    """Parses, measures and validates, in this order.

    Refuses what is too large before it takes time, and over a websocket everything but
    subscriptions.
    """

    _read: "ReadText"

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
        read = _read_once if len(text) <= _CACHED_LENGTH else ReadText
        with suppress(GraphQLError):
            self._read = read(context.schema._schema, text)
            context.graphql_document = self._read.document
            context.context.readers = self._read.readers
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse what is too large or not valid."""
        context = self.execution_context
        operation = get_operation_ast(self._read.document, context._provided_operation_name)
        if operation is None:
            # The first of several is not meant more than the others (GraphQL 6.1 GetOperation).
            raise CannotGetOperationTypeError(None)
        refusal = self._refusal(operation)
        if refusal:
            context.pre_execution_errors = [GraphQLError(str(refusal), original_error=refusal)]
        else:
            context.pre_execution_errors = list(self._read.errors)
        yield

    def _refusal(self, operation: OperationDefinitionNode) -> PortalError | None:
        context = self.execution_context
        is_subscription = operation.operation is OperationType.SUBSCRIPTION
        if context.context.over_websocket and not is_subscription:
            return BadInput("A websocket carries subscriptions only. Use POST for the rest.")
        return self._read.refusal or self._read.measure(operation, context.variables).refusal()


class ReadText:
    """A text that was parsed; it is validated when that is asked for, once."""

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        self.schema = schema
        self.document = parse(text, max_tokens=MAX_TOKENS)
        self.refusal = size_of(self.document).refusal()
        self._sizes: dict[int, Measure] = {}
        self._readers = Readers()

    def measure(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> Measure:
        """Return how much `operation` asks for; reckoned once if no variable matters."""
        size = self._sizes.get(id(operation))
        if size is None:
            size = measure(self.schema, self.document, operation, variables)
            if not size.varies:
                self._sizes[id(operation)] = size
        return size

    @cached_property
    def errors(self) -> Sequence[GraphQLError]:
        """What is wrong: faults of the document, whatever the engine has raised for them."""
        found = validate(self.schema, self.document, max_errors=_MAX_ERRORS)
        return [GraphQLError(error.message, error.nodes) for error in found]

    @property
    def readers(self) -> Readers:
        """The readers of the text; new ones where a directive lets variables choose the fields."""
        return Readers() if self._has_directives else self._readers

    @cached_property
    def _has_directives(self) -> bool:
        finder = _DirectiveFinder()
        visit(self.document, finder)
        return finder.found


class _DirectiveFinder(Visitor):
    """Tells whether there is any directive."""

    found = False

    def enter_directive(self, _: DirectiveNode, *__: object) -> object:
        """Note it, and look no further."""
        self.found = True
        return BREAK


_read_once = lru_cache(_CACHED)(ReadText)
