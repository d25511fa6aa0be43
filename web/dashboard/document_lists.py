"""The lists of quotes and credit notes: filtered, searched and in the order that is asked for."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from tortoise.queryset import QuerySet

from auth.staff import Staff
from models import CreditNote, Quote
from services.billing import queries
from web.dashboard.list_orders import ListOrder
from web.dashboard.pagination import PageLinks, search_text
from web.dashboard.requests import DashboardRequest

DocumentT = TypeVar("DocumentT", CreditNote, Quote)
StatusT = TypeVar("StatusT", bound=StrEnum)

_PAGE_SIZE: Final = 25


async def search_page(
    request: DashboardRequest,
    path: str,
    statuses: type[StatusT],
    orders: type[StrEnum],
    rows_of: Callable[[Staff, StatusT | None], QuerySet[DocumentT]],
) -> tuple[Sequence[DocumentT], dict[str, Any]]:
    """Return the page of documents that the query parameters ask for, and its template's values.

    The documents have their customers loaded.
    """
    query = request.query
    choices = {status.lower(): status for status in statuses}
    text, status = search_text(query), choices.get(query.get("status", ""))
    rows = await queries.search(rows_of(request.staff, status), request.staff, text)
    order = ListOrder.of(query, orders)
    page = await order.page(
        rows.select_related("customer"),
        _PAGE_SIZE,
        query.get("after") or None,
        q=text or None,
        status=status,
    )
    search = {"q": text, "status": status.lower() if status else ""}
    return page.rows, {
        "text": text,
        "status": search["status"],
        "statuses": list(choices),
        "order": order,
        "head": partial(order.head, path=path, query=search),
        "pages": PageLinks.of(page, path, {**search, "order": order.parameter}),
    }
