"""How much one operation may ask for: depth and cost.

Cost is about the number of fields that the answer can have:

- A field costs one point. One that asks the database by itself, which is each list in pages and
  each `totalCount`, costs 20; `__schema` and `__type` cost 1,000.
- What stands below a list in pages costs as many times its points as the page has rows.
- What stands below a list without pages, as an invoice's lines and payments, costs 200 times its
  points, or within a page 50 times: one invoice alone may be long, those of a page are on average
  not. Lists of scalars and enums count as one value.

What `@skip` and `@include` leave out costs nothing. How large the text may be, with everything in
it, is measured in `api/size.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import isfinite
from typing import Any, Final, NamedTuple

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_introspection_type,
    is_list_type,
    is_object_type,
)

from api.size import refusal_over
from errors import QueryTooComplex
from services.paging import MAX_PAGE

MAX_DEPTH: Final = 12
MAX_COST: Final = 15_000
_ROWS_ALONE: Final = 200
"""What a list without pages is taken to have."""
_ROWS_IN_PAGE: Final = 50
"""What each is taken to have where there is one in each row of a page."""
_STATEMENT: Final = 20
"""Points of a field that asks the database by itself."""
_INTROSPECTION: Final = 1_000
_MAX_DIGITS: Final = 10
"""Those of the largest Int; Python refuses to read thousands."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How much an operation asks for."""

    depth: int = 0
    cost: int = 0
    varies: bool = field(default=False, compare=False)
    """Whether a variable had a say in it."""

    def refusal(self) -> QueryTooComplex | None:
        """Return the error for an operation that asks for too much."""
        return refusal_over(
            ("is nested", self.depth, MAX_DEPTH, "levels deep"),
            ("costs", self.cost, MAX_COST, "points"),
        )


class Weight(NamedTuple):
    """What a field costs by itself, and how many times what stands below it is answered."""

    cost: int = 1
    rows: int = 1
    rows_in_page: int = 1
    is_paged: bool = False


_USUAL: Final = Weight()


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None = None,
) -> Measure:
    """Return how much `operation` of `document` asks for with `variables`.

    It need not be valid: what it names and nobody knows counts as little as it can.
    """
    defaults = {
        definition.variable.name.value: _literal(definition.default_value)
        for definition in operation.variable_definitions or ()
    }
    measurer = _Measurer(document, defaults | dict(variables or {}), weights(schema))
    size = measurer.measure(operation.selection_set, in_page=False)
    return replace(size, varies=measurer.asked_for_variables)


@cache
def weights(schema: GraphQLSchema) -> Mapping[str, Weight]:
    """Return the names of the fields that weigh more than one point, each with its weight."""
    found = {name: Weight(_INTROSPECTION) for name in ("__schema", "__type")}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            for name, field in type_.fields.items():
                weight = _weight(type_, name, field)
                if weight != _USUAL:
                    found[name] = max(found.get(name, weight), weight)
    return found


def _weight(type_: GraphQLObjectType, name: str, field: GraphQLField) -> Weight:
    if "first" in field.args:
        rows = int(field.args["first"].default_value)
        return Weight(_STATEMENT, rows, rows, is_paged=True)
    if name == "totalCount":
        return Weight(_STATEMENT)
    is_edges = "pageInfo" in type_.fields
    holds_rows = is_list_type(get_nullable_type(field.type)) and not is_edges
    if holds_rows and is_object_type(get_named_type(field.type)):
        return Weight(rows=_ROWS_ALONE, rows_in_page=_ROWS_IN_PAGE)
    return _USUAL


class _Measurer:
    """Walks one operation; each fragment at most twice, so no text keeps it long."""

    def __init__(
        self, document: DocumentNode, variables: Mapping[str, Any], weights: Mapping[str, Weight]
    ) -> None:
        self.asked_for_variables = False
        self._variables = variables
        self._weights = weights
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[tuple[str, bool], Measure] = {}

    def measure(self, selections: SelectionSetNode, *, in_page: bool) -> Measure:
        """Return the measure of what is selected, `in_page`: in each row of a page."""
        depth = cost = 0
        for node in selections.selections:
            if self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                part = self._field(node, in_page=in_page)
            elif isinstance(node, InlineFragmentNode):
                part = self.measure(node.selection_set, in_page=in_page)
            else:
                assert isinstance(node, FragmentSpreadNode)
                part = self._fragment(node.name.value, in_page=in_page)
            depth = max(depth, part.depth)
            cost += part.cost
        return Measure(depth, cost)

    def _field(self, node: FieldNode, *, in_page: bool) -> Measure:
        weight = self._weights.get(node.name.value, _USUAL)
        if node.selection_set is None:
            return Measure(1, weight.cost)
        below = self.measure(node.selection_set, in_page=in_page or weight.is_paged)
        # graphql-core bounds the depth of introspection by itself.
        introspects = node.name.value in {"__schema", "__type"}
        return Measure(
            depth=1 if introspects else below.depth + 1,
            cost=weight.cost + self._rows(node, weight, in_page=in_page) * below.cost,
        )

    def _fragment(self, name: str, *, in_page: bool) -> Measure:
        key = (name, in_page)
        if key not in self._measured:
            self._measured[key] = Measure()  # for a fragment that contains itself
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._measured[key] = self.measure(fragment.selection_set, in_page=in_page)
        return self._measured[key]

    def _rows(self, node: FieldNode, weight: Weight, *, in_page: bool) -> int:
        if not weight.is_paged:
            return weight.rows_in_page if in_page else weight.rows
        for argument in node.arguments or ():
            if argument.name.value == "first":
                given: Any = self._value(argument.value)
                # What is not a page size is refused by the field itself.
                is_number = isinstance(given, (int, float)) and isfinite(given)
                return min(max(int(given), 1), MAX_PAGE) if is_number else weight.rows
        return weight.rows

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
            self.asked_for_variables = True
            return self._variables.get(node.name.value)
        return _literal(node)


def _literal(node: ValueNode | None) -> object:
    """Return the number or the boolean that `node` spells; None for anything else."""
    if isinstance(node, IntValueNode):
        return int(node.value[:_MAX_DIGITS])
    return node.value if isinstance(node, BooleanValueNode) else None
