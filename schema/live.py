"""The live event of an open."""

from typing import Self

import strawberry

from schema.invoice import Invoice
from schema.viewing import InvoiceView
from services.paging import encode_cursor
from settings import Settings
from subscriptions.replay import InvoiceViewed as Event


@strawberry.type(description="An invoice was opened.")
class InvoiceViewed:
    """See the description."""

    cursor: str = strawberry.field(
        description="Pass the last one as `after` to get everything missed since."
    )
    view: InvoiceView = strawberry.field(description="The open.")
    invoice: Invoice = strawberry.field(description="The invoice as it was when this was sent.")

    @classmethod
    def of(cls, event: Event, settings: Settings) -> Self:
        """Return `event` for the wire."""
        return cls(
            cursor=encode_cursor(event.sequence),
            view=InvoiceView.of(event.view),
            invoice=Invoice.of(event.invoice, settings),
        )
