"""What is wrong with a form: each refusal at the input that it is about, and all of them on top."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from errors import PortalError
from web.dashboard.documents.lines import INPUTS, LABELS
from web.dashboard.forms.fields import Form, is_about


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is wrong with an input, and the id of the input; empty if it is about none."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class FormErrors:
    """All that was refused, in the order in which it was found."""

    refusals: Sequence[PortalError]

    @classmethod
    def of(cls, error: PortalError | None) -> Self:
        """Return what is wrong, which is nothing without an error."""
        return cls(() if error is None else error.all)

    def at(self, name: str) -> PortalError | None:
        """Return what is wrong with the input of this name in errors, or with an entry of it."""
        return next((each for each in self.refusals if is_about(each, name)), None)

    def at_line(self, index: int) -> Mapping[str, tuple[PortalError, str]]:
        """Return what is wrong with the inputs of a line, by their names, each with its label."""
        found: dict[str, tuple[PortalError, str]] = {}
        for refusal in self.refusals:
            if cell := _cell_of(refusal, index):
                found.setdefault(INPUTS.get(cell, cell), (refusal, LABELS.get(cell, cell)))
        return found

    def is_first(self, refusal: PortalError) -> bool:
        """Whether the refusal is the first one, whose input gets the focus."""
        return refusal is self.refusals[0]

    def entries(self, form: Form | None, others: Collection[str] = ()) -> list[Entry]:
        """Return all that is wrong, unless it is a single error that is about no input.

        Inputs are those of `form`, and `others` by their names in errors, such as "lines".
        """
        found = [_entry(refusal, form, others) for refusal in self.refusals]
        return found if len(found) > 1 or any(each.anchor for each in found) else []


def _cell_of(refusal: PortalError, line: int) -> str:
    """Return the name of the cell of a line that the refusal is about, or an empty one."""
    match refusal.path:
        case ("lines", int(index), *cells) if index == line:
            return ".".join(map(str, cells))
    return ""


def _entry(refusal: PortalError, form: Form | None, others: Collection[str]) -> Entry:
    match refusal.path:
        case ("lines", int(index), _, *_) if "lines" in others:
            cell = _cell_of(refusal, index)
            text = f"Line {index + 1}, {LABELS.get(cell, cell)}: {refusal.message}"
            return Entry(anchor=f"line-{index}-{INPUTS.get(cell, cell)}", text=text)
        case (str(name), *_) if name in others and name != "lines":
            return Entry(anchor=name, text=refusal.message)
    field = None if form is None else form.field_of(refusal)
    if field is None:
        return Entry(anchor="", text=refusal.message)
    return Entry(anchor=field.name, text=f"{field.label}: {refusal.message}")
