"""What the signed-in user gets e-mails about."""

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
    """Show the events about which there are e-mails, and choose others."""

    async def choose() -> str:
        await notices.choose_notices(request.staff, selected_events(request.form))
        return f"{_PATH}?saved=yes"

    chosen = await notices.notices_of(request.staff)
    values = {
        "labels": NOTICE_LABELS,
        "selected": request.form.getlist("events") if request.is_post else chosen,
        "saved": request.query.get("saved"),
    }
    return await form_page(request, "identity/notices.html", values, choose)


def selected_events(form: FormData) -> list[WebhookEvent]:
    """Return the events whose boxes are checked. Raises BadInput for an unknown one."""
    try:
        return [WebhookEvent(str(name)) for name in form.getlist("events")]
    except ValueError:
        raise BadInput("There is no such event.", field="events") from None
