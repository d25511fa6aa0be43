"""Variables of operations: which ones there are, and their values."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLID,
    GraphQLSchema,
    GraphQLString,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    Visitor,
    get_nullable_type,
    get_variable_values,
    visit,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource

_TEXTS: Final = frozenset({GraphQLID, GraphQLString})
"""Types of which a text is a value as it is."""

_FURTHER_FIELDS: Final = "includeDeprecated"
"""The argument of introspection that says whether it lists deprecated fields."""


class VariableReader:
    """Reads the variables of an operation from a request."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._texts = _signatures_of_texts(schema, operation)

    def read(self, given: Mapping[str, Any]) -> VariableValues | None:
        """Return the values, or None if graphql-core refuses one of them."""
        if self._texts is not None and all(type(given.get(name)) is str for name in self._texts):
            values = {name: given[name] for name in self._texts}
            sources = {
                name: VariableValueSource(signature, values[name])
                for name, signature in self._texts.items()
            }
            return VariableValues(sources, values)
        read = get_variable_values(self._schema, self._definitions, dict(given))
        return None if isinstance(read, list) else read


def _signatures_of_texts(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> dict[str, GraphQLVariableSignature] | None:
    """Return the signatures of the variables, if all are texts."""
    signatures: dict[str, GraphQLVariableSignature] = {}
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError) or get_nullable_type(signature.type) not in _TEXTS:
            return None
        signatures[signature.name] = signature
    return signatures


def has_variable(value: ValueNode) -> bool:
    """Whether a variable is used in `value`."""
    if isinstance(value, ListValueNode):
        return any(map(has_variable, value.values))
    if isinstance(value, ObjectValueNode):
        return any(has_variable(field.value) for field in value.fields)
    return isinstance(value, VariableNode)


def variables_in(*nodes: Node) -> frozenset[str]:
    """Return the names of the variables that are used in `nodes`."""
    collector = _VariableCollector()
    for node in nodes:
        visit(node, collector)
    return frozenset(collector.names)


def selecting_variables(document: DocumentNode, text: str) -> tuple[str, ...]:
    """Return the names of the variables that say which fields a response to `text` has."""
    if "@" not in text and _FURTHER_FIELDS not in text:
        return ()
    finder = _SelectionFinder()
    visit(document, finder)
    return tuple(sorted(variables_in(*finder.nodes)))


class _VariableCollector(Visitor):
    """Collects the names of variables."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: object) -> None:
        """Note the variable."""
        self.names.add(node.name.value)


class _SelectionFinder(Visitor):
    """Finds directives, and arguments that list further fields."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Node] = []

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        """Note the directive."""
        self.nodes.append(node)

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """Note the argument."""
        if node.name.value == _FURTHER_FIELDS:
            self.nodes.append(node)
