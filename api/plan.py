"""Plans of operations: what graphql-core decides anew for each object is decided once per text.

graphql-core still collects the fields, so fragments, aliases and directives keep their meaning. It
also completes whatever a plan can't: lists of objects that load something, and every value that
doesn't match its type. It starts from the value that was already resolved, so nothing is resolved
twice, and all errors are its own.

A field that is a plain attribute, or a synchronous method without arguments, is read from its
object directly. So is a selection that only has such fields, at all levels. All others are resolved
as graphql-core does it, with arguments that are coerced once unless they have variables.

Each object is paid for from the budget of the response before its fields are read.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Undefined,
    get_nullable_type,
    is_introspection_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from api.field_costs import CHARACTERS, cost_of, cost_of_object, cost_of_text, is_long_text
from api.field_readers import (
    TEXT,
    UNCHANGED,
    WRITTEN,
    Completer,
    FieldReader,
    Reader,
    constant,
    getter_of,
    introspection_getter,
    is_written,
    leaf_completer,
    list_completer,
    object_completer,
    optional,
)
from api.field_resolvers import Resolver, resolver_of
from api.shared_results import variables_of_events
from api.variables import selecting_variables
from core.response_budget import ResponseBudget
from schema.selections import PlannedNodes

_MAX_PLANS: Final = 2
"""Plans that are kept of a text, for its operations and the variables that select fields."""
_TYPENAME: Final = "__typename"


@dataclass(frozen=True, slots=True)
class PlannedField:
    """A field that an operation selects of an object."""

    name: str
    """Its name in the response."""
    parent: GraphQLObjectType
    definition: GraphQLField
    details: FieldDetailsList
    nodes: PlannedNodes
    read: Reader | None
    """Reads what the response has of it from the object; None if it must be resolved."""
    resolve: Resolver
    complete: Reader | None
    """Completes what was resolved; None if it has fields to be resolved."""
    selection: "Selection | None"
    """What is executed of an object that was resolved; None if only graphql-core can."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What an operation selects of an object: a completer of it, or its fields to be executed."""

    cost: int
    """Points of the object, without what it has in lists and what it resolves."""
    completer: Completer | None = None
    fields: Sequence[PlannedField] = ()

    @property
    def read(self) -> Reader | None:
        """Reads all that is selected of an object, if nothing needs to be resolved."""
        return self.completer.read if self.completer else None


@dataclass(slots=True)
class _Payer:
    """Pays for what is read. Readers don't wait, so only one operation reads at a time."""

    budget: ResponseBudget = field(default_factory=ResponseBudget)

    def for_objects(self, completer: Completer) -> Completer:
        """Return `completer`, which pays for the objects first."""
        cost, complete, complete_all = completer.cost, completer.read, completer.read_all
        if cost == 0:
            return completer

        def read(value: object) -> object:
            self.budget.spend(cost)
            return complete(value)

        def read_all(values: list[object]) -> object:
            self.budget.spend(len(values) * cost)
            return complete_all(values)

        return Completer(read, read_all)

    def for_texts(self, completer: Completer) -> Completer:
        """Return `completer`, which pays for the lengths of long texts."""
        complete, direct = completer.read, completer.direct

        def read(text: Any) -> object:  # noqa: ANN401  # whatever the field has
            if direct is TEXT and type(text) is str and len(text) < CHARACTERS:
                return text
            if text:
                self.budget.spend(cost_of_text(text))
            return complete(text)

        def read_all(texts: list[str | None]) -> object:
            self.budget.spend(sum([cost_of_text(text) for text in texts if text]))
            return completer.read_all(texts)

        return Completer(read, read_all)


