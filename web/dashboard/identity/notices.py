"""What the signed-in user is told about: by e-mail, and on the desktop."""

from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response

from auth.permissions import Permission
from errors import BadInput
from models import WebhookEvent
from services.webhooks import notices
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/account/notices"
NOTICE_LABELS: Final = {
    WebhookEvent.INVOICE_VIEWED: "An invoice is opened for the first time",
    WebhookEvent.INVOICE_READ: "An invoice is read for the first time",
    WebhookEvent.PAYMENT_RECEIVED: "A payment is received",
    WebhookEvent.PAYMENT_FAILED: "A payment fails",
    WebhookEvent.QUOTE_ACCEPTED: "A quote is accepted",
    WebhookEvent.QUOTE_DECLINED: "A quote is declined",
    WebhookEvent.QUESTION_ASKED: "A client asks a question",
}


@login_required(Permission.VIEW_INVOICES)
async def notices_page(request: DashboardRequest) -> Response:
    """Show the events about which the user is told, and choose others."""

    async def choose() -> str:
        form = request.form
        await notices.choose_notices(
            request.staff, selected_events(form), selected_events(form, "desktop")
        )
        return f"{_PATH}?saved=yes"

    staff, form = request.staff, request.form
    chosen = await notices.notices_of(staff)
    values = {
        "labels": NOTICE_LABELS,
        "selected": form.getlist("events") if form else chosen,
        "on_desktop": form.getlist("desktop") if form else staff.desktop_events,
        "saved": request.query.get("saved"),
    }
    return await form_page(request, "identity/notices.html", values, choose)


def selected_events(form: FormData, field: str = "events") -> list[WebhookEvent]:
    """Return the events whose boxes are checked. Raises BadInput for an unknown one."""
    try:
        return [WebhookEvent(str(name)) for name in form.getlist(field)]
    except ValueError:
        raise BadInput("There is no such event.", field="events") from None
