"""Opens of shared invoices: the record, the figures, and the live event's parts."""

from datetime import datetime
from typing import Self

import strawberry

import models
from schema.enums import ViewSource


@strawberry.type(description="How often an invoice was opened by people, and when.")
class ViewStats:
    view_count: int = strawberry.field(description="Opens that count; automated ones don't.")
    unique_ips: int = strawberry.field(description="Distinct addresses among them.")
    first_viewed_at: datetime | None = strawberry.field(description="The first; it never changes.")
    last_viewed_at: datetime | None = strawberry.field(description="The latest.")
    is_live: bool = strawberry.field(description="Whether that was within the last five minutes.")

    @classmethod
    def of(cls, invoice: models.Invoice) -> Self:
        """Return the figures of `invoice`."""
        return cls(
            view_count=invoice.view_count,
            unique_ips=invoice.unique_ips,
            first_viewed_at=invoice.first_viewed_at,
            last_viewed_at=invoice.last_viewed_at,
            is_live=invoice.is_live(),
        )


@strawberry.type(description="One open of an invoice.")
class InvoiceView:
    id: strawberry.ID = strawberry.field(description="Numbers the company's opens, in order.")
    viewed_at: datetime = strawberry.field(description="When it was opened.")
    source: ViewSource = strawberry.field(description="Where the viewer came from.")
    ip: str | None = strawberry.field(description="The viewer's address.")
    user_agent: str | None = strawberry.field(
        description="What the viewer's browser says of itself, cut to 512 characters."
    )
    automated: bool = strawberry.field(
        description="Whether a preview, a scanner or a prefetch opened it, and no person."
    )

    @classmethod
    def of(cls, view: models.InvoiceView) -> Self:
        """Return what staff see of `view`."""
        return cls(
            id=strawberry.ID(str(view.sequence)),
            viewed_at=view.viewed_at,
            source=view.source,
            ip=view.ip,
            user_agent=view.user_agent or None,
            automated=view.automated,
        )


@strawberry.input(description="An open to record.")
class RecordViewInput:
    token: str = strawberry.field(description="The token of the invoice's link, or of a portal's.")
    number: str | None = strawberry.field(
        default=None, description="With a portal's token: which invoice was opened."
    )
    source: ViewSource | None = strawberry.field(
        default=ViewSource.LINK, description="Where the viewer came from."
    )


@strawberry.type(description="Whether the open was recorded.")
class RecordViewPayload:
    recorded: bool = strawberry.field(
        description="False over the rate limit, and for the company's own staff."
    )
