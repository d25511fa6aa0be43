"""How large the text of a request may be, whichever of its operations is meant.

Validating compares whatever may stand at one place of an answer, pair by pair, in operations and
fragments that are never executed, and behind `@skip`, too. So this counts the whole document, and
comes before validation. What an operation asks for is measured in `api/complexity.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from errors import QueryTooComplex

MAX_TOKENS: Final = 2_000
MAX_OPERATIONS: Final = 10
MAX_FRAGMENTS: Final = 20
MAX_SPREADS: Final = 60
MAX_ALIASES: Final = 30
"""With all of these at their most, validating takes some 25 ms."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a text has. A field that stands twice in one place counts as an alias."""

    operations: int = 0
    fragments: int = 0
    spreads: int = 0
    aliases: int = 0

    def refusal(self) -> QueryTooComplex | None:
        """Return the error for a text that is too large."""
        return refusal_over(
            ("has", self.aliases, MAX_ALIASES, "aliases and repeated fields"),
            ("has", self.operations, MAX_OPERATIONS, "operations"),
            ("has", self.fragments, MAX_FRAGMENTS, "fragments"),
            ("spreads", self.spreads, MAX_SPREADS, "fragments"),
        )


def refusal_over(*figures: tuple[str, int, int, str]) -> QueryTooComplex | None:
    """Return the error for the first of `figures` over its limit: verb, figure, limit, unit."""
    for verb, figure, most, unit in figures:
        if figure > most:
            message = f"The query {verb} {figure:,} {unit}. The limit is {most:,}."
            return QueryTooComplex(message)
    return None


def size_of(document: DocumentNode) -> Size:
    """Return how large `document` is; it need not be valid."""
    operations = fragments = spreads = aliases = 0
    for definition in document.definitions:
        if not isinstance(definition, (OperationDefinitionNode, FragmentDefinitionNode)):
            continue
        if isinstance(definition, OperationDefinitionNode):
            operations += 1
        else:
            fragments += 1
        for selections in _selection_sets(definition.selection_set):
            names: set[str] = set()
            for node in _flattened(selections):
                if isinstance(node, FragmentSpreadNode):
                    spreads += 1
                    continue
                aliases += node.alias is not None or node.name.value in names
                names.add(node.name.value)
    return Size(operations, fragments, spreads, aliases)


def _selection_sets(outermost: SelectionSetNode) -> Iterator[SelectionSetNode]:
    """Yield `outermost` and those of all fields below it."""
    yield outermost
    for node in _flattened(outermost):
        if isinstance(node, FieldNode) and node.selection_set:
            yield from _selection_sets(node.selection_set)


def _flattened(selections: SelectionSetNode) -> Iterator[FieldNode | FragmentSpreadNode]:
    """Yield what is selected at one place, be it within an inline fragment."""
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            yield from _flattened(node.selection_set)
        else:
            assert isinstance(node, (FieldNode, FragmentSpreadNode))
            yield node
