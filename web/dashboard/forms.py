"""Forms: shown, sent, and shown again beside what was wrong with what was typed.

Each has a page of its own. Where scripts run, `static/dialog.js` shows it over the page before.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from starlette.responses import RedirectResponse, Response

from errors import BadInput, PortalError
from i18n.parsing import parse_number
from web.dashboard.requests import Visit

FORM: Final = ["GET", "POST"]
"""The methods of a form's page."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked before something is done that can't be undone."""

    title: str
    text: str
    button: str
    back_url: str
    is_grave: bool = False
    """Whether something is lost by it."""


async def form_page(
    visit: Visit, template: str, values: Mapping[str, Any], act: Callable[[], Awaitable[str]]
) -> Response:
    """Show a form; once it is sent, act and lead on to the address that `act` returns.

    What `act` refuses is shown beside the form, with the refusal's status.
    """
    error = None
    if visit.request.method == "POST":
        try:
            return RedirectResponse(await act(), 303)
        except PortalError as refusal:
            error = refusal
    return await visit.show(template, values, error=error)


async def question_page(
    visit: Visit, question: Question, act: Callable[[], Awaitable[str]]
) -> Response:
    """Ask the question; once it is answered, act and lead on to the address that `act` returns."""
    return await form_page(visit, "confirmation.html", {"question": question}, act)


def typed(visit: Visit, name: str, default: str = "") -> str:
    """Return what stands in a field: what was sent, or at first the default."""
    return str(visit.form.get(name, default))


def typed_amount(visit: Visit, name: str) -> Decimal:
    """Return what was typed, as the reader's language writes it; BadInput if it is no amount."""
    amount = parse_number(typed(visit, name).strip(), visit.staff.language)
    if amount is None:
        message = "Enter an amount, e.g. 12.50."
        raise BadInput(message, field=name)
    return amount


def attempt_key(visit: Visit) -> str:
    """Return the name of this attempt, so that a form that is sent twice does a thing once."""
    return typed(visit, "idempotency_key", uuid4().hex)
