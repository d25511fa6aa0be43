"""Variables have the values that graphql-core gives them."""

from random import Random
from typing import Any, Final

import pytest
from graphql import (
    GraphQLInputType,
    OperationDefinitionNode,
    get_variable_values,
    is_input_type,
    is_non_null_type,
    parse,
)

from api.schema import make_schema
from api.variables import VariableReader
from tests.support.input_values import any_value

_SCHEMA: Final = make_schema()._schema
_TYPES: Final = sorted(
    name
    for name, type_ in _SCHEMA.type_map.items()
    if is_input_type(type_) and not name.startswith("__")
)
_WRONG: Final = [None, 7, -1, 2**40, 1.5, True, "text", "", [], ["text"], {}, {"unknown": 1}]


def _operation(type_: str) -> OperationDefinitionNode:
    [operation] = parse(f"query($given: {type_}) {{ __typename }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation


def _values(type_: GraphQLInputType, random: Random) -> list[Any]:
    """Return valid values, and such of which one part is replaced by something else."""
    values = [any_value(type_, random) for _ in range(6)]
    for value in values[:]:
        if isinstance(value, dict) and value:
            values += [{**value, name: random.choice(_WRONG)} for name in value]
            values += [{name: value[name] for name in value if name != left} for left in value]
            values.append({**value, "unknown": 1})
    return [*values, *_WRONG]


def _expected(operation: OperationDefinitionNode, given: dict[str, Any]) -> str:
    """Return all that graphql-core says of the values, but nothing of errors."""
    read = get_variable_values(_SCHEMA, operation.variable_definitions or (), given)
    return repr(None if isinstance(read, list) else read)


@pytest.mark.parametrize("name", _TYPES)
def test_values_are_those_of_graphql_core(name: str) -> None:
    type_ = _SCHEMA.type_map[name]
    assert is_input_type(type_)
    assert not is_non_null_type(type_)
    for declared in (name, f"{name}!", f"[{name}!]"):
        operation = _operation(declared)
        reader = VariableReader(_SCHEMA, operation)
        values = _values(type_, Random(name))
        for given in ({}, *[{"given": value, "other": 1} for value in values]):
            assert repr(reader.read(given)) == _expected(operation, given)


def test_a_default_is_used_if_nothing_is_given() -> None:
    operation = _operation('String! = "default"')
    read = VariableReader(_SCHEMA, operation).read({})
    assert read is not None
    assert read.coerced == {"given": "default"}
