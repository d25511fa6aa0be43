"""The addresses of a list's pages, and the text to search for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from tortoise.models import Model

from core.search_texts import clean_search
from services.common.pagination import Page

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The addresses of a list's newest and next older page, or None where there is none."""

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
        """Return the links around `page`; `name` is the query parameter of the cursor."""
        query = query or {}
        older = {**query, name: page.cursor(page.rows[-1])} if page.has_next else None
        return cls(
            newest_url=build_url(path, query) + anchor if page.has_previous else None,
            older_url=build_url(path, older) + anchor if older else None,
        )


def build_url(path: str, query: Mapping[str, str]) -> str:
    """Return `path` with the parameters of `query` that are not empty."""
    parameters = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{parameters}" if parameters else path


def search_text(query: QueryParams) -> str:
    """Return the text to search for, or an empty one."""
    return clean_search(query.get("q", ""))
