"""Which fields of a response are selected, where loading all of them would be expensive."""

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

from context import Info


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
