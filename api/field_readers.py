"""Readers of values that need nothing but their object, for the plans of `api/plan.py`.

A reader raises for a value that doesn't match its type. graphql-core then completes it, and reports
the error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, SimpleNamespace
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    get_argument_values,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

from schema.lazy_fields import LazyValue

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a field or an object and returns its value in the response."""

_UNCHANGED: Final[dict[str, type]] = {
    GraphQLBoolean.name: bool,
    GraphQLID.name: str,
    GraphQLString.name: str,
}
"""Types, by name, whose values of this Python type are as they are in the response."""
_PLAIN: Final = frozenset({bool, int, float, Decimal, date, datetime, UUID})
"""Of other values, some aren't what the field is: an exception, or something to be awaited."""
_MANY: Final = 8
"""Objects from which on it is quicker to read them field by field."""


class Unreadable(Exception):
    """A value doesn't match its type, or isn't known to."""


def field_reader(type_: GraphQLObjectType, field: GraphQLField) -> Reader | None:
    """Return a reader of the field's raw value, unless it has arguments or is asynchronous.

    What it reads of a lazy field isn't kept in the object.
    """
    definition = _definition(field)
    if definition is None or definition.extensions or field.args:
        return None
    resolver = definition.base_resolver
    if resolver is None and isinstance(definition.default, LazyValue):
        return definition.default.method_of(_class_of(type_))
    if resolver is None:
        return attrgetter(definition.python_name)
    if resolver.is_async or resolver.info_parameter:
        return None
    return cast("Reader", resolver.wrapped_func)


def is_written(type_: GraphQLObjectType, field: GraphQLField) -> bool:
    """Whether what `field_reader` reads is what the response has."""
    definition = _definition(field)
    value = definition.default if definition else None
    return isinstance(value, LazyValue) and value.writer_of(_class_of(type_)) is not None


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


@dataclass(frozen=True, slots=True)
class Completer:
    """Completes values that need nothing but reading."""

    read: Reader
    """Completes a value."""
    read_all: Reader
    """Completes a list of values, which is quicker than one after the other."""
    cost: int = 0
    """Points of the object in a value, which it doesn't spend itself."""


def each(read: Reader) -> Completer:
    """Return what completes values one by one."""
    return Completer(read, lambda values: [read(value) for value in values])


def _read_text(value: object) -> str:
    if type(value) is str:
        return value
    raise Unreadable


def _read_texts(values: list[object]) -> list[object]:
    if not values or set(map(type, values)) == {str}:
        return values
    raise Unreadable


UNCHANGED: Final = Completer(lambda value: value, lambda values: values)
"""Completes the name of a type."""
WRITTEN: Final = Completer(_read_text, _read_texts)
"""Completes the text that the object has written for the response, and so needs an object."""


def optional(completer: Completer) -> Completer:
    """Return `completer` for a nullable type. Every other completer refuses None."""
    read, read_all = completer.read, completer.read_all

    def read_all_or_none(values: list[object]) -> list[object]:
        present = [value for value in values if value is not None]
        if len(present) == len(values):
            return cast("list[object]", read_all(values))
        completed = iter(read_all(present))
        return [None if value is None else next(completed) for value in values]

    return Completer(lambda value: None if value is None else read(value), read_all_or_none)


@cache
def leaf_completer(type_: GraphQLLeafType) -> Completer:
    """Return what completes the values of a scalar or an enum."""
    coerce, expected = type_.coerce_output_value, _UNCHANGED.get(type_.name)
    enum = getattr(type_, "wrapped_cls", None)
    members = {member: coerce(member) for member in enum or ()}

    def read(value: object) -> object:
        class_ = type(value)
        if class_ is expected:
            return value
        if class_ is enum:
            return members[value]
        if class_ in _PLAIN or isinstance(value, (str, Enum)):
            return coerce(value)
        raise Unreadable

    def read_all(values: list[object]) -> list[object]:
        if set(map(type, values)) == {expected}:
            return values
        return [read(value) for value in values]

    return Completer(read, read_all)


def list_completer(items: Completer) -> Completer:
    """Return what completes lists whose items `items` completes."""
    read_all = items.read_all

    def read(values: list[object] | tuple[object, ...]) -> object:
        if type(values) is list:
            return read_all(values)
        if type(values) is tuple:  # as in graphql-core's introspection
            return read_all(list(values))
        raise Unreadable

    return each(read)


def object_completer(fields: Sequence[tuple[str, Reader, Completer]], cost: int) -> Completer:
    """Return what completes objects by the name, the getter and the completer of each field."""
    names = tuple(name for name, _, _ in fields)
    singly = [(name, get, completer.read) for name, get, completer in fields]
    together = [(get, completer.read_all) for _, get, completer in fields]

    def read(source: object) -> dict[str, object]:
        if source is None:
            raise Unreadable
        return {name: complete(get(source)) for name, get, complete in singly}

    def read_all(sources: list[object]) -> list[dict[str, object]]:
        if len(sources) < _MANY:
            return [read(source) for source in sources]
        if NoneType in set(map(type, sources)):
            raise Unreadable
        columns = [complete_all(list(map(get, sources))) for get, complete_all in together]
        # A strict zip takes half as long again for an object of two fields.
        return [dict(zip(names, row)) for row in zip(*columns, strict=True)]  # noqa: B905

    return Completer(read, read_all, cost)


def _class_of(type_: GraphQLObjectType) -> type:
    """Return the class that declares the lazy fields of `type_`."""
    return cast("type", type_.extensions["strawberry-definition"].origin)


def _definition(field: GraphQLField) -> StrawberryField | None:
    definition = (field.extensions or {}).get("strawberry-definition")
    return definition if isinstance(definition, StrawberryField) else None
