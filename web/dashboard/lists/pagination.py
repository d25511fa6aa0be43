"""The addresses of a list's pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import urlencode

from tortoise.models import Model

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
