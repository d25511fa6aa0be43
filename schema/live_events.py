"""Live events: views of invoices, and what else happens to them."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Self, TypeVar, cast

import strawberry

import models
from context import Viewer
from models import InvoiceChange
from schema.enums import describe
from schema.invoices import Invoice
from schema.money import Money
from schema.views import InvoiceView
from services.common.pagination import encode_cursor
from subscriptions.replay import Event, RowT

_SHARING_TTL: Final = 1.0
"""Seconds. Not longer, since whether an invoice is live or overdue changes with time."""

T = TypeVar("T")

describe(
    InvoiceChange,
    "What happened to an invoice.",
    ISSUED="It was issued.",
    CANCELLED="It was cancelled.",
    PAYMENT_RECEIVED="A payment was received.",
    PAYMENT_PENDING="A payment was started and hasn't settled yet.",
    PAYMENT_FAILED="A pending payment failed.",
    CREDIT_APPLIED="Credit was applied to it.",
    REFUNDED="A payment was refunded, in full or in part.",
    DISPUTED="The payer's bank disputed a payment and took the money back for now.",
    REVERSAL_RETURNED="Money taken back by a refund or a dispute was returned.",
    PAYMENT_REVERSED="A payment that was recorded by mistake was reversed.",
    CREDIT_REVERSED="Credit that was applied to it was removed again.",
    WRITTEN_OFF="What was due was written off, in full or in part.",
    WRITE_OFF_REVERSED="A write-off was reversed.",
    QUESTION_ASKED="The client asked a question about it.",
    QUESTION_ANSWERED="Staff answered a question about it.",
    READ="Someone read it: the page reported that it had been visible for three seconds.",
    PDF_DOWNLOADED="A reader of the page downloaded the PDF.",
    PAY_CLICKED="A reader of the page chose to pay online.",
)


def _shared(event: Event[RowT], make: Callable[[], T]) -> T:
    """Return the object made from `event`, shared by all subscribers that ask within a second."""
    created_at, value = event.shared.get("wire", (0.0, None))
    now = time.monotonic()
    if value is None or now - created_at > _SHARING_TTL:
        value = make()
        event.shared["wire"] = now, value
    return cast(T, value)


@strawberry.type(description="A view of an invoice.")
class InvoiceViewed:
    cursor: str = strawberry.field(
        description="Pass the last cursor as `after` to resume without missing anything."
    )
    view: InvoiceView = strawberry.field(description="The view.")
    invoice: Invoice = strawberry.field(
        description="The invoice as it was when this event was read."
    )

    @classmethod
    def of(cls, event: Event[models.InvoiceView], viewer: Viewer) -> Self:
        return _shared(
            event,
            lambda: cls(
                cursor=encode_cursor(event.sequence),
                view=InvoiceView.of(event.row),
                invoice=Invoice.of(event.invoice, viewer),
            ),
        )


@strawberry.type(description="A change to an invoice.")
class InvoiceUpdated:
    cursor: str = strawberry.field(
        description="Pass the last cursor as `after` to resume without missing anything. Not "
        "interchangeable with cursors of `viewedInvoice`."
    )
    change: InvoiceChange = strawberry.field(description="What happened.")
    amount: Money | None = strawberry.field(
        description="The amount paid, applied, refunded, disputed, reversed or written off; null "
        "if there is none. `change` says in which direction it went."
    )
    at: datetime = strawberry.field(description="When it was recorded.")
    actor: str | None = strawberry.field(
        description="The name of the user or API key that did it; null if nobody of the company "
        "did, for example for a payment through Stripe."
    )
    reason: str | None = strawberry.field(description="Why, in the words of the one who did it.")
    invoice: Invoice = strawberry.field(
        description="The invoice as it was when this event was read. It may already include "
        "later changes."
    )

    @classmethod
    def of(cls, event: Event[models.InvoiceUpdate], viewer: Viewer) -> Self:
        update, invoice = event.row, event.invoice
        return _shared(
            event,
            lambda: cls(
                cursor=encode_cursor(event.sequence),
                change=update.change,
                amount=(
                    None
                    if update.amount is None
                    else Money.of(invoice.money(update.amount), viewer.language)
                ),
                at=update.at,
                actor=update.actor,
                reason=update.reason,
                invoice=Invoice.of(invoice, viewer),
            ),
        )
