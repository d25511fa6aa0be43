"""Sending a draft with one button, to the customer's address."""

from collections.abc import Awaitable, Callable
from typing import Final

from errors import BadInput
from models import Invoice, Quote
from services.email.delivery_queue import QueuedDelivery
from services.email.emails import UNDO_SECONDS, EmailOptions
from web.dashboard.documents.lookups import document_url
from web.dashboard.requests import DashboardRequest

_NO_ADDRESS: Final = ("to",)
"""The input that is at fault if the customer has no address."""


async def send_at_once(
    request: DashboardRequest,
    document: Invoice | Quote,
    send: Callable[..., Awaitable[QueuedDelivery]],
    key: str,
    asking_page: str,
) -> str:
    """Send a document, and return where that is shown and can be undone.

    For a customer without an e-mail address, return the `asking_page` below the document's, where
    one can be entered.
    """
    url = document_url(document)
    try:
        queued = await send(
            request.staff,
            str(document.id),
            EmailOptions(delay_seconds=UNDO_SECONDS),
            limits=request.services.email_limits,
            idempotency_key=key,
        )
    except BadInput as refusal:
        if refusal.path != _NO_ADDRESS:
            raise
        return f"{url}/{asking_page}"
    return f"{url}?sent={queued.delivery.id}"
