"""The first steps as the home page shows them, and what can be done there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from auth.staff import Staff
from services.company.first_steps import FirstStep, FirstSteps, hide_first_steps
from services.email.sample_invoices import send_sample_invoice
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import HOME_PATH


class _Step(NamedTuple):
    """A step in words, with where it is taken and who may take it."""

    title: str
    text: str
    button: str
    url: str
    permission: Permission


_STEPS: Final[Mapping[FirstStep, _Step]] = {
    FirstStep.DETAILS: _Step(
        "Add your company details",
        "Name, address and VAT number, as they appear on invoices.",
        "Add details",
        "/dashboard/settings",
        Permission.MANAGE_COMPANY,
    ),
    FirstStep.BRAND: _Step(
        "Add your logo and colour",
        "Your clients see these on every page, PDF and e-mail.",
        "Add logo",
        "/dashboard/settings#look",
        Permission.MANAGE_COMPANY,
    ),
    FirstStep.PAYMENTS: _Step(
        "Choose how you get paid",
        "Connect Stripe for cards, or add your bank account for transfers.",
        "Set up payments",
        "/dashboard/settings/payments",
        Permission.MANAGE_COMPANY,
    ),
    FirstStep.CUSTOMER: _Step(
        "Add your first customer",
        "A name and an e-mail address are enough.",
        "Add customer",
        "/dashboard/customers/new",
        Permission.MANAGE_INVOICES,
    ),
    FirstStep.INVOICE: _Step(
        "Send your first invoice",
        "Try it on yourself first: we send you a test, and you can watch it being opened.",
        "New invoice",
        "/dashboard/invoices/new",
        Permission.MANAGE_INVOICES,
    ),
}
_DONE_URLS: Final = {
    FirstStep.CUSTOMER: "/dashboard/customers",
    FirstStep.INVOICE: "/dashboard/invoices",
}
"""Where what is done can be changed, if not where it was done."""
_DONE_BUTTONS: Final = {
    FirstStep.CUSTOMER: "View customers",
    FirstStep.INVOICE: "View invoices",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step in the list."""

    step: FirstStep
    title: str
    text: str
    is_done: bool
    is_next: bool
    """Whether it is the first that isn't done, whose button stands out."""
    button: str
    url: str | None
    """None if the user may not take it."""


def step_rows(steps: FirstSteps, staff: Staff) -> Sequence[StepRow]:
    """Return all steps in their order."""
    undone = [step for step in FirstStep if step not in steps.done]
    rows = []
    for step, words in _STEPS.items():
        is_done, may = step in steps.done, words.permission in staff.permissions
        url = _DONE_URLS.get(step, words.url) if is_done else words.url
        rows.append(
            StepRow(
                step=step,
                title=words.title,
                text=words.text,
                is_done=is_done,
                is_next=step in undone[:1],
                button=_DONE_BUTTONS.get(step, "Change") if is_done else words.button,
                url=url if may else None,
            )
        )
    return rows


def takes_steps(staff: Staff) -> bool:
    """Whether the user may take any of the steps."""
    return any(words.permission in staff.permissions for words in _STEPS.values())


@login_required(Permission.VIEW_INVOICES)
async def hide_page(request: DashboardRequest) -> Response:
    """Hide the steps, or show them again."""
    await hide_first_steps(request.staff, hidden=request.form.get("hidden") != "false")
    return RedirectResponse(HOME_PATH, 303)


@login_required(Permission.VIEW_INVOICES)
async def send_sample_page(request: DashboardRequest) -> Response:
    """Send the user a sample, and lead back to where its opens appear."""
    services = request.services
    await send_sample_invoice(
        request.staff,
        worker=services.delivery_worker,
        rate_limiter=services.rate_limiter,
        urls=services.urls,
    )
    return RedirectResponse(f"{HOME_PATH}#sample", 303)
