"""Readers of single fields, for the fast path of `api/execution.py`."""

from collections.abc import Callable
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

from graphql import GraphQLError, GraphQLField, GraphQLSchema, get_argument_values
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a field or an object and returns its value in the response."""


class NullInNonNull(Exception):
    """A value is null although its type doesn't allow it."""


def field_reader(field: GraphQLField) -> Reader | None:
    """Return a reader of the field's raw value, unless it has arguments or is asynchronous."""
    definition = _definition(field)
    if definition is None or definition.extensions or field.args:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return attrgetter(definition.python_name)
    if resolver.is_async or resolver.info_parameter:
        return None
    return cast("Reader", resolver.wrapped_func)


def attribute_reader(field: GraphQLField) -> Reader | None:
    """Return a reader of a field that is an attribute; None for any other."""
    definition = _definition(field)
    if definition is None or definition.base_resolver is not None:
        return None
    return attrgetter(definition.python_name)


def introspection_reader(
    field: GraphQLField, selected: FieldDetails, schema: GraphQLSchema, variables: VariableValues
) -> Reader | None:
    """Return a reader of a field of an introspection type, or None if an argument is invalid.

    graphql-core's resolvers of these fields are synchronous, and need nothing but the schema.
    """
    resolve = field.resolve
    if resolve is None:
        return None
    try:
        arguments = get_argument_values(field, selected.node, variables)
    except GraphQLError:
        return None
    info: Any = SimpleNamespace(schema=schema)
    if not arguments:
        return lambda source: resolve(source, info)
    return lambda source: resolve(source, info, **arguments)


def constant(value: str) -> Reader:
    """Return a reader of `value`."""
    return lambda _: value


def unchanged(value: object) -> object:
    """Return `value`."""
    return value


def required(complete: Reader) -> Reader:
    """Return `complete` for a type that isn't nullable. It raises NullInNonNull."""

    def read(value: object) -> object:
        completed = None if value is None else complete(value)
        if completed is None:
            raise NullInNonNull
        return completed

    return read


def optional(complete: Reader) -> Reader:
    """Return `complete` for a nullable type."""
    return lambda value: None if value is None else complete(value)


def _definition(field: GraphQLField) -> StrawberryField | None:
    definition = (field.extensions or {}).get("strawberry-definition")
    return definition if isinstance(definition, StrawberryField) else None
