"""The structure of a document: what its content is, in reading order (ISO 32000-1, 14.7).

Screen readers and programs follow it. What belongs to no element is an artifact: rules, marks, and
what pages repeat.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Content(NamedTuple):
    """Consecutive operators of a page, by the index of the page and the number of their mark."""

    page: int
    mark: int


class LinkArea(NamedTuple):
    """A rectangle that opens a URL, by the index of its page and its own among those there."""

    page: int
    link: int


@dataclass(slots=True, eq=False)
class Element:
    """A structure element of a standard type (ISO 32000-1, 14.8.4), such as a paragraph."""

    tag: str
    alt: str | None = None
    """What a figure shows, in words."""
    scope: str | None = None
    """What a header cell is the head of: "Row" or "Column"."""
    box: tuple[float, float, float, float] | None = None
    """Where a figure is: left, bottom, right and top."""
    is_attached: bool = False
    """Whether it is part of another element."""
    children: list["Element | Content | LinkArea"] = field(default_factory=list)
    text: str = ""
    """As it was typed."""
    is_rearranged: bool = False
    """Whether its text can't be told from the order of its glyphs, so the file has to say it."""
