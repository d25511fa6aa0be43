"""Live events: views of invoices, and what else happens to them and to other documents."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, Self, TypeVar, cast

import strawberry

import models
from context import Info, Viewer
from models import InvoiceChange
from schema.enums import describe
from schema.invoices import CreditNote, Invoice
from schema.lazy_fields import lazy_field
from schema.money import Money
from schema.quotes import Quote
from schema.views import InvoiceView
from services.activity.live import sentence_of_update, sentence_of_view
from services.common.pagination import encode_cursor
from subscriptions.replay import Event, RowT

_SHARING_TTL: Final = 1.0
"""Seconds. Not longer, since whether an invoice is live or overdue changes with time."""

T = TypeVar("T")

describe(
    InvoiceChange,
    "What happened to an invoice, or to another document.",
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
    QUESTION_ANSWERED="Staff answered or closed a question about it.",
    QUESTION_DELETED="Staff deleted a question about it.",
    QUOTE_ACCEPTED="The quote was accepted. Only `documentUpdated` has it.",
    QUOTE_DECLINED="The quote was declined. Only `documentUpdated` has it.",
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
    cursor: str = lazy_field("Pass the last cursor as `after` to resume without missing anything.")
    view: InvoiceView = strawberry.field(description="The view.")
    invoice: Invoice = strawberry.field(
        description="The invoice as it was when this event was read."
    )
    sequence: strawberry.Private[int]

    def make_cursor(self) -> str:
        return encode_cursor(self.sequence)

    @strawberry.field(
        description="What happened, in English, for a notification: "
        '"Ada Lovelace opened INV-00001".'
    )
    async def sentence(self, info: Info) -> str:
        invoice = self.invoice.row
        customer = await info.context.loaders.customers.load(invoice.customer_id)
        return sentence_of_view(invoice, customer)

    @classmethod
    def of(cls, event: Event[models.InvoiceView], viewer: Viewer) -> Self:
        return _shared(
            event,
            lambda: cls(
                sequence=event.sequence,
                view=InvoiceView.of(event.row),
                invoice=Invoice.of(event.row.invoice, viewer),
            ),
        )


@strawberry.type
class _Updated:
    cursor: str = lazy_field(
        "Pass the last cursor as `after` to resume without missing anything. Not "
        "interchangeable with cursors of `viewedInvoice`."
    )
    change: InvoiceChange = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When it was recorded.")
    actor: str | None = strawberry.field(
        description="The name of the user or API key that did it; null if nobody of the company "
        "did, for example for a payment through Stripe."
    )
    sequence: strawberry.Private[int]

    def make_cursor(self) -> str:
        return encode_cursor(self.sequence)


@strawberry.type(description="A change to an invoice.")
class InvoiceUpdated(_Updated):
    amount: Money | None = strawberry.field(
        description="The amount paid, applied, refunded, disputed, reversed or written off; null "
        "if there is none. `change` says in which direction it went."
    )
    reason: str | None = strawberry.field(description="Why, in the words of the one who did it.")
    invoice: Invoice = strawberry.field(
        description="The invoice as it was when this event was read. It may already include "
        "later changes."
    )

    @classmethod
    def of(cls, event: Event[models.InvoiceUpdate], viewer: Viewer) -> Self:
        update, invoice = event.row, event.row.invoice
        assert invoice
        return _shared(
            event,
            lambda: cls(
                sequence=event.sequence,
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


@strawberry.type(
    description="A change to an invoice, a quote or a credit note. Documents are as they were when "
    "this event was read, and may already include later changes."
)
class DocumentUpdated(_Updated):
    row: strawberry.Private[models.InvoiceUpdate]

    @strawberry.field(
        description="What happened, in English, for a notification: "
        '"Ada Lovelace paid €20.00 for INV-00001".'
    )
    async def sentence(self, info: Info) -> str:
        loaders, row = info.context.loaders, self.row
        document: models.Invoice | models.Quote | models.CreditNote | None = row.invoice
        if row.quote_id is not None:
            document = await loaders.quotes.load(row.quote_id)
        elif row.credit_note_id is not None:
            document = await loaders.credit_notes.load(row.credit_note_id)
        assert document
        customer = await loaders.customers.load(row.customer_id)
        return sentence_of_update(row, document, customer, info.context.viewer.language)

    @strawberry.field(description="The invoice that changed; null if it isn't an invoice.")
    async def invoice(self, info: Info) -> Invoice | None:
        return Invoice.of(self.row.invoice, info.context.viewer) if self.row.invoice else None

    @strawberry.field(description="The quote that changed; null if it isn't a quote.")
    async def quote(self, info: Info) -> Quote | None:
        if self.row.quote_id is None:
            return None
        row = await info.context.loaders.quotes.load(self.row.quote_id)
        return Quote.of(row, info.context.viewer) if row else None

    @strawberry.field(description="The credit note that changed; null if it isn't a credit note.")
    async def credit_note(self, info: Info) -> CreditNote | None:
        if self.row.credit_note_id is None:
            return None
        row = await info.context.loaders.credit_notes.load(self.row.credit_note_id)
        return CreditNote.of(row, info.context.viewer) if row else None

    @classmethod
    def of(cls, event: Event[models.InvoiceUpdate], _: Viewer) -> Self:
        row = event.row
        return cls(
            sequence=event.sequence,
            change=row.change,
            at=row.at,
            actor=row.actor,
            row=row,
        )
