"""Getting paid: the account for bank transfers, the Stripe account, and events that failed."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from auth.permissions import Permission
from banking.accounts import grouped
from errors import NotFound, PortalError
from models import EventStatus
from schema.stripe_events import StripeEvent
from services.checkout import stripe_accounts
from services.checkout.stripe_events import events_of, replay
from services.common.listings import newest_first
from services.common.pagination import BY_RECEIPT
from services.company.company_settings import update_company
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.lists.pagination import PageLinks
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import security_headers
from web.dashboard.settings.reminders import RemindersForm, day_choices, reminder_sentence
from web.http.middleware import STRIPE_CONNECT, form_origins

_PATH: Final = "/dashboard/settings/payments"
_PAGE_SIZE: Final = 20


@login_required(Permission.MANAGE_COMPANY)
async def payments_page(request: DashboardRequest) -> Response:
    """Show the bank account, the Stripe account, and the parked events, newest first."""
    form = RemindersForm(request.form, request.staff.language) if request.form else None
    return await _render(request, reminders=form)


@login_required(Permission.MANAGE_COMPANY)
async def change_reminders(request: DashboardRequest) -> Response:
    """Save when clients are reminded, or show the sentence that would say so."""
    form = RemindersForm(request.form, request.staff.language)
    try:
        form.check()
        changes = form.changes()
        if request.form.get("preview"):
            return await _render(request, reminders=form)
        await update_company(request.staff, changes)
    except PortalError as error:
        return await _render(request, reminders=form, error=error, failed_section="reminders")
    return RedirectResponse(f"{_PATH}?saved=reminders#reminders", 303)


@login_required(Permission.MANAGE_COMPANY)
async def connect(request: DashboardRequest) -> Response:
    """Redirect to Stripe, where the company sets up its account."""
    services = request.services
    return_url = f"{services.settings.public_url}{_PATH}"
    try:
        _, url = await stripe_accounts.connect_stripe(request.staff, services.stripe, return_url)
    except PortalError as error:
        return await _render(request, error=error, failed_section="connection")
    return RedirectResponse(url, 303)


@login_required(Permission.MANAGE_COMPANY)
async def disconnect(request: DashboardRequest) -> Response:
    """Ask for confirmation, and disconnect the Stripe account."""

    async def disconnect_account() -> str:
        await stripe_accounts.disconnect_stripe(request.staff)
        return _PATH

    confirmation = Confirmation(
        title="Disconnect from Stripe?",
        text="Clients won't be able to pay online. Payments they have started are cancelled."
        " You keep your account at Stripe.",
        button="Disconnect",
        back_url=_PATH,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, disconnect_account)


@login_required(Permission.MANAGE_COMPANY)
async def replay_event(request: DashboardRequest) -> Response:
    """Try to apply a parked event again."""
    event_id, livemode = str(request.form.get("event", "")), request.services.livemode
    try:
        event = await replay(request.staff, event_id, livemode=livemode)
    except NotFound:
        raise
    except PortalError as error:
        return await _render(request, error=error, failed_section="events")
    return RedirectResponse(f"{_PATH}?replayed={event.status.lower()}#events", 303)


async def _render(
    request: DashboardRequest,
    *,
    reminders: RemindersForm | None = None,
    error: PortalError | None = None,
    failed_section: str = "",
) -> Response:
    """Render the page; `error` is shown in the section that failed."""
    query, services, company = request.query, request.services, request.company
    if reminders is None:
        reminders = RemindersForm.of(company, request.staff.language)
    stored = company.reminder_stages
    is_valid = request.is_post and failed_section != "reminders"
    days = reminders.chosen_days() if is_valid else stored
    quota = services.email_limits.quota_of(company)
    rows = events_of(request.staff, [EventStatus.PARKED])
    page = await newest_first(rows, _PAGE_SIZE, query.get("after") or None, BY_RECEIPT)
    values = {
        "form": reminders,
        "reminder_days": day_choices(stored),
        "reminder_sentence": reminder_sentence(days),
        "emails_sent": await quota.used(),
        "emails_limit": quota.limit,
        "failed_section": failed_section,
        "saved": query.get("saved"),
        "grouped": grouped,
        "is_available": services.stripe is not None,
        "events": [StripeEvent.of(row) for row in page.rows],
        "pages": PageLinks.of(page, _PATH, anchor="#events"),
        "replayed": query.get("replayed"),
    }
    headers = security_headers(*form_origins(services.settings, STRIPE_CONNECT))
    return await request.render("settings/payments.html", values, headers=headers, error=error)
