"""The limits of a request's text, whichever of its operations is requested.

Validation compares all fields that may merge, pair by pair, even in operations and fragments that
are never executed, and behind `@skip`. So this counts the whole document before validation.
`api/complexity.py` measures what an operation asks for.
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

from errors import QueryTooComplex, Text
from i18n.translations import N_

MAX_TOKENS: Final = 2_000
MAX_OPERATIONS: Final = 10
MAX_FRAGMENTS: Final = 20
MAX_SPREADS: Final = 60
MAX_ALIASES: Final = 30
"""At all of these limits, validation takes some 25 ms."""
_ALIASES: Final = N_("The query has %(count)s aliases and repeated fields. The limit is %(limit)s.")
_OPERATIONS: Final = N_("The query has %(count)s operations. The limit is %(limit)s.")
_FRAGMENTS: Final = N_("The query has %(count)s fragments. The limit is %(limit)s.")
_SPREADS: Final = N_("The query has %(count)s fragment spreads. The limit is %(limit)s.")


@dataclass(frozen=True, slots=True)
class Size:
    """The counts of a text. A field that is repeated in one place counts as an alias."""

    operations: int = 0
    fragments: int = 0
    spreads: int = 0
    aliases: int = 0

    def refusal(self) -> QueryTooComplex | None:
        """Return the error if a limit is exceeded."""
        return refusal_over(
            (_ALIASES, self.aliases, MAX_ALIASES),
            (_OPERATIONS, self.operations, MAX_OPERATIONS),
            (_FRAGMENTS, self.fragments, MAX_FRAGMENTS),
            (_SPREADS, self.spreads, MAX_SPREADS),
        )


def refusal_over(*figures: tuple[str, int, int]) -> QueryTooComplex | None:
    """Return the error for the first of `figures` (message, figure, limit) over its limit."""
    for message, figure, limit in figures:
        if figure > limit:
            return QueryTooComplex(Text(message, count=figure, limit=limit))
    return None


def size_of(document: DocumentNode) -> Size:
    """Return the counts of `document`, which need not be valid."""
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
    """Yield `outermost` and the selection sets of all fields below it."""
    yield outermost
    for node in _flattened(outermost):
        if isinstance(node, FieldNode) and node.selection_set:
            yield from _selection_sets(node.selection_set)


def _flattened(selections: SelectionSetNode) -> Iterator[FieldNode | FragmentSpreadNode]:
    """Yield the selections of one place, with inline fragments flattened."""
    for node in selections.selections:
        if isinstance(node, InlineFragmentNode):
            yield from _flattened(node.selection_set)
        else:
            assert isinstance(node, (FieldNode, FragmentSpreadNode))
            yield node
