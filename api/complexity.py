"""How much one request may ask for: tokens, depth, aliases and cost.

Cost is the number of fields the answer can have: a field costs one point, and what stands below a
list in pages costs as many times its points as the page has rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import isfinite
from typing import Any, Final

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from errors import QueryTooComplex
from services.paging import MAX_PAGE

MAX_TOKENS: Final = 2_000
MAX_DEPTH: Final = 12
MAX_ALIASES: Final = 30
MAX_COST: Final = 10_000
_MAX_DIGITS: Final = 10
"""Those of the largest Int; Python refuses to read thousands."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How large an operation is. A field that stands twice in one place counts as an alias."""

    depth: int = 0
    aliases: int = 0
    cost: int = 0
    varies: bool = field(default=False, compare=False)
    """Whether a variable had a say in it."""

    def refusal(self) -> QueryTooComplex | None:
        """Return the error for an operation that is too large."""
        figures = (
            ("is nested", self.depth, MAX_DEPTH, "levels deep"),
            ("has", self.aliases, MAX_ALIASES, "aliases and repeated fields"),
            ("costs", self.cost, MAX_COST, "points"),
        )
        for verb, figure, most, unit in figures:
            if figure > most:
                message = f"The query {verb} {figure:,} {unit}. The limit is {most:,}."
                return QueryTooComplex(message)
        return None


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None = None,
) -> Measure:
    """Return how large `operation` of `document` is with `variables`.

    It need not be valid: what it names and nobody knows counts as little as it can. So it can be
    measured first, since validation takes time that grows with the square of the repeated fields.
    """
    defaults = {
        definition.variable.name.value: _literal(definition.default_value)
        for definition in operation.variable_definitions or ()
    }
    measurer = _Measurer(document, defaults | dict(variables or {}), page_sizes(schema))
    size = measurer.measure(operation.selection_set, set())
    return replace(size, varies=measurer.asked_for_variables)


@cache
def page_sizes(schema: GraphQLSchema) -> Mapping[str, int]:
    """Return the names of the fields that are lists in pages, each with its usual page size."""
    sizes: dict[str, int] = {}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if "first" in field.args:
                    default = field.args["first"].default_value
                    sizes[name] = max(sizes.get(name, 0), int(default))
    return sizes


class _Measurer:
    """Walks one operation; each fragment once, so the walk takes no longer than the document is."""

    def __init__(
        self, document: DocumentNode, variables: Mapping[str, Any], page_sizes: Mapping[str, int]
    ) -> None:
        self.asked_for_variables = False
        self._variables = variables
        self._page_sizes = page_sizes
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}

    def measure(self, selections: SelectionSetNode, seen: set[str]) -> Measure:
        """Return the measure of what is selected, beside the fields that were `seen` there."""
        depth = aliases = cost = 0
        for node in selections.selections:
            if self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                part = self._field(node, seen)
            elif isinstance(node, InlineFragmentNode):
                part = self.measure(node.selection_set, seen)
            else:
                assert isinstance(node, FragmentSpreadNode)
                part = self._fragment(node.name.value)
            depth = max(depth, part.depth)
            aliases += part.aliases
            cost += part.cost
        return Measure(depth, aliases, cost)

    def _field(self, node: FieldNode, seen: set[str]) -> Measure:
        below = self.measure(node.selection_set, set()) if node.selection_set else Measure()
        extra = node.alias is not None or node.name.value in seen
        seen.add(node.name.value)
        # graphql-core bounds the depth of introspection by itself.
        introspects = node.name.value in {"__schema", "__type"}
        return Measure(
            depth=1 if introspects else below.depth + 1,
            aliases=below.aliases + extra,
            cost=1 + self._page_size(node) * below.cost,
        )

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            self._measured[name] = Measure()  # for a fragment that contains itself
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._measured[name] = self.measure(fragment.selection_set, set())
        return self._measured[name]

    def _page_size(self, node: FieldNode) -> int:
        default = self._page_sizes.get(node.name.value)
        if default is None:
            return 1
        for argument in node.arguments or ():
            if argument.name.value == "first":
                given: Any = self._value(argument.value)
                # What is not a page size is refused by the field itself.
                is_number = isinstance(given, (int, float)) and isfinite(given)
                return min(max(int(given), 1), MAX_PAGE) if is_number else default
        return default

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
