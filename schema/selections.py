"""Which fields of a response are selected, where loading all of them would be expensive."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode

from context import Info
from models import CreditNote, Invoice, Quote
from models.documents import DocumentLine
from services.billing.loaders import lines_of

_NOT_IN_LISTS: Final = (
    *("business", "billTo", "bankTransfer", "deliveryAddress", "servicePeriod"),
    *("lines", "taxes", "subtotal", "discount", "tax", "payments"),
)
"""The fields of an invoice that need more than a list of invoices usually shows."""

_OF_ACCOUNT: Final = frozenset({"balances", "isOverdue"})
"""The fields of a portal that sum up the customer's account."""


def selects(info: Info, *names: str) -> bool:
    """Whether a field with one of the `names` is selected anywhere below the current field."""
    raw, spread = info._raw_info, set[str]()
    waiting = [node.selection_set for node in raw.field_nodes]
    while waiting:
        selections = waiting.pop()
        for node in selections.selections if selections else ():
            match node:
                case FieldNode() if node.name.value in names:
                    return True
                case FieldNode() | InlineFragmentNode():
                    waiting.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in spread:
                    spread.add(node.name.value)
                    waiting.append(raw.fragments[node.name.value].selection_set)
    return False


def selects_account(info: Info) -> bool:
    """Whether something of the current field, a portal, is read from the customer's account."""
    fragments = info._raw_info.fragments
    for field in _fields_of(info._raw_info.field_nodes, fragments):
        name = field.name.value
        if name in _OF_ACCOUNT:
            return True
        if name == "invoices" and any(
            below.name.value == "totalCount" for below in _fields_of([field], fragments)
        ):
            return True
    return False


def selects_list(info: Info) -> bool:
    """Whether what is selected of invoices is what lists of them usually show."""
    return not selects(info, *_NOT_IN_LISTS)


def selects_parties(info: Info) -> bool:
    """Whether something below the current field needs the parties that a document names."""
    return selects(info, "business", "billTo", "bankTransfer")


def selects_lines(info: Info) -> bool:
    """Whether something below the current field is read from the lines of a document."""
    return selects(info, "lines", "taxes")


def _fields_of(
    nodes: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """Yield what is selected in `nodes` themselves, and in fragments there."""
    waiting, spread = [node.selection_set for node in nodes], set[str]()
    while waiting:
        selections = waiting.pop()
        for node in selections.selections if selections else ():
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    waiting.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in spread:
                    spread.add(node.name.value)
                    waiting.append(fragments[node.name.value].selection_set)


async def load_lines(info: Info, document: Invoice | Quote | CreditNote) -> list[DocumentLine]:
    """Return the document's lines, paid for by the response. Raises ResponseTooLarge."""
    lines = list(await lines_of(document))
    info.context.loaders.budget.spend_rows(len(lines))
    return lines
