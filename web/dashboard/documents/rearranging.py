"""Adding, moving and removing the lines of a form, for browsers without scripts."""

from collections.abc import Sequence
from typing import Final

from web.dashboard.documents.lines import LineInput

_ADDED: Final = 3
"""Lines that are added at once."""


def rearrange(
    lines: Sequence[LineInput], blank: LineInput, action: str
) -> tuple[list[LineInput], str]:
    """Return the lines after the button of an action, and the id of the input to focus.

    Actions are "add", and "up-2", "down-2" and "remove-2" for the line at index 2. Others change
    nothing.
    """
    changed = list(lines)
    name, _, index = action.partition("-")
    if name == "add":
        return [*changed, *[blank] * _ADDED], f"line-{len(changed)}-description"
    if index not in map(str, range(len(changed))) or name not in {"up", "down", "remove"}:
        return changed, ""
    at = int(index)
    line = changed.pop(at)
    if name != "remove":
        at = max(0, at - 1) if name == "up" else at + 1
        changed.insert(at, line)
    return changed, f"line-{min(at, max(0, len(changed) - 1))}-description"
