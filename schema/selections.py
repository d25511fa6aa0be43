"""Which fields of a response are selected, where loading all of them would be expensive."""

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

from context import Info
from models import CreditNote, Invoice, Quote
from models.documents import DocumentLine
from services.billing.loaders import lines_of


def selects(info: Info, name: str) -> bool:
    """Whether a field called `name` is selected anywhere below the current field."""
    raw, spread = info._raw_info, set[str]()
    waiting = [node.selection_set for node in raw.field_nodes]
    while waiting:
        selections = waiting.pop()
        for node in selections.selections if selections else ():
            match node:
                case FieldNode() if node.name.value == name:
                    return True
                case FieldNode() | InlineFragmentNode():
                    waiting.append(node.selection_set)
                case FragmentSpreadNode() if node.name.value not in spread:
                    spread.add(node.name.value)
                    waiting.append(raw.fragments[node.name.value].selection_set)
    return False


def selects_parties(info: Info) -> bool:
    """Whether something below the current field needs the parties that a document names."""
    return any(selects(info, name) for name in ("business", "billTo", "bankTransfer"))


def selects_lines(info: Info) -> bool:
    """Whether something below the current field is read from the lines of a document."""
    return selects(info, "lines") or selects(info, "taxes")


async def load_lines(info: Info, document: Invoice | Quote | CreditNote) -> list[DocumentLine]:
    """Return the document's lines, paid for by the response. Raises ResponseTooLarge."""
    lines = list(await lines_of(document))
    info.context.loaders.budget.spend_rows(len(lines))
    return lines
