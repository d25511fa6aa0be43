"""Variables of operations: which ones there are, and their values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ListValueNode,
    Node,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    get_variable_values,
    is_non_null_type,
    visit,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource

from api.input_values import Coercer, coercer_of

_FURTHER_FIELDS: Final = "includeDeprecated"
"""The argument of introspection that says whether it lists deprecated fields."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable whose values can be coerced quickly."""

    signature: GraphQLVariableSignature
    coerce: Coercer
    is_optional: bool
    """Whether it has no value if none is given."""


class VariableReader:
    """Reads the variables of an operation from a request."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._variables = _quick_variables(schema, operation)

    def read(self, given: Mapping[str, Any]) -> VariableValues | None:
        """Return the values, or None if graphql-core refuses one of them."""
        if self._variables is not None:
            read_quickly = _read(self._variables, given)
            if read_quickly is not None:
                return read_quickly
        read = get_variable_values(self._schema, self._definitions, dict(given))
        return None if isinstance(read, list) else read


def _read(variables: Sequence[_Variable], given: Mapping[str, Any]) -> VariableValues | None:
    """Return the values, or None if one of them isn't simply accepted."""
    sources: dict[str, VariableValueSource] = {}
    values: dict[str, Any] = {}
    for variable in variables:
        name = variable.signature.name
        if name in given:
            value = values[name] = variable.coerce(given[name])
            if value is Undefined:
                return None
            sources[name] = VariableValueSource(variable.signature, given[name])
        elif variable.is_optional:
            sources[name] = VariableValueSource(variable.signature)
        else:
            return None
    return VariableValues(sources, values)


def _quick_variables(
    schema: GraphQLSchema, operation: OperationDefinitionNode
) -> list[_Variable] | None:
    """Return the variables, if the values of all of them can be coerced quickly."""
    variables: list[_Variable] = []
    for definition in operation.variable_definitions or ():
        signature = get_variable_signature(schema, definition)
        if isinstance(signature, GraphQLError):
            return None
        coerce = coercer_of(signature.type)
        if coerce is None:
            return None
        is_optional = signature.default is None and not is_non_null_type(signature.type)
        variables.append(_Variable(signature=signature, coerce=coerce, is_optional=is_optional))
    return variables


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
