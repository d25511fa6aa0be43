"""Inputs for writing and sharing credit notes, and the results."""

from decimal import Decimal
from typing import Self

import strawberry

import models
from context import Viewer
from schema.invoices import CreditNote
from schema.lines import LineItemInput
from services.billing.credit_note_drafts import CreditAmount, CreditedPart, CreditNoteChanges
from services.billing.pricing import Discount


@strawberry.type(description="The updated credit note.")
class CreditNotePayload:
    credit_note: CreditNote = strawberry.field(description="The updated credit note.")

    @classmethod
    def of(cls, note: models.CreditNote, viewer: Viewer) -> Self:
        return cls(credit_note=CreditNote.of(note, viewer))


@strawberry.input(description="A credit note of the company.")
class CreditNoteRef:
    credit_note_id: strawberry.ID = strawberry.field(description="The credit note's ID.")


@strawberry.input(
    description="A new credit note over a plain amount. It starts as a draft, which isn't credit "
    "yet. To correct an invoice, use `creditInvoice`."
)
class CreateCreditNoteInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer.")
    amount: Decimal = strawberry.field(description="The amount. Must be greater than zero.")
    currency: str | None = strawberry.field(
        default=None, description="An ISO 4217 code. Defaults to the company's currency."
    )
    reason: str | None = strawberry.field(default=None, description="Up to 2,000 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )

    def content(self) -> CreditAmount:
        return CreditAmount(
            customer_id=self.customer_id,
            amount=self.amount,
            currency=self.currency,
            reason=self.reason,
        )


@strawberry.input(description="What to credit of an invoice, and why.")
class CreditInvoiceInput:
    invoice_id: strawberry.ID = strawberry.field(description="The invoice.")
    lines: list[LineItemInput] | None = strawberry.field(
        default=None,
        description="Lines with prices and taxes like those of the invoice, with amounts greater "
        "than zero for what is credited. Defaults to all that isn't credited yet.",
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="An amount with tax, instead of `lines`. It is spread over the taxes of the "
        "invoice, in proportion to what isn't credited yet of each.",
    )
    reason: str = strawberry.field(description="Up to 2,000 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )

    def part(self) -> CreditedPart:
        lines = None if self.lines is None else [line.draft() for line in self.lines]
        return CreditedPart(lines=lines, amount=self.amount)


@strawberry.input(description="New values for a draft. What is omitted stays as it is.")
class UpdateCreditNoteInput:
    credit_note_id: strawberry.ID = strawberry.field(description="The draft's ID.")
    customer_id: strawberry.ID | None = strawberry.field(
        default=None, description="The customer. A credit note for an invoice keeps its customer."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="The amount, greater than zero. A credit note for an invoice has lines "
        "instead.",
    )
    currency: str | None = strawberry.field(
        default=None,
        description="An ISO 4217 code. A credit note for an invoice keeps its currency.",
    )
    lines: list[LineItemInput] | None = strawberry.field(
        default=None, description="The lines, if it is for an invoice."
    )
    discount: Decimal | None = strawberry.field(
        default=None,
        description="A discount on the sum of the lines, as an amount, if it is for an invoice.",
    )
    discount_percent: Decimal | None = strawberry.field(
        default=None,
        description="A discount on the sum of the lines, in percent, if it is for an invoice.",
    )
    reason: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Up to 2,000 characters. A credit note for an invoice needs one.",
    )

    def changes(self) -> CreditNoteChanges:
        discount = None
        if self.discount is not None or self.discount_percent is not None:
            amount = self.discount or Decimal(0)
            discount = Discount(amount=amount, percent=self.discount_percent)
        return CreditNoteChanges(
            customer_id=self.customer_id,
            amount=self.amount,
            currency=self.currency,
            lines=None if self.lines is None else [line.draft() for line in self.lines],
            discount=discount,
            reason=None if self.reason is strawberry.UNSET else self.reason or "",
        )


@strawberry.type(description="A shared credit note and its link.")
class ShareCreditNotePayload:
    token: str = strawberry.field(
        description="The token in the link. Anyone who has it can open the document."
    )
    url: str = strawberry.field(description="The link to share.")
    credit_note: CreditNote = strawberry.field(description="The updated credit note.")
