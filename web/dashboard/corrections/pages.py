"""Forms that say in figures what they will do, and afterwards what they have done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from models import Invoice
from services.checkout.effects import carry_out
from services.common.validation import MAX_REASON
from web.dashboard.corrections.effects import what_it_did, what_it_will_do
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest

_NO_REASON_YET: Final = "-"


class ReasonForm(Form):
    """Why something is done."""

    reason = Field("Reason", parse_text, required=True, max_length=MAX_REASON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """An action on an invoice that a form asks for."""

    invoice: Invoice
    act: Callable[[str], Awaitable[object]]
    """Does it, for a reason. Reads everything else from the form."""
    done: Callable[[], str]
    """Return a sentence that says what was done."""
    back_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is shown above the reason, and the button below it."""

    title: str
    text: str
    button: str


async def correction_page(
    request: DashboardRequest, template: str, values: Mapping[str, Any], correction: Correction
) -> Response:
    """Show a form with what it will do; once submitted, do it and say what it has done.

    The template gets the text as `effect`. A form that is submitted with `preview` only shows it
    again.
    """
    form = values["form"]
    if is_submitted(request):

        async def act() -> str:
            reason = form.reason.value if isinstance(form, ReasonForm) else ""
            action = partial(correction.act, reason)
            effect = await carry_out(request.staff, correction.invoice.id, action)
            text = f"{correction.done()} {what_it_did(effect, request.staff.language)}"
            return request.url_with_notice(correction.back_url, text)

        return await form_page(request, template, {**values, "effect": ""}, act)
    action = partial(correction.act, _NO_REASON_YET)
    effect = await what_it_will_do(request, correction.invoice, action)
    return await request.render(template, {**values, "effect": effect})


def is_submitted(request: DashboardRequest) -> bool:
    """Whether the form is submitted to act, and not just to see what it will do."""
    return request.is_post and not request.form.get("preview")


async def reason_page(
    request: DashboardRequest, question: Question, correction: Correction, form: ReasonForm
) -> Response:
    """Ask for a reason, and say what will be done; once it is given, act and go back."""
    values = {
        "form": form,
        "question": question,
        "back_url": correction.back_url,
    }
    return await correction_page(request, "corrections/reason.html", values, correction)
