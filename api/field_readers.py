"""Readers of values that need nothing but their object, for the plans of `api/plan.py`.

A reader raises for a value that doesn't match its type. graphql-core then completes it, and reports
the error.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLSchema,
    GraphQLString,
    get_argument_values,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a field or an object and returns its value in the response."""

_UNCHANGED: Final[dict[Any, type]] = {
    GraphQLBoolean: bool,
    GraphQLID: str,
    GraphQLString: str,
}
"""Types whose values of this Python type are as they are in the response."""
_PLAIN: Final = frozenset({bool, int, float, Decimal, date, datetime, UUID})
"""Of other values, some aren't what the field is: an exception, or something to be awaited."""


class Unreadable(Exception):
    """A value doesn't match its type, or isn't known to."""


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


def optional(complete: Reader) -> Reader:
    """Return `complete` for a nullable type. Every other reader refuses None."""
    return lambda value: None if value is None else complete(value)


@cache
def leaf_reader(type_: GraphQLLeafType) -> Reader:
    """Return a reader of the values of a scalar or an enum."""
    coerce, expected = type_.coerce_output_value, _UNCHANGED.get(type_)
    members = {member: coerce(member) for member in getattr(type_, "wrapped_cls", ())}

    def read(value: object) -> object:
        class_ = type(value)
        if class_ is expected:
            return value
        if isinstance(value, Enum) and value in members:
            return members[value]
        if class_ in _PLAIN or isinstance(value, (str, Enum)):
            return coerce(value)
        raise Unreadable

    return read


def list_reader(complete: Reader) -> Reader:
    """Return a reader of lists whose items `complete` reads."""

    def read(values: list[object]) -> list[object]:
        if type(values) is not list:
            raise Unreadable
        return [complete(value) for value in values]

    return read


def object_reader(fields: Sequence[tuple[str, Reader, Reader]]) -> Reader:
    """Return a reader of objects by the name, the getter and the completer of each field."""

    def read(source: object) -> dict[str, object]:
        if source is None:
            raise Unreadable
        return {name: complete(get(source)) for name, get, complete in fields}

    return read


def _definition(field: GraphQLField) -> StrawberryField | None:
    definition = (field.extensions or {}).get("strawberry-definition")
    return definition if isinstance(definition, StrawberryField) else None
