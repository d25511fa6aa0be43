"""The signed-in user's account: name, language and password."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from errors import PortalError
from models import User
from services.identity.accounts import update_account
from web.dashboard.forms.choices import language_choices, language_name
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.requests import DashboardRequest, login_required
from web.http.client_info import client_info_of

_PATH: Final = "/dashboard/account"


class ProfileForm(Form):
    """A user's name and language."""

    name = Field("Name", parse_text, required=True, max_length=200)
    language = Field(
        "Dates and amounts", optional(parse_text), hint="The dashboard itself is in English."
    )


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
    if not request.is_post:
        return await _render(request, profile=ProfileForm(request.form) if request.form else None)
    try:
        form.check()
        await request.services.passwords.change(
            request.staff, form.current.value, form.password.value, client_info_of(request.http)
        )
    except PortalError as error:
        return await _render(request, error=error, failed_form="password")
    return RedirectResponse(f"{_PATH}?changed=yes", 303)


@login_required()
async def change_profile(request: DashboardRequest) -> Response:
    """Change the user's name and language."""
    form = ProfileForm(request.form)
    try:
        form.check()
        await update_account(
            request.staff, {"name": form.name.value, "language": form.language.value}
        )
    except PortalError as error:
        return await _render(request, profile=form, error=error, failed_form="profile")
    return RedirectResponse(f"{_PATH}?changed=profile", 303)


async def _render(
    request: DashboardRequest,
    *,
    profile: ProfileForm | None = None,
    error: PortalError | None = None,
    failed_form: str = "",
) -> Response:
    """Render the page; `error` is shown with the form that failed."""
    company, reader = request.company, request.staff.language
    user = await User.get(id=request.staff.user_id)
    stored = ProfileForm(FormData(), name=user.name, language=user.language or "")
    values: dict[str, Any] = {
        "profile": profile or stored,
        "form": ChangePasswordForm(FormData()),
        "failed_form": failed_form,
        "changed": request.query.get("changed"),
        "languages": language_choices(reader, company.country, user.language),
        "company_language": language_name(company.language, reader),
    }
    return await request.render("identity/account.html", values, error=error)
