"""Somebody's own account: the password."""

from typing import Final

from starlette.responses import Response

from web.dashboard.forms import form_page, typed
from web.dashboard.requests import Visit, staff_page
from web.http.client_info import client_info_of

_PATH: Final = "/dashboard/account"


@staff_page()
async def account_page(visit: Visit) -> Response:
    """Show who has signed in, and the form that changes the password."""

    async def change() -> str:
        await visit.services.passwords.change(
            visit.staff,
            typed(visit, "current"),
            typed(visit, "password"),
            client_info_of(visit.request),
        )
        return f"{_PATH}?changed=yes"

    values = {"changed": visit.request.query_params.get("changed")}
    return await form_page(visit, "account.html", values, change)
