"""The pages of a list, and what narrows it, as addresses have them."""

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
from services.common.pagination import Page, newest_first
from web.dashboard.requests import DashboardRequest

M = TypeVar("M", bound=Model)
DocumentT = TypeVar("DocumentT", CreditNote, Quote)
StatusT = TypeVar("StatusT", bound=StrEnum)

_PAGE: Final = 25
"""Documents on a page."""


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
    return query.get("q", "").replace("\x00", "").strip()[: queries.MAX_SEARCH_LENGTH]


async def search_page(
    request: DashboardRequest,
    path: str,
    statuses: type[StatusT],
    rows_of: Callable[[Staff, StatusT | None], QuerySet[DocumentT]],
) -> tuple[Sequence[DocumentT], dict[str, Any]]:
    """Return a page of documents with their customers, and what its form and its links show.

    The address says for which text and status, and behind which cursor.
    """
    query = request.query
    choices = {status.lower(): status for status in statuses}
    text, status = searched_for(query), choices.get(query.get("status", ""))
    rows = queries.search(rows_of(request.staff, status), request.staff, text)
    page = await newest_first(rows.select_related("customer"), _PAGE, query.get("after") or None)
    wanted = {"q": text, "status": status.lower() if status else ""}
    return page.rows, {
        "text": text,
        "status": wanted["status"],
        "statuses": list(choices),
        "pages": Pages.of(page, path, wanted),
    }
