"""Which fields of a response are selected, where loading all of them would be expensive."""

from typing import Final

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

from context import Info
from models import CreditNote, Invoice, Quote
from models.documents import DocumentLine
from services.billing.loaders import lines_of

_NOT_IN_LISTS: Final = (
    *("business", "billTo", "bankTransfer", "deliveryAddress", "servicePeriod"),
    *("lines", "taxes", "subtotal", "discount", "tax", "payments"),
)
"""The fields of an invoice that need more than a list of invoices usually shows."""


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


def selects_list(info: Info) -> bool:
    """Whether what is selected of invoices is what lists of them usually show."""
    return not selects(info, *_NOT_IN_LISTS)


def selects_parties(info: Info) -> bool:
    """Whether something below the current field needs the parties that a document names."""
    return selects(info, "business", "billTo", "bankTransfer")


def selects_lines(info: Info) -> bool:
    """Whether something below the current field is read from the lines of a document."""
    return selects(info, "lines", "taxes")


async def load_lines(info: Info, document: Invoice | Quote | CreditNote) -> list[DocumentLine]:
    """Return the document's lines, paid for by the response. Raises ResponseTooLarge."""
    lines = list(await lines_of(document))
    info.context.loaders.budget.spend_rows(len(lines))
    return lines
