"""The executor: graphql-core's, which follows the plan of the operation where that is quicker."""

from collections.abc import AsyncIterable, Awaitable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Self, TypeVar, cast

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    default_field_resolver,
    default_type_resolver,
)
from graphql.error import located_error
from graphql.execution.collect_fields import FieldDetailsList
from graphql.execution.executor import CollectedErrors
from graphql.execution.values import VariableValues
from graphql.pyutils import AwaitableOrValue, Path, gather_with_cancel
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from api.field_readers import Reader
from api.outlets import ConnectionOutlet
from api.plan import Plan, PlannedField, Plans
from api.query_cache import ParsedQuery
from api.shared_results import SharedResults
from context import Context
from core.quotas import Hold
from core.response_budget import ResponseBudget, ResponseTooLarge

T = TypeVar("T")


@dataclass
class OperationContext(Context):
    """The context of an operation, with the plans of its text."""

    parsed: ParsedQuery | None = None
    """The text of the request, if it was read before."""
    cost: int | None = None
    """The points of the operation, if they were counted."""
    plans: Plans | None = None
    sharing_key: Hashable = None
    outlet: ConnectionOutlet | None = None
    held: Hold | None = None
    """What a websocket counts for until it closes."""


_SHARED_RESULTS: Final = SharedResults()


class PortalExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes operations by their plans. The context is an OperationContext."""

    @classmethod
    def of(
        cls,
        schema: GraphQLSchema,
        plans: Plans,
        operation: OperationDefinitionNode,
        variables: VariableValues,
        context: OperationContext,
    ) -> Self:
        """Return an executor of a valid operation with valid variables."""
        executor = cls._blank(schema).__copy__()
        executor.fragment_definitions = plans.fragment_definitions
        executor.fragments = plans.fragments
        executor.context_value = context
        executor.operation = operation
        executor.variable_values = variables
        executor.collected_errors = CollectedErrors()
        executor._relevant_sub_fields = {}
        executor._plan = plans.of(operation, variables)
        return executor

    @classmethod
    @cache
    def _blank(cls, schema: GraphQLSchema) -> Self:
        """Return the executor that is copied for each operation, as for each event.

        A new one would refer to itself, so only the garbage collector could free it.
        """
        return cls(
            schema,
            {},
            {},
            None,
            None,
            OperationDefinitionNode(
                operation=OperationType.QUERY, selection_set=SelectionSetNode(selections=())
            ),
            VariableValues({}, {}),
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,
        )

    def __copy__(self) -> Self:
        """Return a shallow copy, quicker than the general way."""
        copied = object.__new__(type(self))
        copied.__dict__.update(self.__dict__)
        return copied

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[ExecutionResult]:
        """Execute a query, a mutation, or an event of a subscription."""
        if serially is None:
            serially = self.operation.operation is OperationType.MUTATION
        data: AwaitableOrValue[dict[str, Any]]
        try:
            fields = self._plan.root.fields
            data = (
                self._execute_serially(fields)
                if serially
                else self._execute_fields(fields, self.root_value, None)
            )
        except GraphQLError as error:
            return self._result(None, error)
        return self._result(data) if isinstance(data, dict) else self._wait_for_result(data)

    def cancellable_iterable(self, iterable: AsyncIterable[T]) -> AsyncIterable[T]:
        """Let the outlet execute the events of the subscription that begins."""
        if self._context.outlet is not None:
            self._context.outlet.executor = self
        return super().cancellable_iterable(iterable)

    def execute_event(self, source: object) -> AwaitableOrValue[ExecutionResult]:
        """Return the result for an event, whose fields are read from `source`."""
        result = self._read_event(source)
        if result is not None:
            return result
        executor = self.build_per_event_executor(source)
        return cast("AwaitableOrValue[ExecutionResult]", executor.execute_operation())

    def share_event(self, source: object) -> AwaitableOrValue[ExecutionResult]:
        """Return the result for an event, which is executed once for all who may see the same."""
        subjects = source, self.operation
        return _SHARED_RESULTS.get(subjects, self._sharing_key, lambda: self.execute_event(source))

    @property
    def event_key(self) -> Hashable:
        """What an event's result depends on, beyond the event. Valid while `self` exists."""
        return id(self.operation), self._sharing_key

    def collect_and_execute_subfields(
        self,
        return_type: GraphQLObjectType,
        field_details_list: FieldDetailsList,
        path: Path,
        result: object,
        position_context: Any,  # noqa: ANN401  # internal to the engine
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Pay for the object, then read it or execute what is selected of it."""
        selection = self._plan.selection(return_type, field_details_list)
        budget = self._budget
        budget.spend(selection.cost)
        if selection.read is None:
            return self._execute_fields(selection.fields, result, path)
        self._plan.pay_from(budget)
        try:
            return cast("dict[str, Any]", selection.read(result))
        except ResponseTooLarge:
            raise
        except Exception:  # noqa: BLE001  # graphql-core meets it again and reports it
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

    # --- by the plan --------------------------------------------------------------------------

    def _read_event(self, source: object) -> ExecutionResult | None:
        """Return the result for an event if reading is enough: it resolves to `source` itself."""
        try:
            [planned] = self._plan.root.fields
            if planned.complete is None:
                return None
            self._plan.pay_from(ResponseBudget(self._budget.left))
            return ExecutionResult({planned.name: planned.complete(source)}, None)
        except Exception:  # noqa: BLE001  # the executor meets it again
            return None

    async def _wait_for_result(self, data: Awaitable[dict[str, Any]]) -> ExecutionResult:
        try:
            return self._result(await data)
        except GraphQLError as error:
            return self._result(None, error)

    def _result(
        self, data: dict[str, Any] | None, error: GraphQLError | None = None
    ) -> ExecutionResult:
        if error is not None:
            self.collected_errors.add(error, None)
        return ExecutionResult(data, self.collected_errors.errors or None)

    async def _execute_serially(self, fields: Sequence[PlannedField]) -> dict[str, Any]:
        results: dict[str, Any] = {}
        for planned in fields:
            result = self._execute_field(planned, self.root_value, None)
            results[planned.name] = await result if self.is_awaitable(result) else result
        return results

    def _execute_fields(
        self, fields: Sequence[PlannedField], source: object, path: Path | None
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Execute fields of an object; those that wait, at the same time."""
        results: dict[str, Any] = {}
        waiting: list[str] = []
        try:
            for planned in fields:
                result = results[planned.name] = self._execute_field(planned, source, path)
                if self.is_awaitable(result):
                    waiting.append(planned.name)
        except Exception:
            self.settle_in_background([results[name] for name in waiting])
            raise
        return self._wait_for_fields(results, waiting) if waiting else results

    async def _wait_for_fields(
        self, results: dict[str, Any], waiting: Sequence[str]
    ) -> dict[str, Any]:
        if len(waiting) == 1:
            [name] = waiting
            results[name] = await results[name]
        else:
            waited_for = await gather_with_cancel(*[results[name] for name in waiting])
            results.update(zip(waiting, waited_for, strict=True))
        return results

    def _execute_field(
        self, planned: PlannedField, source: object, path: Path | None
    ) -> AwaitableOrValue[Any]:
        """Return what the response has of a field, or what is waited for. Raises GraphQLError."""
        own_path = Path(path, planned.name, planned.parent.name)
        if planned.read is not None:
            return self._read_field(planned, planned.read, source, own_path)
        info = self.build_resolve_info(planned.definition, planned.nodes, planned.parent, own_path)
        try:
            result = planned.resolve(source, info, self.variable_values)
            if self.is_awaitable(result):
                return self._wait_for_field(planned, info, result)
            completed = self._complete(planned, info, result)
        except Exception as error:  # noqa: BLE001  # whatever a resolver raises
            self._fail(planned, own_path, error)
            return None
        if self.is_awaitable(completed):
            return self._wait_for_completion(planned, own_path, completed)
        return completed

    def _read_field(
        self, planned: PlannedField, read: Reader, source: object, path: Path
    ) -> AwaitableOrValue[Any]:
        self._plan.pay_from(self._budget)
        try:
            return read(source)
        except ResponseTooLarge as error:
            self._fail(planned, path, error)
            return None
        except Exception:  # noqa: BLE001  # graphql-core meets it again and reports it
            return self.execute_field(planned.parent, source, planned.details, path, None)

    async def _wait_for_field(
        self, planned: PlannedField, info: GraphQLResolveInfo[Any], result: Awaitable[object]
    ) -> object:
        try:
            completed = self._complete(planned, info, await result)
            return await completed if self.is_awaitable(completed) else completed
        except Exception as error:  # noqa: BLE001  # whatever a resolver raises
            self._fail(planned, info.path, error)
            return None

    async def _wait_for_completion(
        self, planned: PlannedField, path: Path, completed: Awaitable[object]
    ) -> object:
        try:
            return await completed
        except Exception as error:  # noqa: BLE001  # as in graphql-core
            self._fail(planned, path, error)
            return None

    def _complete(
        self, planned: PlannedField, info: GraphQLResolveInfo[Any], result: object
    ) -> AwaitableOrValue[Any]:
        """Complete what was resolved. graphql-core does what the plan can't, and reports errors."""
        if planned.selection is not None and not _is_missing(result):
            self._budget.spend(planned.selection.cost)
            return self._execute_fields(planned.selection.fields, result, info.path)
        if planned.complete is not None and not isinstance(result, Exception):
            budget = self._budget
            self._plan.pay_from(budget)
            left = budget.left
            try:
                return planned.complete(result)
            except ResponseTooLarge:
                raise
            except Exception:  # noqa: BLE001  # graphql-core meets it again
                budget.left = left
        return self.complete_value(
            planned.definition.type, planned.details, info, info.path, result, None
        )

    def _fail(self, planned: PlannedField, path: Path, error: Exception) -> None:
        self.handle_field_error(error, planned.definition.type, planned.details, path)

    @cached_property
    def _plan(self) -> Plan:
        plans = self._context.plans
        assert plans is not None
        return plans.of(self.operation, self.variable_values)

    @property
    def _budget(self) -> ResponseBudget:
        return self._context.loaders.budget

    @property
    def _context(self) -> OperationContext:
        return cast("OperationContext", self.context_value)

    @property
    def _sharing_key(self) -> Hashable:
        """What an event's result depends on, beyond the event and the text of the operation."""
        context = self._context
        if context.sharing_key is None:
            assert context.plans is not None
            names = context.plans.variables_of_events(self.operation)
            values = self.variable_values.coerced
            variables = repr([(name, values.get(name)) for name in sorted(names)])
            context.sharing_key = (context.staff.language, context.staff.permissions, variables)
        return context.sharing_key


def _is_missing(result: object) -> bool:
    """Whether there is no object to be completed, but null or an error."""
    return result is None or result is Undefined or isinstance(result, Exception)
