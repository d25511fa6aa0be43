"""A short cut for what most of an answer is made of: attributes of objects that are there already.

graphql-core gives each field a path, an info, and a look at whether it must be awaited. A field
that is a plain attribute, or a method without arguments that is not async, needs none of that.
Where a selection has only such fields, all the way down, it is read off the object at once. Which
fields are selected is still graphql-core's to say, so fragments, aliases and directives mean what
they always mean; and where a value is not what its type says, the usual way is gone after all,
which words the error.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeAlias, cast

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from context import Context

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a field or an object, and returns it as the answer has it."""


@dataclass(slots=True)
class Readers:
    """How the selections of a text are read; its `ReadText` keeps them."""

    made: dict[tuple[GraphQLObjectType, tuple[int, ...]], Reader | None] = field(
        default_factory=dict
    )
    """By type and nodes; None: not by the short cut."""
    latest: dict[Reader, tuple[object, dict[str, Any]]] = field(default_factory=dict)
    """Of each reader in a subscription: the object that it has read last, and the answer."""


@dataclass
class OperationContext(Context):
    """The context of an operation, with the readers of its text."""

    readers: Readers = field(default_factory=Readers)


class NullInNonNull(Exception):
    """A value is null where its type does not allow it."""


class PortalExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes operations, with the short cut; the context is an OperationContext."""

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        result: object,
        position_context: Any,  # noqa: ANN401  # the engine's own business
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Read the object at once if that will do, or execute its fields one by one."""
        read = self._object_reader(return_type, field_details_list)
        if read is not None:
            try:
                return self._read(read, result)
            except Exception:  # noqa: BLE001, S110  # the usual way meets it again, and says where
                pass
        return super().collect_and_execute_subfields(
            return_type, field_details_list, path, result, position_context
        )

    def _read(self, read: Reader, source: object) -> dict[str, Any]:
        """Return what `read` makes of `source`; the followers of one event share it."""
        if self.operation.operation is not OperationType.SUBSCRIPTION:
            return cast("dict[str, Any]", read(source))
        latest = self._readers.latest.get(read)
        if latest is None or latest[0] is not source:
            latest = self._readers.latest[read] = (source, read(source))
        return latest[1]

    @property
    def _readers(self) -> Readers:
        return cast("OperationContext", self.context_value).readers

    def _object_reader(self, type_: GraphQLObjectType, selected: FieldDetailsList) -> Reader | None:
        made = self._readers.made
        key = (type_, tuple(id(details.node) for details in selected))
        if key not in made:
            made[key] = self._make_object_reader(type_, selected)
        return made[key]

    def _make_object_reader(
        self, type_: GraphQLObjectType, selected: FieldDetailsList
    ) -> Reader | None:
        middleware = self.middleware_manager and self.middleware_manager.middlewares
        if type_.is_type_of is not None or middleware:
            return None
        readers: list[tuple[str, Reader, Reader]] = []
        for name, subfield in self.collect_subfields(type_, selected)[0].items():
            field_name = subfield[0].node.name.value
            if field_name == "__typename":
                readers.append((name, _constant(type_.name), _itself))
                continue
            field = type_.fields.get(field_name)
            get = _getter(field) if field else None
            complete = self._completer(field.type, subfield) if field and get else None
            if get is None or complete is None:
                return None
            readers.append((name, get, complete))
        return lambda source: {name: complete(get(source)) for name, get, complete in readers}

    def _completer(self, type_: GraphQLOutputType, selected: FieldDetailsList) -> Reader | None:
        if is_non_null_type(type_):
            complete = self._inner_completer(type_.of_type, selected)
            return complete and _required(complete)
        complete = self._inner_completer(type_, selected)
        return complete and _optional(complete)

    def _inner_completer(
        self, type_: GraphQLOutputType, selected: FieldDetailsList
    ) -> Reader | None:
        if is_leaf_type(type_):
            return type_.coerce_output_value
        if is_object_type(type_):
            return self._object_reader(type_, selected)
        if is_list_type(type_):
            item = self._completer(type_.of_type, selected)
            return item and (lambda values: [item(value) for value in values])
        return None


def _getter(field: GraphQLField) -> Reader | None:
    """Return what reads the field's raw value, if that needs neither arguments nor waiting."""
    definition = (field.extensions or {}).get("strawberry-definition")
    if not isinstance(definition, StrawberryField) or definition.extensions or field.args:
        return None
    resolver = definition.base_resolver
    if resolver is None:
        return attrgetter(definition.python_name)
    if resolver.is_async or resolver.info_parameter:
        return None
    return cast("Reader", resolver.wrapped_func)


def _constant(value: str) -> Reader:
    return lambda _: value


def _itself(value: object) -> object:
    return value


def _required(complete: Reader) -> Reader:
    def read(value: object) -> object:
        completed = None if value is None else complete(value)
        if completed is None:
            raise NullInNonNull
        return completed

    return read


def _optional(complete: Reader) -> Reader:
    return lambda value: None if value is None else complete(value)
