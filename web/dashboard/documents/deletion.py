"""Deleting a draft: asking before it is done."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from starlette.responses import Response

from auth.staff import Staff
from models import CreditNote, Invoice, Quote
from services.billing.drafts import can_delete
from web.dashboard.documents.lookups import document_url
from web.dashboard.forms.pages import Confirmation, confirmation_page
from web.dashboard.requests import DashboardRequest

Delete: TypeAlias = Callable[[Staff, str], Awaitable[object]]


async def deletion_page(
    request: DashboardRequest, draft: Invoice | Quote | CreditNote, delete: Delete, list_path: str
) -> Response:
    """Ask, then delete the draft and show the list. Raises Conflict if it is no draft."""
    if not request.is_post and (refusal := can_delete(draft)):
        raise refusal

    async def act() -> str:
        await delete(request.staff, str(draft.id))
        return list_path

    confirmation = Confirmation(
        title=f"Delete {draft.name}?",
        text="This can't be undone.",
        button="Delete draft",
        back_url=document_url(draft),
        is_destructive=True,
        back_label="Keep it",
    )
    return await confirmation_page(request, confirmation, act)
