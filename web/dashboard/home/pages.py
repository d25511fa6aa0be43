"""Home: the company's money, what is worth a follow-up, and what is happening now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from i18n.formatting import format_money
from services.activity.timelines import load_happenings
from services.billing.overview.figures import CurrencyFigures, load_figures
from services.billing.overview.follow_ups import MAX_FOLLOW_UPS, load_follow_ups
from services.company.first_steps import FirstSteps, load_first_steps
from services.sharing.streams import load_stream_cursors
from services.sharing.user_agents import device_name
from values.money import Minor, Money
from web.dashboard.activity.entries import happenings
from web.dashboard.home.ageing import ageing_rows
from web.dashboard.home.first_steps import step_rows, takes_steps
from web.dashboard.home.follow_ups import rows_of
from web.dashboard.home.words import currency_name, month_of, title_of_day
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import home_url
from web.dashboard.sharing.panels import sent_email

_SHOWN: Final = 5
"""Follow-ups on the home page."""
_FEED_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure in one currency."""

    name: str
    """What amounts in the currency are called."""
    text: str
    is_zero: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the company: its main currency's amount, and the others."""

    label: str
    main: Amount
    others: Sequence[Amount]


@login_required()
async def home_page(request: DashboardRequest) -> Response:
    """Show how the company is doing, and to a new one its first steps.

    Users who may not see that are led to the first page that they may see.
    """
    staff = request.staff
    if Permission.VIEW_INVOICES not in staff.permissions:
        return RedirectResponse(home_url(staff), 303)
    [cursors] = await load_stream_cursors([staff.company_id])
    steps = await load_first_steps(staff, request.company)
    values = {"cursors": cursors, "sent": await sent_email(request), **_of_steps(steps, request)}
    if values["steps"] and not steps.has_invoice:
        return await request.render("home/first_run.html", values)
    figures = await load_figures(staff)
    rows = rows_of(await load_follow_ups(staff), staff)
    values |= {
        "title": title_of_day(staff.today, staff.language),
        "figures": _figures(figures, request),
        "ages": ageing_rows(figures, staff.language),
        "follow_ups": rows[:_SHOWN],
        "follow_up_count": _count(len(rows)),
        "has_more": len(rows) > _SHOWN,
        "happenings": happenings(request, await load_happenings(staff, _FEED_SIZE)),
    }
    return await request.render("home/page.html", values)


@login_required(Permission.VIEW_INVOICES)
async def follow_ups_page(request: DashboardRequest) -> Response:
    """Show everything that is worth a follow-up."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    rows = rows_of(await load_follow_ups(request.staff), request.staff)
    values = {
        "cursors": cursors,
        "sent": await sent_email(request),
        "follow_ups": rows,
        "is_cut": len(rows) == MAX_FOLLOW_UPS,
    }
    return await request.render("home/follow_ups.html", values)


def _of_steps(steps: FirstSteps, request: DashboardRequest) -> dict[str, Any]:
    """Return what the list of steps needs. It has none if they are done or hidden."""
    staff, sample = request.staff, steps.sample
    offered = not steps.is_complete and takes_steps(staff)
    return {
        "steps": step_rows(steps, staff) if offered and not steps.is_hidden else (),
        "done_count": len(steps.done),
        "can_show_steps": offered and steps.is_hidden,
        "sample": sample,
        "sample_url": request.services.urls.sample_invoice(sample.token) if sample else None,
        "sample_device": device_name(sample.last_user_agent) if sample else None,
    }


def _figures(figures: Sequence[CurrencyFigures], request: DashboardRequest) -> Sequence[Figure]:
    """Return what is open, overdue and paid, the company's own currency first."""
    own, language = request.company.currency, request.staff.language
    ordered = sorted(figures, key=lambda each: each.currency != own)

    def figure(label: str, amounts: Sequence[Money]) -> Figure:
        main, *others = [
            Amount(currency_name(each.currency), format_money(each, language), not each.minor)
            for each in amounts or [Money(Minor(0), own)]
        ]
        return Figure(label, main, others)

    return [
        figure("Open", [each.open for each in ordered]),
        figure("Overdue", [each.overdue for each in ordered]),
        figure(
            f"Paid in {month_of(request.staff.today)}", [each.paid_this_month for each in ordered]
        ),
    ]


def _count(rows: int) -> str:
    return f"{rows}+" if rows == MAX_FOLLOW_UPS else str(rows)
