"""The limits of one operation: depth and cost.

Cost is roughly the number of fields that the response can have:

- A field costs one point. A field with a database query of its own, which is each paginated list
  and each `totalCount`, costs 20. `__schema` and `__type` cost 1,000. `__typename`, which many
  clients add everywhere, costs nothing.
- The fields below the `edges` of a paginated list are multiplied by the page size.
- The fields below a list without pages, such as an invoice's lines and payments, are multiplied by
  200, or by 50 within a page: a single invoice may be long, but those of a page are not on average.
  Some lists are always short: balances, of which there is one per currency, taxes and payouts are
  multiplied by 10, and refunds of a payment by 5. Lists of scalars and enums count as one value.

Fields that `@skip` and `@include` leave out cost nothing. `api/query_size.py` limits the size of
the whole text.
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

from api.query_size import refusal_over
from errors import QueryTooComplex
from services.common.pagination import MAX_PAGE

MAX_DEPTH: Final = 12
MAX_COST: Final = 15_000
_ROWS_OUTSIDE_PAGES: Final = 200
"""The assumed length of a list without pages."""
_ROWS_WITHIN_PAGES: Final = 50
"""The assumed length of such a list in each row of a page."""
_SHORT_LISTS: Final = {"balances": 10, "payouts": 10, "refunds": 5, "taxes": 10}
"""Lists without pages that are always short."""
_QUERY_COST: Final = 20
"""Points of a field with a database query of its own."""
_INTROSPECTION_COST: Final = 1_000
_MAX_DIGITS: Final = 10
"""The digits of the largest Int. Python refuses to parse thousands."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The depth and cost of an operation."""

    depth: int = 0
    cost: int = 0
    varies: bool = field(default=False, compare=False)
    """Whether variables influenced it."""

    def refusal(self) -> QueryTooComplex | None:
        """Return the error if a limit is exceeded."""
        return refusal_over(
            ("is nested", self.depth, MAX_DEPTH, "levels deep"),
            ("costs", self.cost, MAX_COST, "points"),
        )


class Weight(NamedTuple):
    """The cost of a field, and the factor for the fields below it."""

    cost: int = 1
    rows: int = 1
    rows_in_page: int = 1
    page_size: int | None = None
    """The page size if `first` is not given."""
    is_edges: bool = False


_DEFAULT_WEIGHT: Final = Weight()


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
    measurer = _Measurer(document, defaults | dict(variables or {}), weights(schema))
    size = measurer.measure(operation.selection_set, page=None)
    return replace(size, varies=measurer.asked_for_variables)


@cache
def weights(schema: GraphQLSchema) -> Mapping[str, Weight]:
    """Return the weights of all field names that cost more or less than one point."""
    weights_by_name = {name: Weight(_INTROSPECTION_COST) for name in ("__schema", "__type")}
    weights_by_name["__typename"] = Weight(cost=0)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not is_introspection_type(type_):
            for name, field in type_.fields.items():
                weight = _weight(type_, name, field)
                if weight != _DEFAULT_WEIGHT:
                    weights_by_name[name] = max(weights_by_name.get(name, weight), weight)
    return weights_by_name


def _weight(type_: GraphQLObjectType, name: str, field: GraphQLField) -> Weight:
    if "first" in field.args:
        return Weight(_QUERY_COST, page_size=int(field.args["first"].default_value))
    if name == "totalCount":
        return Weight(_QUERY_COST)
    holds_rows = is_list_type(get_nullable_type(field.type))
    if not holds_rows or not is_object_type(get_named_type(field.type)):
        return _DEFAULT_WEIGHT
    if "pageInfo" in type_.fields:
        return Weight(is_edges=True)
    few = _SHORT_LISTS.get(name)
    return Weight(rows=few or _ROWS_OUTSIDE_PAGES, rows_in_page=few or _ROWS_WITHIN_PAGES)


class _Measurer:
    """Measures one operation, and each fragment once per page size."""

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
        self._measured: dict[tuple[str, int | None], Measure] = {}

    def measure(self, selections: SelectionSetNode, *, page: int | None) -> Measure:
        """Measure `selections`, which are within pages of `page` rows, if any."""
        depth = cost = 0
        for node in selections.selections:
            if self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                part = self._field(node, page=page)
            elif isinstance(node, InlineFragmentNode):
                part = self.measure(node.selection_set, page=page)
            else:
                assert isinstance(node, FragmentSpreadNode)
                part = self._fragment(node.name.value, page=page)
            depth = max(depth, part.depth)
            cost += part.cost
        return Measure(depth, cost)

    def _field(self, node: FieldNode, *, page: int | None) -> Measure:
        weight = self._weights.get(node.name.value, _DEFAULT_WEIGHT)
        if node.selection_set is None:
            return Measure(1, weight.cost)
        below = self.measure(node.selection_set, page=self._page(node, weight) or page)
        # graphql-core bounds the depth of introspection by itself.
        introspects = node.name.value in {"__schema", "__type"}
        return Measure(
            depth=1 if introspects else below.depth + 1,
            cost=weight.cost + _rows(weight, page) * below.cost,
        )

    def _fragment(self, name: str, *, page: int | None) -> Measure:
        key = (name, page)
        if key not in self._measured:
            self._measured[key] = Measure()  # for a fragment that contains itself
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._measured[key] = self.measure(fragment.selection_set, page=page)
        return self._measured[key]

    def _page(self, node: FieldNode, weight: Weight) -> int | None:
        """Return the requested page size; None for a field that isn't a paginated list."""
        if weight.page_size is None:
            return None
        for argument in node.arguments or ():
            if argument.name.value == "first":
                given: Any = self._value(argument.value)
                # The field itself refuses anything that isn't a page size.
                is_number = isinstance(given, (int, float)) and isfinite(given)
                return min(max(int(given), 1), MAX_PAGE) if is_number else weight.page_size
        return weight.page_size

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


def _rows(weight: Weight, page: int | None) -> int:
    """Return how many rows a field has, within a page of `page` rows."""
    if page is None:
        return weight.rows
    return page if weight.is_edges else weight.rows_in_page


def _literal(node: ValueNode | None) -> object:
    """Return the number or boolean of a literal; None for anything else."""
    if isinstance(node, IntValueNode):
        return int(node.value[:_MAX_DIGITS])
    return node.value if isinstance(node, BooleanValueNode) else None
