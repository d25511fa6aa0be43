"""Coercing the values of variables as graphql-core does, but deciding once what types require.

Values that aren't accepted are left to graphql-core, which says why.
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from graphql import (
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLString,
    Undefined,
    coerce_input_value,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value

Coercer: TypeAlias = Callable[[Any], Any]
"""Returns the coerced value, or Undefined if it isn't accepted."""

_TEXTS: Final = frozenset({GraphQLID, GraphQLString})
"""Types that accept any text as it is."""


def coercer_of(type_: GraphQLInputType) -> Coercer | None:
    """Return what coerces values of `type_`; None for lists, and for objects with further ones."""
    nullable = get_nullable_type(type_)
    coerce: Coercer | None = None
    if is_leaf_type(nullable):
        coerce = _leaf_coercer(nullable)
    elif is_input_object_type(nullable):
        coerce = _object_coercer(nullable)
    if coerce is None:
        return None
    null = Undefined if is_non_null_type(type_) else None
    return lambda value: null if value is None else coerce(value)


def _leaf_coercer(type_: GraphQLInputType) -> Coercer:
    if type_ in _TEXTS:
        return lambda value: value if type(value) is str else coerce_input_value(value, type_)
    return lambda value: coerce_input_value(value, type_)


def _object_coercer(type_: GraphQLInputObjectType) -> Coercer | None:
    """Return what coerces an object whose fields are all plain values."""
    fields: list[tuple[str, str, Coercer, Any]] = []
    for name, field in type_.fields.items():
        coerce = coercer_of(field.type) if is_leaf_type(get_nullable_type(field.type)) else None
        if coerce is None or type_.is_one_of:
            return None
        fields.append((name, field.out_name or name, coerce, coerce_default_value(field)))
    required = {name for name, field in type_.fields.items() if is_required_input_field(field)}
    known = type_.fields.keys()

    def coerce_object(values: object) -> object:
        if not isinstance(values, dict) or not required <= values.keys() <= known:
            return Undefined
        coerced: dict[str, Any] = {}
        for name, out_name, coerce, default in fields:
            value = coerce(values[name]) if name in values else default
            if value is not Undefined:
                coerced[out_name] = value
            elif name in values:
                return Undefined
        return type_.out_type(coerced)

    return coerce_object
