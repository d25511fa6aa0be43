"""A fast path for most of a response: attributes of objects that are already loaded.

graphql-core gives each field a path and an info, and checks whether it must be awaited. A plain
attribute, or a synchronous method without arguments, needs none of that. A selection that has only
such fields, at all levels, is read from its object directly. graphql-core still collects the
fields, so fragments, aliases and directives keep their meaning. If a value doesn't match its type,
the selection is executed normally, which reports the error.
"""

from collections.abc import Callable, Hashable
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, Final, TypeAlias, cast

from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
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

from api.shared_results import Execute, SharedResults, variables_of_events
from context import Context

Reader: TypeAlias = Callable[[Any], Any]
"""Reads a field or an object and returns its value in the response."""


@dataclass(slots=True)
class FieldReaders:
    """The readers of a text's selections, kept by its `ParsedQuery`."""

    by_selection: dict[tuple[GraphQLObjectType, tuple[int, ...]], Reader | None] = field(
        default_factory=dict
    )
    """By type and nodes; None if the fast path doesn't apply."""


@dataclass
class OperationContext(Context):
    """The context of an operation, with its field readers."""

    readers: FieldReaders = field(default_factory=FieldReaders)
    sharing_key: Hashable = None
    held: ExitStack = field(default_factory=ExitStack)
    """What a websocket holds until it closes."""


_SHARED_RESULTS: Final = SharedResults()


class NullInNonNull(Exception):
    """A value is null although its type doesn't allow it."""


class PortalExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes operations with the fast path. The context is an OperationContext."""

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        result: object,
        position_context: Any,  # noqa: ANN401  # internal to the engine
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Read the object directly if possible, or execute its fields one by one."""
        read = self._object_reader(return_type, field_details_list)
        if read is not None:
            try:
                return cast("dict[str, Any]", read(result))
            except Exception:  # noqa: BLE001, S110  # normal execution meets it again and reports it
                pass
        return super().collect_and_execute_subfields(
            return_type, field_details_list, path, result, position_context
        )

    def execute_operation(
        self, serially: bool | None = None
    ) -> AwaitableOrValue[ExecutionResult | ExperimentalIncrementalExecutionResults]:
        """Execute an operation; an event of a subscription once for those who may see the same."""
        if self.operation.operation is not OperationType.SUBSCRIPTION:
            return super().execute_operation(serially)
        execute = cast("Execute", partial(super().execute_operation, serially))
        return _SHARED_RESULTS.get((self.root_value, self.operation), self._sharing_key, execute)

    @property
    def _sharing_key(self) -> Hashable:
        """What an event's result depends on, beyond the event and the text of the operation."""
        context = self._context
        if context.sharing_key is None:
            fragments = tuple(self.fragment_definitions.values())
            names = variables_of_events(self.operation, fragments)
            values = self.variable_values.coerced
            variables = repr([(name, values.get(name)) for name in sorted(names)])
            context.sharing_key = (context.viewer.language, context.staff.permissions, variables)
        return context.sharing_key

    @property
    def _context(self) -> OperationContext:
        return cast("OperationContext", self.context_value)

    def _object_reader(self, type_: GraphQLObjectType, selected: FieldDetailsList) -> Reader | None:
        readers = self._context.readers.by_selection
        key = (type_, tuple(id(details.node) for details in selected))
        if key not in readers:
            readers[key] = self._make_object_reader(type_, selected)
        return readers[key]

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
                readers.append((name, _constant(type_.name), _identity))
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
    """Return a reader of the field's raw value, unless it has arguments or is asynchronous."""
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


def _identity(value: object) -> object:
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
