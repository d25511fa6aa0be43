"""Somebody's own account: the password."""

from typing import Final

from starlette.responses import Response

from web.dashboard.forms import form_page, typed
from web.dashboard.requests import DashboardRequest, login_required
from web.http.client_info import client_info_of

_PATH: Final = "/dashboard/account"


@login_required()
async def account_page(request: DashboardRequest) -> Response:
    """Show who has signed in, and the form that changes the password."""

    async def change() -> str:
        await request.services.passwords.change(
            request.staff,
            typed(request, "current"),
            typed(request, "password"),
            client_info_of(request.http),
        )
        return f"{_PATH}?changed=yes"

    values = {"changed": request.query.get("changed")}
    return await form_page(request, "account.html", values, change)
