"""How much one request may ask for: tokens, depth, aliases and cost.

Cost is the number of fields the answer can have: a field costs one point, and what stands below a
list in pages costs as many times its points as the page has rows.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from errors import BadInput, PortalError, QueryTooComplex
from services.paging import MAX_PAGE

MAX_TOKENS: Final = 2_000
MAX_DEPTH: Final = 12
MAX_ALIASES: Final = 30
MAX_COST: Final = 10_000


@dataclass(frozen=True, slots=True)
class Measure:
    """How large an operation is."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def refusal(self) -> PortalError | None:
        """Return the error for an operation that is too large."""
        figures = (
            ("is nested", self.depth, MAX_DEPTH, "levels deep"),
            ("has", self.aliases, MAX_ALIASES, "aliases"),
            ("costs", self.cost, MAX_COST, "points"),
        )
        for verb, figure, most, unit in figures:
            if figure > most:
                message = f"The query {verb} {figure:,} {unit}. The limit is {most:,}."
                return QueryTooComplex(message)
        return None


class _Measurer:
    """Walks one operation; each fragment once, so the walk takes no longer than the document is."""

    def __init__(
        self, document: DocumentNode, variables: Mapping[str, Any], page_sizes: Mapping[str, int]
    ) -> None:
        self._variables = variables
        self._page_sizes = page_sizes
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}

    def measure(self, selections: SelectionSetNode | None) -> Measure:
        """Return the measure of what is selected."""
        depth = aliases = cost = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FieldNode):
                measure = self._field(node)
            elif isinstance(node, FragmentSpreadNode):
                measure = self._fragment(node.name.value)
            else:
                measure = self.measure(node.selection_set)  # type: ignore[attr-defined]
            depth = max(depth, measure.depth)
            aliases += measure.aliases
            cost += measure.cost
        return Measure(depth, aliases, cost)

    def _field(self, node: FieldNode) -> Measure:
        if node.name.value in {"__schema", "__type"}:
            # Introspection costs no query, and graphql-core bounds its depth by itself.
            return Measure(1, 0, 1)
        below = self.measure(node.selection_set)
        return Measure(
            depth=below.depth + 1,
            aliases=below.aliases + (node.alias is not None),
            cost=1 + self._page_size(node) * below.cost,
        )

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            self._measured[name] = Measure()
            self._measured[name] = self.measure(self._fragments[name].selection_set)
        return self._measured[name]

    def _page_size(self, node: FieldNode) -> int:
        default = self._page_sizes.get(node.name.value)
        if default is None:
            return 1
        given: object = default
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = argument.value
                if isinstance(value, IntValueNode):
                    given = int(value.value)
                elif isinstance(value, VariableNode):
                    given = self._variables.get(value.name.value, default)
        # What is not a page size is refused by the field itself.
        return min(max(given, 1), MAX_PAGE) if isinstance(given, int) else default


def page_sizes(schema: GraphQLSchema) -> dict[str, int]:
    """Return the names of the fields that are lists in pages, each with its usual page size."""
    sizes: dict[str, int] = {}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if "first" in field.args:
                    default = field.args["first"].default_value
                    sizes[name] = max(sizes.get(name, 0), int(default))
    return sizes


class ComplexityLimits(SchemaExtension):
    """Refuses operations that are too large, and over a websocket everything but subscriptions."""

    _sizes: dict[str, int] | None = None

    def on_operation(self) -> Generator[None, None, None]:
        """Bound the parser; give the operation a context of its own."""
        context = self.execution_context
        context.parse_options["max_tokens"] = MAX_TOKENS
        context.context = context.context.of_operation()
        yield

    def on_validate(self) -> Generator[None, None, None]:
        """Measure the operation once it is known to be valid."""
        yield
        context = self.execution_context
        document = context.graphql_document
        if context.pre_execution_errors or document is None:
            return
        refusal: PortalError | None
        if (
            context.context.over_websocket
            and context.operation_type is not OperationType.SUBSCRIPTION
        ):
            refusal = BadInput("A websocket carries subscriptions only. Use POST for the rest.")
        else:
            refusal = self._measure(document).refusal()
        if refusal:
            context.pre_execution_errors = [GraphQLError(str(refusal), original_error=refusal)]

    def _measure(self, document: DocumentNode) -> Measure:
        cls = type(self)
        if cls._sizes is None:
            cls._sizes = page_sizes(self.execution_context.schema._schema)
        variables = self.execution_context.variables or {}
        name = self.execution_context.operation_name
        measurer = _Measurer(document, variables, cls._sizes)
        for node in document.definitions:
            if isinstance(node, OperationDefinitionNode) and (
                name is None or (node.name is not None and node.name.value == name)
            ):
                return measurer.measure(node.selection_set)
        return Measure()
