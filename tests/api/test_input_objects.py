"""Input objects are the same as those that Strawberry makes."""

import json
import re
from random import Random
from typing import Final

import pytest
from graphql import GraphQLInputObjectType, coerce_input_value, is_input_object_type
from strawberry.types.arguments import convert_argument

from api.schema import make_schema
from tests.support.clients import Business
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


@pytest.mark.parametrize(
    "given", [{}, {"reminder": None}, {"reminder": {"invoiceId": "x"}, "quote": {"quoteId": "x"}}]
)
async def test_an_input_of_one_value_takes_exactly_one(
    business: Business, given: dict[str, object]
) -> None:
    query = "query($input: EmailPreviewInput!) { emailPreview(input: $input) { subject } }"
    in_variable = await business.refused(query, input=given)
    literal = re.sub(r'"(\w+)":', r"\1:", json.dumps(given))
    in_document = await business.refused(f"{{ emailPreview(input: {literal}) {{ subject }} }}")
    assert (in_variable.code, in_document.code) == ("BAD_INPUT", "BAD_INPUT")
