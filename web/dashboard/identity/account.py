"""The signed-in user's account: name, address and password."""

from typing import Final

from starlette.responses import Response

from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required
from web.http.client_info import client_info_of

_PATH: Final = "/dashboard/account"


class ChangePasswordForm(Form):
    """The current password, and a new one."""

    current = Field("Current password", parse_text, required=True, max_length=1024)
    password = Field(
        "New password",
        parse_text,
        required=True,
        max_length=1024,
        hint="At least 8 characters. You'll be signed out on your other devices.",
    )


@login_required()
async def account_page(request: DashboardRequest) -> Response:
    """Show the account, and change the password."""
    form = ChangePasswordForm(request.form)

    async def change() -> str:
        await request.services.passwords.change(
            request.staff,
            form.current.value,
            form.password.value,
            client_info_of(request.http),
        )
        return f"{_PATH}?changed=yes"

    values = {"form": form, "changed": request.query.get("changed")}
    return await form_page(request, "identity/account.html", values, change)
