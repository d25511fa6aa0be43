"""Webhooks: the list, each webhook with its deliveries, and the forms that change one."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

import models
from auth.permissions import Permission
from errors import PortalError
from models import WebhookDeliveryState, WebhookEvent
from schema.notices import Chat
from schema.webhooks import Webhook, WebhookDelivery
from services.common.listings import newest_first
from services.common.pagination import BY_SEQUENCE
from services.sharing.streams import load_stream_cursors
from services.webhooks import webhooks
from services.webhooks.notices import chat_of
from services.webhooks.webhooks import IssuedWebhook
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.identity.notices import selected_events
from web.dashboard.lists.pagination import PageLinks, build_url
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/settings/webhooks"
_PAGE_SIZE: Final = 20
_STATES: Final = {
    "": "All",
    WebhookDeliveryState.QUEUED: "Waiting",
    WebhookDeliveryState.DELIVERED: "Delivered",
    WebhookDeliveryState.FAILED: "Failed",
}
"""What the log can be narrowed to, by the parameter `state`."""
_EVENT_LABELS: Final = {
    WebhookEvent.INVOICE_ISSUED: "Invoice issued",
    WebhookEvent.INVOICE_CANCELLED: "Invoice cancelled",
    WebhookEvent.INVOICE_VIEWED: "Invoice opened",
    WebhookEvent.INVOICE_READ: "Invoice read",
    WebhookEvent.INVOICE_PAID: "Invoice paid",
    WebhookEvent.PAYMENT_RECEIVED: "Payment received",
    WebhookEvent.PAYMENT_PENDING: "Payment started",
    WebhookEvent.PAYMENT_FAILED: "Payment failed",
    WebhookEvent.PAYMENT_REFUNDED: "Payment refunded",
    WebhookEvent.PAYMENT_DISPUTED: "Payment disputed",
    WebhookEvent.LINK_SHARED: "Link shared",
    WebhookEvent.LINK_REVOKED: "Link revoked",
    WebhookEvent.QUOTE_ACCEPTED: "Quote accepted",
    WebhookEvent.QUOTE_DECLINED: "Quote declined",
    WebhookEvent.QUESTION_ASKED: "Question asked",
    WebhookEvent.EMAIL_FAILED: "E-mail not delivered",
}


class WebhookForm(Form):
    """A webhook. Its events are checkboxes: see `selected_events`."""

    url = Field(
        "URL", parse_text, required=True, max_length=2000, hint="Events are posted to this address."
    )
    description = Field(
        "What is it for?",
        optional(parse_text),
        max_length=200,
        hint="Optional. Only your team sees it.",
    )


@login_required(Permission.MANAGE_COMPANY)
async def webhooks_page(request: DashboardRequest) -> Response:
    """Show a page of the webhooks, newest first."""
    return await _render_list(request, form=WebhookForm(request.form))


@login_required(Permission.MANAGE_COMPANY)
async def create_webhook(request: DashboardRequest) -> Response:
    """Create a webhook and show its secret, which isn't shown again."""
    form = WebhookForm(request.form)
    try:
        issued = await webhooks.create_webhook(
            request.staff,
            request.services.webhook_addresses,
            form.url.value.strip(),
            selected_events(request.form),
            form.description.value,
        )
    except PortalError as error:
        return await _render_list(request, form=form, error=error)
    return await _render_list(request, issued=issued)


@login_required(Permission.MANAGE_COMPANY)
async def webhook_page(request: DashboardRequest) -> Response:
    """Show a webhook, and a page of its deliveries, newest first."""
    return await _render_one(request)


@login_required(Permission.MANAGE_COMPANY)
async def edit_webhook(request: DashboardRequest) -> Response:
    """Show the form with a webhook, and change it."""
    webhook = await _get(request)
    form = WebhookForm(request.form, url=webhook.url, description=webhook.description or "")

    async def change() -> str:
        await webhooks.update_webhook(
            request.staff,
            request.services.webhook_addresses,
            str(webhook.id),
            {
                "url": form.url.value.strip(),
                "events": selected_events(request.form),
                "description": form.description.value,
            },
        )
        return f"{_path(webhook)}?done=saved"

    values = {
        "form": form,
        "labels": _EVENT_LABELS,
        "selected": request.form.getlist("events") if request.form else webhook.events,
        "back_url": _path(webhook),
    }
    return await form_page(request, "settings/webhook_form.html", values, change)


@login_required(Permission.MANAGE_COMPANY)
async def switch_webhook(request: DashboardRequest) -> Response:
    """Turn a webhook on or off."""
    webhook = await webhooks.update_webhook(
        request.staff,
        request.services.webhook_addresses,
        request.path_id,
        {"enabled": request.form.get("enabled") == "yes"},
    )
    return RedirectResponse(f"{_path(webhook)}?done={'on' if webhook.enabled else 'off'}", 303)


