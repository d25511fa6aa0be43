"""Choosing the customer of a document: from a list, by a search, or while someone types."""

from contextlib import suppress
from typing import Any, Final

from limits import RateLimitItem, parse
from starlette.responses import JSONResponse, Response
from tortoise.queryset import QuerySet

from auth.permissions import Permission
from auth.staff import Staff
from core.search_texts import clean_search
from errors import NotFound
from models import Customer
from services.billing import queries
from services.billing.lists.search import search_customers
from services.common.lookups import get_owned
from web.dashboard.documents.lines import new_line
from web.dashboard.requests import DashboardRequest, login_required

_MAX_CHOICES: Final = 500
"""Customers in the list, by name. Others are found by a search."""
_MAX_OPTIONS: Final = 8
"""Customers that are offered while someone types."""
_RATE: Final[RateLimitItem] = parse("300/minute")
"""How often a user's pages look for customers."""


async def customer_choices(staff: Staff, chosen_id: str, text: str = "") -> list[tuple[str, str]]:
    """Return ids and names of customers for a select, the chosen customer included.

    They are those in which each word of `text` is found. A chosen customer that the company doesn't
    have is left out: it may have been deleted while the form was filled in.
    """
    customers = (await _by_name(staff, text)).limit(_MAX_CHOICES)
    choices = {str(id_): name async for id_, name in customers.values_list("id", "name")}
    if chosen_id and chosen_id not in choices:
        with suppress(NotFound):
            chosen = await get_owned(Customer, staff, chosen_id)
            choices = {str(chosen.id): chosen.name, **choices}
    return list(choices.items())


@login_required(Permission.VIEW_INVOICES)
async def customer_options(request: DashboardRequest) -> Response:
    """Respond with the customers whose name or e-mail address has what was typed."""
    staff = request.staff
    await request.services.rate_limiter.hit(_RATE, "customer-options", str(staff.credential_id))
    customers = await _by_name(staff, clean_search(request.query.get("q", "")))
    options = [_option(customer, request) async for customer in customers.limit(_MAX_OPTIONS)]
    return JSONResponse({"customers": options}, headers={"cache-control": "no-store"})


def _option(customer: Customer, request: DashboardRequest) -> dict[str, Any]:
    line = new_line(request.company, customer, request.staff.language)
    return {
        "id": str(customer.id),
        "name": customer.name,
        "email": customer.email,
        "tax_rate": line.tax_rate,
        "tax_category": line.tax_category,
        "tax_name": line.tax_name,
    }


async def _by_name(staff: Staff, text: str) -> QuerySet[Customer]:
    rows = await search_customers(queries.customers(staff), staff, text)
    return rows.order_by("search_text", "id")
