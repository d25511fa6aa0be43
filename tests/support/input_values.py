"""Valid values of the types that arguments have."""

from random import Random
from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.type import GraphQLEnumType, GraphQLInputType

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


def any_value(type_: GraphQLInputType, random: Random) -> Any:
    """Return a valid value of `type_`, as JSON."""
    if is_non_null_type(type_):
        return any_value(type_.of_type, random)
    if is_list_type(type_):
        return [any_value(type_.of_type, random) for _ in range(random.randrange(3))]
    if isinstance(type_, GraphQLInputObjectType):
        if type_.is_one_of:
            name = random.choice(sorted(type_.fields))
            return {name: any_value(type_.fields[name].type, random)}
        return {
            name: None
            if not is_non_null_type(field.type) and random.random() < 0.2
            else any_value(field.type, random)
            for name, field in type_.fields.items()
            if is_required_input_field(field) or random.random() < 0.6
        }
    if isinstance(type_, GraphQLEnumType):
        return random.choice(sorted(type_.values))
    return _VALUES[str(type_)]
