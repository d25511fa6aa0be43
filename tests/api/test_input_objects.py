"""Input objects are the same as those that Strawberry makes."""

from random import Random
from typing import Final

import pytest
from graphql import GraphQLInputObjectType, coerce_input_value, is_input_object_type
from strawberry.types.arguments import convert_argument

from api.schema import make_schema
from tests.support.input_values import any_value

_SCHEMA: Final = make_schema()
_INPUTS: Final = [
    type_ for type_ in _SCHEMA._schema.type_map.values() if is_input_object_type(type_)
]


@pytest.mark.parametrize("type_", _INPUTS, ids=str)
def test_input_objects_are_those_of_strawberry(
    monkeypatch: pytest.MonkeyPatch, type_: GraphQLInputObjectType
) -> None:
    made: list[list[object]] = []
    for _ in range(2):
        random = Random(str(type_))
        coerced = [coerce_input_value(any_value(type_, random), type_) for _ in range(8)]
        origin = type_.extensions["strawberry-definition"].origin
        registry = _SCHEMA.schema_converter.scalar_registry
        made.append([convert_argument(each, origin, registry, _SCHEMA.config) for each in coerced])
        for each in _INPUTS:
            monkeypatch.setattr(each.extensions["strawberry-definition"], "from_input", None)
    assert made[0] == made[1]
