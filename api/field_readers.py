"""Readers of values that need nothing but their object, for the plans of `api/plan.py`.

A reader raises for a value that doesn't match its type. graphql-core then completes it, and reports
the error.

One function reads all that is selected of an object. It is compiled when a text is sent for the
second time, since compiling takes longer than reading once:

    def read(source):
        if source is None: raise Unreadable
        value0 = source.row.number
        value0 = value0 if type(value0) is name0 else name1(value0)
        value1 = name2(name3(source))
        return {'number': value0, 'total': value1}
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    get_argument_values,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.values import VariableValues
from strawberry.types.field import StrawberryField

from schema.lazy_fields import Computed, InnerValue, LazyValue, MadeValue

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a field or an object and returns its value in the response."""
Getter: TypeAlias = Callable[[Any], Any] | MadeValue | str
"""Gets the raw value of a field: a function of the object, a `MadeValue`, or a path of attributes
such as `row.issue_date`."""


@dataclass(frozen=True, slots=True)
class Direct:
    """What becomes of values of exactly one Python type, without a call of `read`."""

    type: type
    suffix: str = ""
    """What follows the value in an expression of what the response has."""


TEXT: Final = Direct(str)
_DIRECT: Final[dict[str, Direct]] = {
    GraphQLBoolean.name: Direct(bool),
    GraphQLID.name: TEXT,
    GraphQLString.name: TEXT,
    "Date": Direct(date, ".isoformat()"),
}
"""How values of types, by name, get into the response."""
_PLAIN: Final = frozenset({bool, int, float, Decimal, date, datetime, UUID})
"""Types that a scalar can coerce. Values of other types may be exceptions or awaitables."""

Parts: TypeAlias = Mapping[str, str]
"""For an object that isn't made, the path in the source to each of its attributes."""
_OWN: Final[Parts] = {}


class Unreadable(Exception):
    """A value doesn't match its type, or isn't known to."""


def getter_of(type_: GraphQLObjectType, field: GraphQLField) -> Getter | None:
    """Return the getter of a field, unless it has arguments or is asynchronous.

    What it gets of a lazy field isn't kept in the object.
    """
    definition = _definition(field)
    if definition is None or definition.extensions or field.args:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return _writer_of(type_, definition) or _getter_of_value(type_, definition)
    if resolver.is_async or resolver.info_parameter:
        return None
    return _writer_of(type_, definition) or cast("Reader", resolver.wrapped_func)


def _getter_of_value(type_: GraphQLObjectType, field: StrawberryField) -> Getter:
    match field.default:
        case InnerValue(path=path):
            return path
        case MadeValue() as value:
            return value
        case LazyValue() as value:
            return value.method_of(_class_of(type_))
    return field.python_name


def is_written(type_: GraphQLObjectType, field: GraphQLField) -> bool:
    """Whether what the getter of `field` gets is what the response has."""
    definition = _definition(field)
    return definition is not None and _writer_of(type_, definition) is not None


def _writer_of(type_: GraphQLObjectType, field: StrawberryField) -> Callable[[Any], Any] | None:
    """Return the method `write_<name>` of the class of `type_`, if it has one for `field`."""
    writer: Callable[[Any], Any] | None = getattr(
        _class_of(type_), f"write_{field.python_name}", None
    )
    return writer


def introspection_getter(
    field: GraphQLField, selected: FieldDetails, schema: GraphQLSchema, variables: VariableValues
) -> Getter | None:
    """Return the getter of a field of an introspection type, or None if an argument is invalid.

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


def constant(value: str) -> Getter:
    """Return a getter of `value`."""
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
    direct: Direct | None = None
    """The usual values, if they needn't be read."""
    fields: "Mapping[str, FieldReader] | None" = None
    """What it reads of an object, if that is known."""


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
WRITTEN: Final = Completer(_read_text, _read_texts, direct=TEXT)
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

    return Completer(
        lambda value: None if value is None else read(value),
        read_all_or_none,
        direct=completer.direct,
    )


@cache
def leaf_completer(type_: GraphQLLeafType) -> Completer:
    """Return what completes the values of a scalar or an enum."""
    coerce, direct = type_.coerce_output_value, _DIRECT.get(type_.name)
    enum = getattr(type_, "wrapped_cls", None)
    members = {member: coerce(member) for member in enum or ()}
    if enum is not None and all(name == member.name for member, name in members.items()):
        direct = Direct(enum, "._name_")
    unchanged = direct.type if direct and not direct.suffix else None

    def read(value: object) -> object:
        class_ = type(value)
        if class_ is unchanged:
            return value
        if class_ is enum:
            return members[value]
        if class_ in _PLAIN or isinstance(value, (str, Enum)):
            return coerce(value)
        raise Unreadable

    def read_all(values: list[object]) -> list[object]:
        if set(map(type, values)) == {unchanged}:
            return values
        return [read(value) for value in values]

    return Completer(read, read_all, direct=direct)


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


