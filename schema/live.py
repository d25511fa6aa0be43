"""The live event of an open."""

import time
from typing import Final, Self, cast

import strawberry

from context import Viewer
from schema.invoice import Invoice
from schema.viewing import InvoiceView
from services.paging import encode_cursor
from subscriptions.replay import InvoiceViewed as Event

_SHARED_FOR: Final = 1.0
"""Seconds: whether an invoice is live or overdue changes with time."""


@strawberry.type(description="An invoice was opened.")
class InvoiceViewed:
    """See the description."""

    cursor: str = strawberry.field(
        description="Pass the last one as `after` to get everything missed since."
    )
    view: InvoiceView = strawberry.field(description="The open.")
    invoice: Invoice = strawberry.field(description="The invoice as it was when the open was read.")

    @classmethod
    def of(cls, event: Event, viewer: Viewer) -> Self:
        """Return `event` for the wire: the same object to all who ask within a second."""
        made_at, made = event.shared.get("wire", (0.0, None))
        now = time.monotonic()
        if made is None or now - made_at > _SHARED_FOR:
            made = cls(
                cursor=encode_cursor(event.sequence),
                view=InvoiceView.of(event.view),
                invoice=Invoice.of(event.invoice, viewer),
            )
            event.shared["wire"] = now, made
        return cast(Self, made)