class Plan:
    """The plan of an operation, for certain values of the variables that select fields."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDetails],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        *,
        is_compiled: bool = False,
    ) -> None:
        """Plan an operation. If it `is_compiled`, objects are read by compiled functions."""
        self.is_compiled = is_compiled
        self._schema = schema
        self._fragments = fragments
        self._operation = operation
        self._variables = variables
        self._payer = _Payer()
        self._selections: dict[tuple[GraphQLObjectType, tuple[int, ...]], Selection] = {}

    @cached_property
    def root(self) -> Selection:
        """The selection of the operation itself. Raises GraphQLError for an invalid directive."""
        type_ = self._schema.get_root_type(self._operation.operation)
        assert type_ is not None
        collected = collect_fields(
            self._schema, self._fragments, self._variables, type_, self._operation
        )
        return self._executed(type_, collected.grouped_field_set)

    def selection(self, type_: GraphQLObjectType, selected: FieldDetailsList) -> Selection:
        """Return what the `selected` fields select of a `type_`. Raises GraphQLError as `root`."""
        key = (type_, tuple([id(details.node) for details in selected]))
        selection = self._selections.get(key)
        if selection is None:
            collected = collect_subfields(
                self._schema, self._fragments, self._variables, self._operation, type_, selected
            )
            subfields = collected.grouped_field_set
            selection = self._read(type_, subfields) or self._executed(type_, subfields)
            self._selections[key] = selection
        return selection

    def pay_from(self, budget: ResponseBudget) -> None:
        """Let readers spend from `budget` from now on."""
        self._payer.budget = budget

    def _read(self, type_: GraphQLObjectType, subfields: GroupedFieldSet) -> Selection | None:
        """Return the selection of `subfields` if all of them can be read."""
        cost = cost_of_object(type_)
        readers: dict[str, FieldReader] = {}
        for name, selected in subfields.items():
            reader = self._field_reader(type_, selected)
            if reader is None:
                return None
            readers[name] = reader
            cost += cost_of(type_, selected[0].node.name.value).points + reader.completer.cost
        if all(reader.completer is UNCHANGED for reader in readers.values()):
            return None  # Nothing would tell whether there is an object.
        completer = object_completer(readers, cost, compiled=self.is_compiled)
        return Selection(cost=cost, completer=completer)

    def _executed(self, type_: GraphQLObjectType, subfields: GroupedFieldSet) -> Selection:
        """Return the selection of `subfields`, of which some must be resolved."""
        cost = cost_of_object(type_)
        fields: list[PlannedField] = []
        for name, selected in subfields.items():
            node = selected[0].node
            cost += cost_of(type_, node.name.value).points
            definition = self._schema.get_field(type_, node.name.value)
            assert definition is not None
            reader = self._field_reader(type_, selected)
            if reader is not None:
                cost += reader.completer.cost
            completer = self._completer(definition.type, selected)
            fields.append(
                PlannedField(
                    name=name,
                    parent=type_,
                    definition=definition,
                    details=selected,
                    nodes=PlannedNodes(details.node for details in selected),
                    read=reader.reader(compiled=self.is_compiled) if reader else None,
                    resolve=resolver_of(definition, node),
                    complete=self._payer.for_objects(completer).read if completer else None,
                    selection=None if completer else self._selection_in(definition.type, selected),
                )
            )
        return Selection(cost=cost, fields=fields)

    def _field_reader(
        self, type_: GraphQLObjectType, selected: FieldDetailsList
    ) -> FieldReader | None:
        name = selected[0].node.name.value
        if name == _TYPENAME:
            return FieldReader(constant(type_.name), UNCHANGED)
        definition = type_.fields.get(name)
        if definition is None:
            return None
        if is_introspection_type(type_):
            get = introspection_getter(definition, selected[0], self._schema, self._variables)
        else:
            get = getter_of(type_, definition)
            if get is not None and is_written(type_, definition):
                return FieldReader(get, WRITTEN)
        completer = self._completer(definition.type, selected) if get else None
        if get is None or completer is None:
            return None
        if is_long_text(type_, name):
            completer = self._payer.for_texts(completer)
        return FieldReader(get, completer)

    def _completer(self, type_: GraphQLOutputType, selected: FieldDetailsList) -> Completer | None:
        """Return what completes a value of `type_`; None if it has fields to be resolved."""
        if is_non_null_type(type_):
            return self._nullable_completer(type_.of_type, selected)
        completer = self._nullable_completer(type_, selected)
        return completer and optional(self._payer.for_objects(completer))

    def _nullable_completer(
        self, type_: GraphQLOutputType, selected: FieldDetailsList
    ) -> Completer | None:
        if is_leaf_type(type_):
            return leaf_completer(type_)
        if is_list_type(type_):
            items = self._completer(type_.of_type, selected)
            return items and list_completer(self._payer.for_objects(items))
        selection = self._selection_in(type_, selected)
        return selection.completer if selection else None

    def _selection_in(
        self, type_: GraphQLOutputType, selected: FieldDetailsList
    ) -> Selection | None:
        """Return what is selected of the object in a field of `type_`, or None if it has none."""
        inner = get_nullable_type(type_)
        if not is_object_type(inner) or inner.is_type_of is not None:
            return None
        try:
            return self.selection(inner, selected)
        except GraphQLError:
            return None  # graphql-core reports it where it belongs.


class Plans:
    """The plans of a text's operations."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, text: str) -> None:
        self.fragment_definitions = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self.fragments = {
            name: FragmentDetails(node) for name, node in self.fragment_definitions.items()
        }
        self._schema = schema
        self._selecting = selecting_variables(document, text)
        self._plans: OrderedDict[Hashable, Plan] = OrderedDict()
        self._variables_of_events: dict[int, frozenset[str]] = {}

    def variables_of_events(self, operation: OperationDefinitionNode) -> frozenset[str]:
        """Return the variables on which the result of an event of a subscription depends."""
        names = self._variables_of_events.get(id(operation))
        if names is None:
            fragments = tuple(self.fragment_definitions.values())
            names = self._variables_of_events[id(operation)] = variables_of_events(
                operation, fragments
            )
        return names

    def of(self, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        """Return the plan of `operation` for these values of its variables.

        It is compiled the second time, since many texts are sent only once. That of a subscription
        is compiled at once, for its events.
        """
        values = variables.coerced
        key = (id(operation), *[values.get(name, Undefined) for name in self._selecting])
        plan = self._plans.get(key)
        if plan is None or not plan.is_compiled:
            plan = Plan(
                self._schema,
                self.fragments,
                operation,
                variables,
                is_compiled=plan is not None or operation.operation is OperationType.SUBSCRIPTION,
            )
            self._plans[key] = plan
            if len(self._plans) > _MAX_PLANS:
                self._plans.popitem(last=False)
        return plan
