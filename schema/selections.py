"""Which fields of a response are selected, where loading all of them would be expensive."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import wraps
from typing import Any, Final, TypeAlias, TypeVar, cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    VariableNode,
    get_argument_values,
    get_directive_values,
    get_named_type,
)
from graphql.execution.values import VariableValues

from context import Info
from models import CreditNote, Invoice, Quote
from models.documents import DocumentLine
from schema.connections import page_size
from services.billing.loaders import lines_of
from services.sharing.accounts import InvoiceGroup
from services.sharing.portal_finder import InvoicesRequest

AnswerT = TypeVar("AnswerT")
RawInfo: TypeAlias = GraphQLResolveInfo[Any]

_INVOICES: Final = "invoices"
_NOT_IN_LISTS: Final = (
    *("business", "billTo", "bankTransfer", "deliveryAddress", "servicePeriod"),
    *("lines", "taxes", "subtotal", "discount", "tax", "payments", "xmlUrl"),
)
"""The fields of an invoice that need more than a list of invoices usually shows."""

_CURSORS: Final = ("cursor", "startCursor", "endCursor")
_NARROWING: Final = ("search", "currency", "issuedFrom", "issuedTo")
"""The arguments that narrow a list of a portal down."""
_OF_ACCOUNT: Final = frozenset({"balances", "isOverdue"})
"""The fields of a portal that sum up the customer's account."""


class PlannedNodes(list[FieldNode]):
    """The nodes of a field in a plan, with what is known about the fields below them.

    A plan is for certain values of the variables in directives, so what is known doesn't change.
    """

    def __init__(self, nodes: Iterable[FieldNode]) -> None:
        super().__init__(nodes)
        self.known: dict[object, Any] = {}


def _once(ask: Callable[[RawInfo], AnswerT]) -> Callable[[Info], AnswerT]:
    """Return `ask` about the current field, which is asked once in a plan."""

    @wraps(ask)
    def answer(info: Info) -> AnswerT:
        raw = info._raw_info
        nodes = raw.field_nodes
        if not isinstance(nodes, PlannedNodes):
            return ask(raw)
        if ask not in nodes.known:
            nodes.known[ask] = ask(raw)
        return cast("AnswerT", nodes.known[ask])

    return answer


@_once
def selects_account(raw: RawInfo) -> bool:
    """Whether something of the current field, a portal, is read from the customer's account."""
    for field in _fields_of(raw.field_nodes, raw):
        name = field.name.value
        if name in _OF_ACCOUNT:
            return True
        if name == _INVOICES and any(
            below.name.value == "totalCount" for below in _fields_of([field], raw)
        ):
            return True
    return False


@_once
def selects_list(raw: RawInfo) -> bool:
    """Whether what is selected of invoices is what lists of them usually show."""
    return not _selects(raw.field_nodes, raw, _NOT_IN_LISTS)


@_once
def selects_cursors(raw: RawInfo) -> bool:
    """Whether a cursor is selected anywhere below the current field, a list."""
    return _selects(raw.field_nodes, raw, _CURSORS)


@_once
def selects_parties(raw: RawInfo) -> bool:
    """Whether something below the current field needs the parties that a document names."""
    return _selects(raw.field_nodes, raw, ("business", "billTo", "bankTransfer", "xmlUrl"))


@_once
def selects_lines(raw: RawInfo) -> bool:
    """Whether something below the current field is read from the lines of a document."""
    return _selects(raw.field_nodes, raw, ("lines", "taxes", "xmlUrl"))


def selected_invoices(info: Info) -> InvoicesRequest | None:
    """Return the page of invoices that is selected of the current field, a portal.

    It is the first, if several are, and None if the field will refuse its arguments.
    """
    return _request_of_invoices(info)(_variables_of(info._raw_info))


@_once
def _request_of_invoices(raw: RawInfo) -> Callable[[VariableValues], InvoicesRequest | None]:
    """Return what makes the request from the variables."""
    fields = [each for each in _fields_of(raw.field_nodes, raw) if each.name.value == _INVOICES]
    if not fields:
        return lambda _: None
    field, name = fields[0], _response_name(fields[0])
    merged = [each for each in fields if _response_name(each) == name]
    is_list = not _selects(merged, raw, _NOT_IN_LISTS)
    with_cursors = _selects(merged, raw, _CURSORS)
    definition = cast("GraphQLObjectType", get_named_type(raw.return_type)).fields[_INVOICES]

    def read(variables: VariableValues) -> InvoicesRequest | None:
        given = get_argument_values(definition, field, variables)
        if any(given.get(name) for name in _NARROWING):
            return None  # it is looked up by another statement
        group = given.get("group")
        return InvoicesRequest.if_valid(
            page_size(given["first"]),
            given["after"],
            is_list=is_list,
            group=InvoiceGroup(group) if group else None,
            with_cursors=with_cursors,
        )

    if any(isinstance(argument.value, VariableNode) for argument in field.arguments or ()):
        return read
    request = read(_variables_of(raw))
    return lambda _: request


def _response_name(field: FieldNode) -> str:
    return (field.alias or field.name).value


def _selects(fields: Iterable[FieldNode], raw: RawInfo, names: Collection[str]) -> bool:
    """Whether a field with one of the `names` is selected anywhere below `fields`."""
    waiting = list(fields)
    while waiting:
        for below in _fields_of([waiting.pop()], raw):
            if below.name.value in names:
                return True
            waiting.append(below)
    return False


def _fields_of(fields: Iterable[FieldNode], raw: RawInfo) -> Iterator[FieldNode]:
    """Yield what is selected in `fields` themselves, and in fragments there."""
    waiting, spread = [field.selection_set for field in fields], set[str]()
    while waiting:
        selections = waiting.pop()
        for node in selections.selections if selections else ():
            if not _is_included(node, raw):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    waiting.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in spread:
                    spread.add(node.name.value)
                    waiting.append(raw.fragments[node.name.value].selection_set)


def _is_included(node: SelectionNode, raw: RawInfo) -> bool:
    """Whether the directives of `node` let it be part of the response."""
    if not node.directives:
        return True
    variables = _variables_of(raw)
    skip = get_directive_values(GraphQLSkipDirective, node, variables)
    include = get_directive_values(GraphQLIncludeDirective, node, variables)
    return not (skip and skip["if"]) and (include is None or include["if"])


def _variables_of(raw: RawInfo) -> VariableValues:
    """Return the variables as graphql-core reads them; Strawberry leaves only their values."""
    return VariableValues({}, cast("dict[str, Any]", raw.variable_values))


async def load_lines(info: Info, document: Invoice | Quote | CreditNote) -> list[DocumentLine]:
    """Return the document's lines, paid for by the response. Raises ResponseTooLarge."""
    lines = list(await lines_of(document))
    info.context.loaders.budget.spend_rows(len(lines))
    return lines
