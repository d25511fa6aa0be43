"""Forms: showing them, submitting them, and showing them again with their errors.

Each form has a page of its own. With scripts, `static/dialog.js` opens it as a dialog instead.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from starlette.responses import RedirectResponse, Response

from errors import BadInput, PortalError
from i18n.formatting import format_amount
from i18n.parsing import parse_number
from models.money import Minor, Money
from web.dashboard.requests import DashboardRequest

FORM_METHODS: Final = ["GET", "POST"]
"""The methods of a form's page."""
_EXAMPLE: Final = Money(Minor(120050), "EUR")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What staff confirm before something is done that matters."""

    title: str
    text: str
    button: str
    back_url: str
    is_destructive: bool = False
    """Whether something is lost."""
    back_label: str = "Back"


async def form_page(
    request: DashboardRequest,
    template: str,
    values: Mapping[str, Any],
    act: Callable[[], Awaitable[str]],
) -> Response:
    """Show a form; once submitted, act and redirect to the address that `act` returns.

    An error that `act` raises is shown with the form, under the error's status.
    """
    error = None
    if request.is_post:
        try:
            return RedirectResponse(await act(), 303)
        except PortalError as refusal:
            error = refusal
    return await request.render(template, values, error=error)


async def confirmation_page(
    request: DashboardRequest, confirmation: Confirmation, act: Callable[[], Awaitable[str]]
) -> Response:
    """Ask for confirmation; once given, act and redirect to the address that `act` returns."""
    return await form_page(request, "confirmation.html", {"confirmation": confirmation}, act)


def typed(request: DashboardRequest, name: str, default: str = "") -> str:
    """Return the value of a field: what was submitted, or at first the default."""
    return str(request.form.get(name, default))


def typed_amount(request: DashboardRequest, name: str) -> Decimal:
    """Return the amount in a field, in the spelling of the reader's language. Raises BadInput."""
    amount = parse_number(typed(request, name).strip(), request.staff.language)
    if amount is None:
        raise BadInput(example_hint(request, "an amount"), field=name)
    return amount


def example_hint(request: DashboardRequest, what: str) -> str:
    """Return how to enter `what`, a number, with an example in the reader's language."""
    return f"Enter {what}, like 450 or {format_amount(_EXAMPLE, request.staff.language)}."


def attempt_key(request: DashboardRequest) -> str:
    """Return the form's idempotency key, so that submitting it twice acts once."""
    return typed(request, "idempotency_key", uuid4().hex)
