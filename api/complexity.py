"""The limits of one operation: depth and cost, both before it is executed.

The cost is what its response can have at most, with one row for each list without pages. How many
rows such a list really has is counted when it is executed (`api/execution.py`), and nothing here.
`docs/api.md` explains the points, and `api/field_costs.py` has them.

- The fields below the `edges` of a list with pages are multiplied by the page size.
- Fields that `@skip` and `@include` leave out cost nothing, and those of fragments count wherever
  they are spread.

`api/query_size.py` limits the size of the whole text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from api.field_costs import FieldCost, cost_of
from api.query_size import refusal_over
from core.response_budget import MAX_COST
from errors import QueryTooComplex
from i18n.translations import N_
from services.common.pagination import MAX_PAGE

MAX_DEPTH: Final = 12
_MAX_DIGITS: Final = 10
"""The digits of the largest Int. Python refuses to parse thousands."""
_DEPTH: Final = N_("The query is nested %(count)s levels deep. The limit is %(limit)s.")
_COST: Final = N_("The query costs %(count)s points. The limit is %(limit)s.")


@dataclass(frozen=True, slots=True)
class Measure:
    """The depth and cost of an operation."""

    depth: int = 0
    cost: int = 0
    variables: tuple[str, ...] = field(default=(), compare=False)
    """The names of the variables that influenced it."""

    def refusal(self) -> QueryTooComplex | None:
        """Return the error if a limit is exceeded."""
        return refusal_over(
            (_DEPTH, self.depth, MAX_DEPTH),
            (_COST, self.cost, MAX_COST),
        )


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None = None,
) -> Measure:
    """Return the depth and cost of `operation` in `document` with `variables`.

    The document need not be valid: unknown names count as little as possible.
    """
    defaults = {
        definition.variable.name.value: _literal(definition.default_value)
        for definition in operation.variable_definitions or ()
    }
    measurer = _Measurer(schema, document, defaults | dict(variables or {}))
    root = schema.get_root_type(operation.operation)
    size = measurer.measure(operation.selection_set, root, page=1)
    return replace(size, variables=tuple(measurer.asked_for))


class _Measurer:
    """Measures one operation, and each fragment once per page size."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]
    ) -> None:
        self.asked_for: set[str] = set()
        """The names of the variables that were looked at."""
        self._schema = schema
        self._variables = variables
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[tuple[str, int], Measure] = {}

    def measure(
        self, selections: SelectionSetNode, type_: GraphQLNamedType | None, *, page: int
    ) -> Measure:
        """Measure `selections` of a `type_`, which are within a page of `page` rows.

        The type is None if it isn't known.
        """
        depth = cost = 0
        for node in selections.selections:
            if self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                part = self._field(node, type_, page=page)
            elif isinstance(node, InlineFragmentNode):
                condition = self._condition(node.type_condition) or type_
                part = self.measure(node.selection_set, condition, page=page)
            else:
                assert isinstance(node, FragmentSpreadNode)
                part = self._fragment(node.name.value, page=page)
            depth = max(depth, part.depth)
            cost += part.cost
        return Measure(depth, cost)

    def _field(self, node: FieldNode, type_: GraphQLNamedType | None, *, page: int) -> Measure:
        name = node.name.value
        cost = cost_of(type_, name)
        if node.selection_set is None:
            return Measure(1, cost.points)
        inner = self._type_of(type_, name)
        own_page = self._page(node, cost)
        below = self.measure(node.selection_set, inner, page=own_page or page)
        # graphql-core bounds the depth of introspection by itself.
        introspects = name in {"__schema", "__type"}
        return Measure(
            depth=1 if introspects else below.depth + 1,
            cost=cost.points
            + cost.object_points
            + cost.row_points * (own_page or 0)
            + below.cost * (page if cost.is_edges else 1),
        )

    def _type_of(self, type_: GraphQLNamedType | None, name: str) -> GraphQLNamedType | None:
        if not is_composite_type(type_):
            return None
        definition = self._schema.get_field(type_, name)
        return get_named_type(definition.type) if definition else None

    def _condition(self, node: NamedTypeNode | None) -> GraphQLNamedType | None:
        return self._schema.get_type(node.name.value) if node else None

    def _fragment(self, name: str, *, page: int) -> Measure:
        key = (name, page)
        if key not in self._measured:
            self._measured[key] = Measure()  # for a fragment that contains itself
            node = self._fragments.get(name)
            if node is not None:
                condition = self._condition(node.type_condition)
                self._measured[key] = self.measure(node.selection_set, condition, page=page)
        return self._measured[key]

    def _page(self, node: FieldNode, cost: FieldCost) -> int | None:
        """Return the requested page size; None for a field that isn't a list with pages."""
        if cost.page_size is None:
            return None
        sizes: list[Any] = [
            self._value(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in {"first", "last"}
        ]
        # The field itself refuses anything that isn't a page size, and both of them at once.
        given = [size for size in sizes if isinstance(size, (int, float)) and isfinite(size)]
        return min(max(int(max(given)), 1), MAX_PAGE) if given else cost.page_size

    def _is_left_out(self, node: SelectionNode) -> bool:
        return any(
            self._value(argument.value) is (directive.name.value == "skip")
            for directive in node.directives or ()
            if directive.name.value in {"skip", "include"}
            for argument in directive.arguments or ()
            if argument.name.value == "if"
        )

    def _value(self, node: ValueNode) -> object:
        if isinstance(node, VariableNode):
            name = node.name.value
            self.asked_for.add(name)
            return self._variables.get(name)
        return _literal(node)


def _literal(node: ValueNode | None) -> object:
    """Return the number or boolean of a literal; None for anything else."""
    if isinstance(node, IntValueNode):
        return int(node.value[:_MAX_DIGITS])
    return node.value if isinstance(node, BooleanValueNode) else None
