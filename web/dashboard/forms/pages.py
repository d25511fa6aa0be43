"""Forms: showing them, submitting them, and showing them again with their errors.

Each form has a page of its own. With scripts, `static/dialog.js` opens it as a dialog instead.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from db.availability import raising_unavailable
from errors import PortalError
from web.dashboard.forms.fields import Form
from web.dashboard.requests import DashboardRequest

FORM_METHODS: Final = ["GET", "POST"]
"""The methods of a form's page."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is shown before an action that matters: what it changes, and its button."""

    title: str
    text: str
    button: str
    back_url: str
    is_destructive: bool = False
    """Whether the action deletes or ends something. Its button is red."""
    back_label: str = "Back"
    also: Sequence[str] = ()
    """The names of what else is affected, as `text` says at its end."""


async def form_page(
    request: DashboardRequest,
    template: str,
    values: Mapping[str, Any],
    act: Callable[[], Awaitable[str]],
) -> Response:
    """Show a form; once submitted, act and redirect to the address that `act` returns.

    The `form` among the values is checked first. What is wrong with it, and an error that `act`
    raises, are shown with the form, under the error's status.
    """
    error, form = None, values.get("form")
    if request.is_post:
        try:
            if isinstance(form, Form):
                form.check()
            with raising_unavailable():
                return RedirectResponse(await act(), 303)
        except PortalError as refusal:
            error = refusal
    return await request.render(template, values, error=error)


async def confirmation_page(
    request: DashboardRequest, confirmation: Confirmation, act: Callable[[], Awaitable[str]]
) -> Response:
    """Ask for confirmation; once given, act and redirect to the address that `act` returns."""
    return await form_page(request, "confirmation.html", {"confirmation": confirmation}, act)
