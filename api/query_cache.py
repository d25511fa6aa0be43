"""Parsing, measuring and validating queries, with a cache of what is known about each text."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Any, Final, Self

from graphql import (
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    get_operation_ast,
    parse,
    validate,
)
from graphql.pyutils.undefined import UndefinedType
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.graphql import OperationType as StrawberryOperationType

from api.complexity import Measure, measure
from api.plan import Plans
from api.query_size import MAX_TOKENS, size_of
from api.variables import VariableReader
from errors import BadInput, PortalError, QueryTooComplex, Text

_MAX_CACHED: Final = 128 * 1024
"""Characters of all cached texts, so that a client's texts are parsed and validated once.

What is known about a text takes up to 600 bytes for each character, so the cache stays below 80 MiB
whatever strangers send.
"""
_MAX_CACHED_LENGTH: Final = 8 * 1024
"""Characters of a cached text. Longer ones must consist of comments, strings and white space."""

_MAX_SIZES: Final = 4
"""Sizes of an operation that are kept, such as those with different page sizes."""
_PLAIN: Final = frozenset({bool, float, int, NoneType, UndefinedType})
"""Types of values that take little memory."""
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
            self._read = context.context.parsed or QUERIES.read(context.schema._schema, text)
            context.graphql_document = self._read.document
            context.context.plans = self._read.plans
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
            return BadInput(Text("Websockets are for subscriptions only. Use POST for the rest."))
        return self._read.refusal_of(operation, context.variables)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a text."""

    node: OperationDefinitionNode
    type: StrawberryOperationType
    variables: VariableReader

    @property
    def name(self) -> str | None:
        """The name, if it has one."""
        return self.node.name.value if self.node.name else None

    @classmethod
    def of(cls, schema: GraphQLSchema, node: OperationDefinitionNode) -> Self:
        """Return the operation that `node` defines."""
        return cls(
            node=node,
            type=StrawberryOperationType(node.operation.value),
            variables=VariableReader(schema, node),
        )


@dataclass(frozen=True, slots=True)
class _Sized:
    """The size of an operation with certain values of its variables."""

    size: Measure
    values: list[object]


def _values_of(size: Measure, variables: Mapping[str, Any]) -> list[object]:
    """Return the types, and then the values, of the variables that influenced `size`.

    The types matter: 1 equals True, but doesn't leave out a field.
    """
    values = [variables.get(name, Undefined) for name in size.variables]
    return [*map(type, values), *values]


class ParsedQuery:
    """A parsed text, which is validated once, when needed."""

    def __init__(self, schema: GraphQLSchema, text: str) -> None:
        self.schema = schema
        self.document = parse(text, max_tokens=MAX_TOKENS)
        self.refusal = size_of(self.document).refusal()
        self._text = text
        self._sizes: dict[int, list[_Sized]] = {}
        self._operations: dict[str | None, Operation] = {}

    def operation(self, name: str | None) -> "Operation | None":
        """Return the operation called `name`; None if there is none, or none is chosen."""
        operation = self._operations.get(name)
        if operation is None:
            node = get_operation_ast(self.document, name)
            if node is None:
                return None
            operation = self._operations[name] = Operation.of(self.schema, node)
        return operation

    def refusal_of(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> QueryTooComplex | None:
        """Return the error if the text, or `operation` with `variables`, is too large."""
        return self.refusal or self.measure(operation, variables).refusal()

    def measure(
        self, operation: OperationDefinitionNode, variables: Mapping[str, Any] | None
    ) -> Measure:
        """Return the depth and cost of `operation`, cached for the values that matter."""
        given, sized = variables or {}, self._sizes.setdefault(id(operation), [])
        for known in sized:
            if not known.values or known.values == _values_of(known.size, given):
                return known.size
        size = measure(self.schema, self.document, operation, given)
        values = _values_of(size, given)
        if _PLAIN.issuperset(values[: len(size.variables)]):
            del sized[_MAX_SIZES - 1 :]
            sized.insert(0, _Sized(size=size, values=values))
        return size

    @cached_property
    def plans(self) -> Plans:
        """How its operations are executed, provided that they are valid."""
        return Plans(self.schema, self.document, self._text)

    @cached_property
    def errors(self) -> Sequence[GraphQLError]:
        """The validation errors."""
        errors = validate(self.schema, self.document, max_errors=_MAX_ERRORS)
        return [GraphQLError(error.message, error.nodes) for error in errors]


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


QUERIES: Final = QueryCache(_MAX_CACHED)
"""The texts that this process has read."""
