"""Lists: their pages, their search, and their addresses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from tortoise.models import Model
from tortoise.queryset import QuerySet

from auth.staff import Staff
from models import CreditNote, Quote
from services.billing import queries
from services.common.listings import newest_first
from services.common.pagination import Page
from web.dashboard.requests import DashboardRequest

M = TypeVar("M", bound=Model)
DocumentT = TypeVar("DocumentT", CreditNote, Quote)
StatusT = TypeVar("StatusT", bound=StrEnum)

_PAGE_SIZE: Final = 25


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
    return queries.clean_search(query.get("q", ""))


async def search_page(
    request: DashboardRequest,
    path: str,
    statuses: type[StatusT],
    rows_of: Callable[[Staff, StatusT | None], QuerySet[DocumentT]],
) -> tuple[Sequence[DocumentT], dict[str, Any]]:
    """Return the page of documents that the query parameters ask for, and its template's values.

    The documents have their customers loaded.
    """
    query = request.query
    choices = {status.lower(): status for status in statuses}
    text, status = search_text(query), choices.get(query.get("status", ""))
    rows = await queries.search(rows_of(request.staff, status), request.staff, text)
    after = query.get("after") or None
    page = await newest_first(rows.select_related("customer"), _PAGE_SIZE, after)
    search = {"q": text, "status": status.lower() if status else ""}
    return page.rows, {
        "text": text,
        "status": search["status"],
        "statuses": list(choices),
        "pages": PageLinks.of(page, path, search),
    }