@login_required(Permission.MANAGE_COMPANY)
async def test_webhook(request: DashboardRequest) -> Response:
    """Send a test."""
    webhook = await webhooks.test_webhook(request.staff, request.path_id)
    return RedirectResponse(f"{_path(webhook)}?done=tested#log", 303)


@login_required(Permission.MANAGE_COMPANY)
async def replay_delivery(request: DashboardRequest) -> Response:
    """Send a delivery again."""
    delivery_id = str(request.form.get("delivery", ""))
    webhook = await webhooks.replay_delivery(request.staff, delivery_id)
    return RedirectResponse(f"{_path(webhook)}?done=replayed#log", 303)


@login_required(Permission.MANAGE_COMPANY)
async def replace_secret(request: DashboardRequest) -> Response:
    """Ask for confirmation, replace the secret, and show the new one, which isn't shown again."""
    webhook = await _get(request)
    error = None
    if request.is_post:
        try:
            issued = await webhooks.rotate_secret(request.staff, request.path_id)
            return await _render_one(request, issued=issued)
        except PortalError as refusal:
            error = refusal
    confirmation = Confirmation(
        title="Replace the secret?",
        text="We show the new secret only once. For one day, we sign with both secrets. Update your"
        " program within that day.",
        button="Replace",
        back_url=_path(webhook),
    )
    return await request.render("confirmation.html", {"confirmation": confirmation}, error=error)


@login_required(Permission.MANAGE_COMPANY)
async def delete_webhook(request: DashboardRequest) -> Response:
    """Ask for confirmation, and delete a webhook."""
    webhook = await _get(request)

    async def delete() -> str:
        await webhooks.delete_webhook(request.staff, str(webhook.id))
        return f"{_PATH}?deleted=yes"

    confirmation = Confirmation(
        title="Delete this webhook?",
        text="No more events are sent there, and the delivery log is deleted. You can't undo this.",
        button="Delete",
        back_url=_path(webhook),
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, delete)


def _path(webhook: models.Webhook) -> str:
    return f"{_PATH}/{webhook.id}"


async def _get(request: DashboardRequest) -> models.Webhook:
    """Return the webhook in the path. Raises NotFound."""
    return await webhooks.webhook_of(request.staff, request.path_id)


async def _render_list(
    request: DashboardRequest,
    *,
    form: WebhookForm | None = None,
    error: PortalError | None = None,
    issued: IssuedWebhook | None = None,
) -> Response:
    """Render the list; `form` is one that wasn't saved, maybe because of `error`."""
    rows = webhooks.webhooks_of(request.staff)
    page = await newest_first(rows, webhooks.MAX_WEBHOOKS, None)
    values: dict[str, Any] = {
        "webhooks": [Webhook.of(row) for row in page.rows],
        "form": form or WebhookForm(FormData()),
        "labels": _EVENT_LABELS,
        "selected": request.form.getlist("events") if form else [],
        "issued": issued,
        "deleted": request.query.get("deleted"),
        "chat": Chat.of(await chat_of(request.staff)),
        "saved": request.query.get("saved"),
    }
    return await request.render("settings/webhooks.html", values, error=error)


async def _render_one(
    request: DashboardRequest, *, issued: IssuedWebhook | None = None
) -> Response:
    webhook = await _get(request)
    rows, path = models.WebhookDelivery.filter(webhook_id=webhook.id), _path(webhook)
    state = request.query.get("state", "").upper()
    if state in WebhookDeliveryState.__members__:
        rows = rows.filter(state=state)
    else:
        state = ""
    page = await newest_first(rows, _PAGE_SIZE, request.query.get("after") or None, BY_SEQUENCE)
    cursors = None
    if Permission.VIEW_INVOICES in request.staff.permissions:
        [cursors] = await load_stream_cursors([request.staff.company_id])
    values = {
        "cursors": cursors,
        "is_waiting": any(row.state is WebhookDeliveryState.QUEUED for row in page.rows),
        "webhook": Webhook.of(webhook),
        "deliveries": [(WebhookDelivery.of(row), row.event.type) for row in page.rows],
        "pages": PageLinks.of(page, path, {"state": state.lower()}, anchor="#log"),
        "states": [
            (label, build_url(path, {"state": each.lower()}) + "#log", each == state)
            for each, label in _STATES.items()
        ],
        "chosen_state": state,
        "labels": _EVENT_LABELS,
        "issued": issued,
        "done": request.query.get("done"),
    }
    return await request.render("settings/webhook.html", values)
