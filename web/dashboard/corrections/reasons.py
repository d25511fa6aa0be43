"""Forms that ask why something is reversed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response

from services.common.validation import MAX_REASON
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest


class ReasonForm(Form):
    """Why something is done."""

    reason = Field("Reason", parse_text, required=True, max_length=MAX_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is shown above the reason, and the button below it."""

    title: str
    text: str
    button: str
    back_url: str


async def reason_page(
    request: DashboardRequest,
    question: Question,
    act: Callable[[ReasonForm], Awaitable[object]],
) -> Response:
    """Ask for a reason; once it is given, act and redirect to `back_url`."""
    form = ReasonForm(request.form)

    async def act_and_go_back() -> str:
        await act(form)
        return question.back_url

    values = {"form": form, "question": question, "back_url": question.back_url}
    return await form_page(request, "corrections/reason.html", values, act_and_go_back)
