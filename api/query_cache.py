"""Parsing, measuring and validating queries, with a cache of what is known about each text."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

from graphql import (
    ArgumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
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
from api.execution import FieldReaders
from api.query_size import MAX_TOKENS, size_of
from errors import BadInput, PortalError

_MAX_CACHED: Final = 128 * 1024
"""Characters of all cached texts, so that a client's texts are parsed and validated once.

What is known about a text takes up to 600 bytes for each character, so the cache stays below 80 MiB
whatever strangers send.
"""
_MAX_CACHED_LENGTH: Final = 8 * 1024
"""Characters of a cached text. Longer ones must consist of comments, strings and white space."""

_MAX_ERRORS: Final = 5
"""Reported errors. Some messages contain the whole value that they are about."""


class QueryDocuments(SchemaExtension):
    """Parses, measures and validates, in this order.

    Texts that are too large are refused before they cost time. Websockets are for subscriptions
    only.
    """

    _read: "ParsedQuery"

    def on_operation(self) -> Iterator[None]:
        """Give the operation a context of its own; bound the parser."""
        context = self.execution_context
        context.context = context.context.of_operation()
        context.parse_options["max_tokens"] = MAX_TOKENS
        yield

    def on_parse(self) -> Iterator[None]:
        """Parse the text. Strawberry reports syntax errors."""
        context = self.execution_context
        text = context.query or ""
        with suppress(GraphQLError):
            self._read = _QUERIES.read(context.schema._schema, text)
            context.graphql_document = self._read.document
            context.context.readers = self._read.readers
        yield

    def on_validate(self) -> Iterator[None]:
        """Refuse operations that are too large or invalid."""
        context = self.execution_context
        operation = get_operation_ast(self._read.document, context._provided_operation_name)
        if operation is None:
            # With several operations, a name must choose one (GraphQL 6.1 GetOperation).
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
            return BadInput("Websockets are for subscriptions only. Use POST for the rest.")
        return self._read.refusal or self._read.measure(operation, context.variables).refusal()


class ParsedQuery:
    """A parsed text, which is validated once, when needed."""

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        self.schema = schema
        self.document = parse(text, max_tokens=MAX_TOKENS)
        self.refusal = size_of(self.document).refusal()
        self._sizes: dict[int, Measure] = {}
        self._readers = FieldReaders()

    def measure(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> Measure:
        """Return the depth and cost of `operation`, cached unless variables matter."""
        size = self._sizes.get(id(operation))
        if size is None:
            size = measure(self.schema, self.document, operation, variables)
            if not size.varies:
                self._sizes[id(operation)] = size
        return size

    @cached_property
    def errors(self) -> Sequence[GraphQLError]:
        """The validation errors."""
        errors = validate(self.schema, self.document, max_errors=_MAX_ERRORS)
        return [GraphQLError(error.message, error.nodes) for error in errors]

    @property
    def readers(self) -> FieldReaders:
        """The field readers of the text; fresh ones if its variables may change its fields."""
        return FieldReaders() if self._varies else self._readers

    @cached_property
    def _varies(self) -> bool:
        finder = _VariationFinder()
        visit(self.document, finder)
        return finder.found


class _VariationFinder(Visitor):
    """Sets `found` if the document has a directive, or a variable within introspection."""

    found = False

    def enter_directive(self, *_: object) -> object:
        """Stop at the first directive."""
        self.found = True
        return BREAK

    def enter_argument(self, node: ArgumentNode, *_: object) -> object:
        """Stop at an argument of introspection with a variable."""
        if node.name.value == "includeDeprecated" and isinstance(node.value, VariableNode):
            self.found = True
            return BREAK
        return None


class QueryCache:
    """The texts that were used last, of at most `max_length` characters together."""

    def __init__(self, max_length: int) -> None:
        self._max_length = max_length
        self._length = 0
        self._queries: OrderedDict[str, ParsedQuery] = OrderedDict()

    def read(self, schema: GraphQLSchema, text: str) -> ParsedQuery:
        """Return the parsed text. Raises GraphQLError for a syntax error."""
        if text in self._queries:
            self._queries.move_to_end(text)
            return self._queries[text]
        query = ParsedQuery(schema, text)
        if len(text) <= _MAX_CACHED_LENGTH:
            self._queries[text] = query
            self._length += len(text)
        while self._length > self._max_length:
            self._length -= len(self._queries.popitem(last=False)[0])
        return query


_QUERIES: Final = QueryCache(_MAX_CACHED)
