"""The chat that gets messages about events."""

from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from services.webhooks.notices import chat_of, set_chat
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.identity.notices import NOTICE_LABELS, selected_events
from web.dashboard.requests import DashboardRequest, login_required

_BACK_URL: Final = "/dashboard/settings/webhooks"


class ChatForm(Form):
    """The chat. Its events are checkboxes."""

    url = Field(
        "URL of the incoming webhook",
        optional(parse_text),
        max_length=2000,
        hint="Leave it empty to turn messages off.",
    )


@login_required(Permission.MANAGE_COMPANY)
async def chat_page(request: DashboardRequest) -> Response:
    """Show the form with the chat, and change it."""
    chat = await chat_of(request.staff)
    form = ChatForm(request.form, url=chat.url if chat else "")

    async def change() -> str:
        url, events = form.url.value, selected_events(request.form)
        await set_chat(request.staff, request.services.webhook_addresses, url, events)
        return f"{_BACK_URL}?saved=chat#chat"

    chosen = chat.events if chat else []
    values = {
        "form": form,
        "labels": NOTICE_LABELS,
        "selected": request.form.getlist("events") if request.form else chosen,
        "back_url": _BACK_URL,
    }
    return await form_page(request, "settings/chat_form.html", values, change)
