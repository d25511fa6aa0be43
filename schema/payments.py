"""Payments received for an invoice."""

from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry

import models
from context import Info
from i18n.payments import method_of
from models.documents import PricedDocument
from schema.enums import PaymentKind
from schema.money import Money
from schema.nodes import Node
from schema.refunds import Refund
from schema.reversals import Reversal
from values.payments import HistoryEntry, receipt_id_of


@strawberry.type(description="A payment received for an invoice.")
class Payment(Node):
    id: strawberry.ID = strawberry.field(description="The payment's ID.")
    amount: Money = strawberry.field(description="The amount received.")
    method: str = strawberry.field(description="The payment method.")
    received_at: datetime = strawberry.field(description="When it was received.")
    reference: str | None = strawberry.field(description="The bank's or payer's reference.")
    recorded_by: str | None = strawberry.field(
        description="The name of the user or API key that recorded it; null if Stripe reported it."
    )
    row: strawberry.Private[models.Payment]
    invoice: strawberry.Private[models.Invoice]

    @strawberry.field(description="The URL of the PDF of its receipt, for staff.")
    def receipt_url(self, info: Info) -> str:
        return info.context.urls.document_pdf("receipts", self.row.id)

    @strawberry.field(
        description="The URL of its receipt's page, for the client; null while the invoice isn't "
        "shared."
    )
    def receipt_page_url(self, info: Info) -> str | None:
        urls, token = info.context.urls, self.invoice.share_token
        return urls.receipt(urls.invoice(token), receipt_id_of(self.row.id)) if token else None

    @strawberry.field(description="The amount refunded.")
    async def refunded(self, info: Info) -> Money:
        taken_back = await info.context.loaders.reversals.load(self.row.id)
        return self._money(taken_back.refunded, info)

    @strawberry.field(description="The amount taken back by the payer's bank in disputes.")
    async def disputed(self, info: Info) -> Money:
        taken_back = await info.context.loaders.reversals.load(self.row.id)
        return self._money(taken_back.disputed, info)

    @strawberry.field(
        description="Null unless staff reversed it because it was recorded by mistake: "
        "`reversePayment`."
    )
    async def reversal(self, info: Info) -> Reversal | None:
        taken_back = await info.context.loaders.reversals.load(self.row.id)
        return Reversal.of(taken_back.reversal)

    @strawberry.field(
        description="What of it can be refunded through Stripe: `refundPayment`. Zero if staff "
        "recorded it."
    )
    async def refundable(self, info: Info) -> Money:
        refundable = await info.context.loaders.refundable.load(self.row.id)
        return self._money(refundable.amount, info)

    @strawberry.field(description="The refunds that staff asked Stripe for here, oldest first.")
    async def refunds(self, info: Info) -> list[Refund]:
        rows = await info.context.loaders.refunds.load(self.row.id)
        return [Refund.of(row, self.invoice, info.context.viewer.language) for row in rows]

    def _money(self, minor: int, info: Info) -> Money:
        return Money.of(self.invoice.money(minor), info.context.viewer.language)

    @classmethod
    def of(cls, payment: models.Payment, invoice: models.Invoice, language: str) -> Self:
        """Return a payment for `invoice`, formatted in `language`."""
        return cls(
            id=strawberry.ID(str(payment.id)),
            amount=Money.of(invoice.money(payment.amount), language),
            method=payment.method,
            received_at=payment.received_at,
            reference=payment.reference,
            recorded_by=payment.actor,
            row=payment,
            invoice=invoice,
        )


@strawberry.type(description="A change of what is due on an invoice, as its recipient sees it.")
class PublicPayment:
    kind: PaymentKind = strawberry.field(description="What happened.")
    amount: Money = strawberry.field(
        description="What it takes off the amount due. Negative for what is due again, such as a "
        "refund. All of them add up to what is paid and written off."
    )
    at: datetime = strawberry.field(description="When it happened.")
    method: str | None = strawberry.field(
        description="How it was paid, or the credit note, in the document's language; null if "
        "that isn't known."
    )
    receipt_url: str | None = strawberry.field(
        description="The URL of the receipt's PDF; null unless it is a payment."
    )
    receipt_page_url: str | None = strawberry.field(
        description="The URL of the receipt's page; null unless it is a payment."
    )

    @classmethod
    def of(
        cls, entry: HistoryEntry, invoice: PricedDocument, language: str, page_url: str | None
    ) -> Self:
        """Return an entry of the history. `page_url`: the receipt of a payment."""
        return cls(
            kind=entry.kind,
            amount=Money.of(invoice.money(entry.amount), language),
            at=entry.at,
            method=method_of(entry, language),
            receipt_url=f"{page_url}.pdf" if page_url else None,
            receipt_page_url=page_url,
        )


@strawberry.input(description="A payment received outside Stripe.")
class RecordPaymentInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice's ID.")
    amount: Decimal = strawberry.field(
        description="In the invoice's currency: greater than zero and, without "
        "`surplusAsCredit`, at most the amount due."
    )
    method: str = strawberry.field(
        description="The payment method, for example bank transfer or cash."
    )
    received_at: datetime | None = strawberry.field(
        default=None, description="Since 2000. Defaults to now."
    )
    reference: str | None = strawberry.field(
        default=None, description="The bank's or payer's reference."
    )
    surplus_as_credit: bool | None = strawberry.field(
        default=False,
        description="Whether what isn't due becomes credit of the customer. Without it, more than "
        "is due fails with AMOUNT_TOO_LARGE, and any amount for a paid or cancelled invoice with "
        "CONFLICT.",
    )
    send_receipt: bool | None = strawberry.field(
        default=True,
        description="Whether the customer gets the receipt by e-mail, if the company sends "
        "receipts. Use false for old payments.",
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="A payment that staff recorded by mistake.")
class ReversePaymentInput:
    payment_id: strawberry.ID = strawberry.field(description="The payment's ID.")
    reason: str = strawberry.field(description="Why: up to 500 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )
