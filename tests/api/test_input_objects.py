"""Input objects are the same as those that Strawberry makes."""

from random import Random
from typing import Any, Final

import pytest
from graphql import (
    GraphQLInputObjectType,
    coerce_input_value,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.type import GraphQLEnumType, GraphQLInputType
from strawberry.types.arguments import convert_argument

from api.schema import make_schema

_SCHEMA: Final = make_schema()
_INPUTS: Final = [
    type_ for type_ in _SCHEMA._schema.type_map.values() if is_input_object_type(type_)
]
_VALUES: Final = {
    "Boolean": True,
    "Date": "2026-01-31",
    "DateTime": "2026-01-31T12:00:00Z",
    "Decimal": "1.50",
    "Float": 1.5,
    "ID": "an id",
    "Int": 3,
    "String": "text",
}


def _any_value(type_: GraphQLInputType, random: Random) -> Any:
    """Return a valid value of `type_`, as JSON."""
    if is_non_null_type(type_):
        return _any_value(type_.of_type, random)
    if is_list_type(type_):
        return [_any_value(type_.of_type, random) for _ in range(random.randrange(3))]
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: None
            if not is_non_null_type(field.type) and random.random() < 0.2
            else _any_value(field.type, random)
            for name, field in type_.fields.items()
            if is_required_input_field(field) or random.random() < 0.6
        }
    if isinstance(type_, GraphQLEnumType):
        return random.choice(sorted(type_.values))
    return _VALUES[str(type_)]


@pytest.mark.parametrize("type_", _INPUTS, ids=str)
def test_input_objects_are_those_of_strawberry(
    monkeypatch: pytest.MonkeyPatch, type_: GraphQLInputObjectType
) -> None:
    made: list[list[object]] = []
    for _ in range(2):
        random = Random(str(type_))
        coerced = [coerce_input_value(_any_value(type_, random), type_) for _ in range(8)]
        origin = type_.extensions["strawberry-definition"].origin
        registry = _SCHEMA.schema_converter.scalar_registry
        made.append([convert_argument(each, origin, registry, _SCHEMA.config) for each in coerced])
        for each in _INPUTS:
            monkeypatch.setattr(each.extensions["strawberry-definition"], "from_input", None)
    assert made[0] == made[1]
