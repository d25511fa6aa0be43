"""The pages of a list, and what narrows it, as addresses have them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from tortoise.models import Model

from services.listing import MAX_SEARCH
from services.paging import Page

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the other pages of a list are; None: there are none on that side."""

    newest_url: str | None
    older_url: str | None

    @classmethod
    def of(
        cls,
        page: Page[M],
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        name: str = "after",
        anchor: str = "",
    ) -> Self:
        """Return where the pages around `page` are, if `name` is what the cursor is called."""
        query = query or {}
        older = {**query, name: page.cursors[-1]} if page.has_next else None
        return cls(
            newest_url=address(path, query) + anchor if page.has_previous else None,
            older_url=address(path, older) + anchor if older else None,
        )


def address(path: str, query: Mapping[str, str]) -> str:
    """Return `path` with what of `query` is not empty."""
    given = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{given}" if given else path


def searched_for(query: QueryParams) -> str:
    """Return the text that a list is searched for, empty for none."""
    return query.get("q", "").replace("\x00", "").strip()[:MAX_SEARCH]
