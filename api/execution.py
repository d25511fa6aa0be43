"""A fast path for most of a response: attributes of objects that are already loaded.

graphql-core gives each field a path and an info, and checks whether it must be awaited. A plain
attribute, or a synchronous method without arguments, needs none of that, and neither do the fields
of introspection. A selection that has only such fields, at all levels, is read from its object
directly. graphql-core still collects the fields, so fragments, aliases and directives keep their
meaning. If a value doesn't match its type, the selection is executed normally, which reports the
error.

Each object is paid for from the budget of the response, on either path, before its fields are read.
"""

from collections.abc import Collection, Hashable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, cast

from graphql import (
    ExecutionResult,
    ExperimentalIncrementalExecutionResults,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    OperationType,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.error import located_error
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.field_costs import cost_of, cost_of_object, cost_of_text, is_long_text
from api.field_readers import (
    Reader,
    attribute_reader,
    constant,
    field_reader,
    introspection_reader,
    optional,
    required,
    unchanged,
)
from api.shared_results import Execute, SharedResults, variables_of_events
from context import Context
from core.response_budget import ResponseBudget, ResponseTooLarge

_COMPLETE: Final = frozenset({GraphQLString, GraphQLBoolean})
"""Types of which introspection's values are as they are in the response."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query selects of an object."""

    cost: int
    """Points of an object, without what it has in lists. With a reader, this includes all that
    the reader reads."""
    texts: Sequence[Reader] = ()
    """Readers of its long texts, unless the reader counts them."""
    read: Reader | None = None
    """Reads the whole selection; None if the fast path doesn't apply."""


@dataclass(slots=True)
class FieldReaders:
    """The readers of a text's selections, kept by its `ParsedQuery`."""

    by_selection: dict[tuple[GraphQLObjectType, tuple[int, ...]], Selection] = field(
        default_factory=dict
    )
    """By type and nodes."""
    budget: ResponseBudget = field(default_factory=ResponseBudget)
    """The budget of the operation that is reading. Readers don't wait, so there is only one."""


@dataclass
class OperationContext(Context):
    """The context of an operation, with its field readers."""

    readers: FieldReaders = field(default_factory=FieldReaders)
    sharing_key: Hashable = None
    held: ExitStack = field(default_factory=ExitStack)
    """What a websocket holds until it closes."""


_SHARED_RESULTS: Final = SharedResults()


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
        selection = self._selection(return_type, field_details_list)
        self._spend(selection, result)
        if selection.read is not None:
            try:
                return cast("dict[str, Any]", selection.read(result))
            except ResponseTooLarge:
                raise
            except Exception:  # noqa: BLE001, S110  # normal execution meets it again and reports it
                pass
        return super().collect_and_execute_subfields(
            return_type, field_details_list, path, result, position_context
        )

    def handle_field_error(
        self,
        raw_error: Exception,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        path: Path,
    ) -> None:
        """Put null in place of a field that failed, or end a response that is too large."""
        cause = raw_error.original_error if isinstance(raw_error, GraphQLError) else raw_error
        if isinstance(cause, ResponseTooLarge):
            nodes = [details.node for details in field_details_list]
            raise located_error(raw_error, nodes, path.as_list())
        super().handle_field_error(raw_error, return_type, field_details_list, path)

    def _spend(self, selection: Selection, source: object) -> None:
        """Pay for an object. Raises ResponseTooLarge."""
        budget = self._context.readers.budget = self._context.loaders.budget
        budget.spend(selection.cost)
        for read in selection.texts:
            budget.spend(cost_of_text(read(source) or ""))

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

    def _selection(self, type_: GraphQLObjectType, selected: FieldDetailsList) -> Selection:
        selections = self._context.readers.by_selection
        key = (type_, tuple(id(details.node) for details in selected))
        if key not in selections:
            selections[key] = self._make_selection(type_, selected)
        return selections[key]

    def _make_selection(self, type_: GraphQLObjectType, selected: FieldDetailsList) -> Selection:
        subfields = self.collect_subfields(type_, selected)[0]
        names = [details[0].node.name.value for details in subfields.values()]
        own_cost = cost_of_object(type_) + sum(cost_of(type_, name).points for name in names)
        fast = self._fast_reader(type_, subfields)
        if fast is not None:
            read, cost_below = fast
            return Selection(cost=own_cost + cost_below, read=read)
        readers = [
            attribute_reader(type_.fields[name]) for name in names if is_long_text(type_, name)
        ]
        return Selection(cost=own_cost, texts=list(filter(None, readers)))

    def _fast_reader(
        self, type_: GraphQLObjectType, subfields: GroupedFieldSet
    ) -> tuple[Reader, int] | None:
        """Return a reader of all `subfields` and the cost of the objects in them, or None."""
        middleware = self.middleware_manager and self.middleware_manager.middlewares
        if type_.is_type_of is not None or middleware:
            return None
        readers: list[tuple[str, Reader, Reader]] = []
        cost_below = 0
        for name, subfield in subfields.items():
            field_name = subfield[0].node.name.value
            if field_name == "__typename":
                readers.append((name, constant(type_.name), unchanged))
                continue
            field = type_.fields.get(field_name)
            get = self._field_reader(type_, field, subfield) if field else None
            completer = self._completer(field.type, subfield) if field and get else None
            if get is None or completer is None:
                return None
            complete, cost = completer
            cost_below += cost
            if is_long_text(type_, field_name):
                complete = self._counted(complete)
            if is_introspection_type(type_) and get_named_type(field.type) in _COMPLETE:
                complete = unchanged
            readers.append((name, get, complete))
        return (
            lambda source: {name: complete(get(source)) for name, get, complete in readers},
            cost_below,
        )

    def _counted(self, complete: Reader) -> Reader:
        """Return a reader of a long text that pays for its length."""
        readers = self._context.readers

        def read(text: str | None) -> object:
            if text:
                readers.budget.spend(cost_of_text(text))
            return complete(text)

        return read

    def _completer(
        self, type_: GraphQLOutputType, selected: FieldDetailsList
    ) -> tuple[Reader, int] | None:
        """Return what completes a value of `type_`, and the cost of the objects in it, or None."""
        nullable = type_.of_type if is_non_null_type(type_) else type_
        completer = self._inner_completer(nullable, selected)
        if completer is None:
            return None
        complete, cost = completer
        if is_non_null_type(type_):
            return required(complete), cost
        return optional(self._paid(complete, cost)), 0

    def _inner_completer(
        self, type_: GraphQLOutputType, selected: FieldDetailsList
    ) -> tuple[Reader, int] | None:
        if is_leaf_type(type_):
            return type_.coerce_output_value, 0
        if is_object_type(type_):
            selection = self._selection(type_, selected)
            return selection.read and (selection.read, selection.cost)
        if is_list_type(type_):
            item = self._completer(type_.of_type, selected)
            return item and (self._list_reader(*item), 0)
        return None

    def _paid(self, complete: Reader, cost: int) -> Reader:
        """Return a reader of a nullable object that pays for it first, if it is there."""
        if cost == 0:
            return complete
        readers = self._context.readers

        def read(value: object) -> object:
            readers.budget.spend(cost)
            return complete(value)

        return read

    def _list_reader(self, complete: Reader, cost: int) -> Reader:
        """Return a reader of a list that pays for its items, which cost `cost` each, first."""
        if cost == 0:
            return lambda values: [complete(value) for value in values]
        readers = self._context.readers

        def read(values: Collection[object]) -> list[object]:
            readers.budget.spend(len(values) * cost)
            return [complete(value) for value in values]

        return read

    def _field_reader(
        self, type_: GraphQLObjectType, field: GraphQLField, selected: FieldDetailsList
    ) -> Reader | None:
        if is_introspection_type(type_):
            return introspection_reader(field, selected[0], self.schema, self.variable_values)
        return field_reader(field)