@dataclass(frozen=True, slots=True)
class FieldReader:
    """Gets a field from its object and completes it."""

    get: Getter
    completer: Completer

    def reader(self, *, compiled: bool) -> Reader:
        """Return a function that returns what the response has of the field."""
        if compiled:
            function = _Function()
            return function.compile(function.read(self))
        get, complete = self.function, self.completer.read
        return lambda source: complete(get(source))

    @property
    def function(self) -> Callable[[Any], Any]:
        """The getter as a function of the object."""
        match self.get:
            case str():
                return attrgetter(self.get)
            case MadeValue():
                return self.get.make
        return self.get

    @property
    def paths(self) -> Sequence[str] | None:
        """The paths to all that it gets, if it gets nothing else from its object."""
        if self.completer is UNCHANGED:
            return ()
        match self.get:
            case str():
                return (self.get,)
            case Computed():
                return self.get.paths
        return None


def object_completer(fields: Mapping[str, FieldReader], cost: int, *, compiled: bool) -> Completer:
    """Return what completes objects by the readers of their fields, by the names of these."""
    read = _compile(fields) if compiled else _interpreter(fields)
    return Completer(read, each(read).read_all, cost, fields=fields)


def _interpreter(fields: Mapping[str, FieldReader]) -> Reader:
    readers = [(name, field.function, field.completer.read) for name, field in fields.items()]

    def read(source: object) -> dict[str, object]:
        if source is None:
            raise Unreadable
        return {name: complete(get(source)) for name, get, complete in readers}

    return read


def _compile(fields: Mapping[str, FieldReader]) -> Reader:
    function = _Function()
    function.lines.append("if source is None: raise Unreadable")
    return function.compile(function.read_object(fields))


class _Function:
    """The source of a function that reads fields of an object, `source`, one after the other.

    It contains names of fields, which clients choose, but which GraphQL's syntax limits to letters,
    digits and underscores, and paths of attributes, which come from our own code.
    """

    def __init__(self) -> None:
        self.lines = ["def read(source):"]
        self._read: dict[tuple[str, Reader], str] = {}
        """What was read already, by its expression and what completes it."""
        self._names: dict[Callable[..., Any], str] = {}

    def read_object(self, fields: Mapping[str, FieldReader], parts: Parts = _OWN) -> str:
        """Add the lines that read the fields of an object, and return an expression of them all.

        The object is `source`, or with `parts` one that would be made from them, and isn't.
        """
        items = [f"{name!r}: {self.read(reader, parts)}" for name, reader in fields.items()]
        return f"{{{', '.join(items)}}}"

    def read(self, field: FieldReader, parts: Parts = _OWN) -> str:
        """Add the lines that read a field, and return an expression of its value."""
        completer = field.completer
        made = field.get.paths if isinstance(field.get, MadeValue) else {}
        if completer.fields and _needs_only(made, completer.fields):
            return self.read_object(completer.fields, made)
        raw = self._raw(field.get, parts)
        if (raw, completer.read) in self._read:
            return self._read[raw, completer.read]
        value = self._read[raw, completer.read] = f"value{len(self._read)}"
        if completer is UNCHANGED:
            self.lines.append(f"{value} = {raw}")
        elif completer.direct is None:
            self.lines.append(f"{value} = {self._name(completer.read)}({raw})")
        else:
            class_, complete = self._name(completer.direct.type), self._name(completer.read)
            directly = f"{value}{completer.direct.suffix} if type({value}) is {class_}"
            self.lines.append(f"{value} = {raw}")
            self.lines.append(f"{value} = {directly} else {complete}({value})")
        return value

    def compile(self, result: str) -> Reader:
        """Return the function, which returns the expression `result`."""
        source = "\n    ".join([*self.lines, f"return {result}"])
        names: dict[str, Any] = {name: function for function, name in self._names.items()}
        names["Unreadable"] = Unreadable
        exec(source, names)  # noqa: S102  # see above
        return cast("Reader", names.pop("read"))  # which can be freed without a collection

    def _raw(self, get: Getter, parts: Parts) -> str:
        """Return an expression of what `get` gets."""
        match get:
            case str():
                return f"source.{parts.get(get, get)}"
            case Computed():
                places = [f"source.{parts.get(path, path)}" for path in get.paths]
                return f"{self._name(get.function)}({', '.join(places)})"
            case MadeValue():
                return f"{self._name(get.make)}(source)"
        return f"{self._name(get)}(source)"

    def _name(self, function: Callable[..., Any]) -> str:
        return self._names.setdefault(function, f"name{len(self._names)}")


def _needs_only(parts: Parts, fields: Mapping[str, FieldReader]) -> bool:
    """Whether all that `fields` get is among the `parts` of their object."""
    return all(
        reader.paths is not None and all(path in parts for path in reader.paths)
        for reader in fields.values()
    )


def _class_of(type_: GraphQLObjectType) -> type:
    """Return the class that declares the lazy fields of `type_`."""
    return cast("type", type_.extensions["strawberry-definition"].origin)


def _definition(field: GraphQLField) -> StrawberryField | None:
    definition = (field.extensions or {}).get("strawberry-definition")
    return definition if isinstance(definition, StrawberryField) else None
