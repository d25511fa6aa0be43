"""Questions of clients about documents, and the answers to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

import models
from context import Info
from schema.emails import EmailDelivery
from schema.lazy_fields import inner_field
from schema.nodes import Node
from services.sharing.questions import QuestionDraft

if TYPE_CHECKING:
    from schema.customers import Customer
    from schema.invoices import CreditNote, Invoice
    from schema.quotes import Quote


@strawberry.type(description="An answer to a client's question, as staff see it.")
class Answer:
    @strawberry.field(
        description="The e-mail with the answer; null if there was no address for it."
    )
    async def delivery(self, info: Info) -> EmailDelivery | None:
        row = await info.context.loaders.deliveries_of_answers.load(self.row.id)
        return EmailDelivery.of(row) if row else None

    author: str = inner_field("row.author", "The name of the user or API key.")
    text: str = inner_field(
        "row.text", "The answer: plain text with line breaks; empty once the question is deleted."
    )
    answered_at: datetime = inner_field("row.answered_at", "When it was written.")
    row: strawberry.Private[models.Answer]


@strawberry.type(description="What a client asks about a document, as staff see it.")
class Question(Node):
    id: strawberry.ID = strawberry.field(description="The question's ID.")
    name: str = inner_field("row.name", "The name that the client gave; empty once it is deleted.")
    email: str | None = inner_field(
        "row.email",
        "The address that the client gave for the answer, which nobody has checked; null for that "
        "of the customer.",
    )
    text: str = inner_field(
        "row.text", "The question: plain text with line breaks; empty once it is deleted."
    )
    ip: str | None = inner_field("row.ip", "The address from which it was asked.")
    asked_at: datetime = inner_field("row.asked_at", "When it was asked.")
    answered_at: datetime | None = inner_field(
        "row.answered_at", "When it was first answered, closed or deleted; null while it waits."
    )
    deleted_at: datetime | None = inner_field(
        "row.deleted_at", "When staff deleted it and its answers; null if they haven't."
    )
    row: strawberry.Private[models.Question]

    @strawberry.field(description="The answers, oldest first.")
    async def answers(self, info: Info) -> list[Answer]:
        return [Answer(row=row) for row in await info.context.loaders.answers.load(self.row.id)]

    @strawberry.field(description="The customer whose document it is about.")
    async def customer(
        self, info: Info
    ) -> Annotated["Customer", strawberry.lazy("schema.customers")]:
        from schema.customers import Customer  # noqa: PLC0415  # which has documents

        row = await info.context.loaders.customers.load(self.row.customer_id)
        return Customer.of(row, info.context.viewer)

    @strawberry.field(description="The invoice that it is about; null if it isn't an invoice.")
    async def invoice(
        self, info: Info
    ) -> Annotated["Invoice", strawberry.lazy("schema.invoices")] | None:
        from schema.invoices import Invoice  # noqa: PLC0415  # which has questions

        if self.row.invoice_id is None:
            return None
        row = await info.context.loaders.invoices.load(self.row.invoice_id)
        return Invoice.of(row, info.context.viewer) if row else None

    @strawberry.field(description="The quote that it is about; null if it isn't a quote.")
    async def quote(
        self, info: Info
    ) -> Annotated["Quote", strawberry.lazy("schema.quotes")] | None:
        from schema.quotes import Quote  # noqa: PLC0415  # which has questions

        if self.row.quote_id is None:
            return None
        row = await info.context.loaders.quotes.load(self.row.quote_id)
        return Quote.of(row, info.context.viewer) if row else None

    @strawberry.field(
        description="The credit note that it is about; null if it isn't a credit note."
    )
    async def credit_note(
        self, info: Info
    ) -> Annotated["CreditNote", strawberry.lazy("schema.invoices")] | None:
        from schema.invoices import CreditNote  # noqa: PLC0415  # which has questions

        if self.row.credit_note_id is None:
            return None
        row = await info.context.loaders.credit_notes.load(self.row.credit_note_id)
        return CreditNote.of(row, info.context.viewer) if row else None

    @classmethod
    def of(cls, row: models.Question) -> Self:
        return cls(id=strawberry.ID(str(row.id)), row=row)


@strawberry.type(description="An answer of the business, as its client sees it.")
class PublicAnswer:
    author: str = inner_field("row.author", "Who answered.")
    text: str = inner_field("row.text", "The answer: plain text with line breaks.")
    answered_at: datetime = inner_field("row.answered_at", "When it was written.")
    row: strawberry.Private[models.Answer]


@strawberry.type(description="A question about a document, as anyone with its link sees it.")
class PublicQuestion:
    name: str = inner_field("row.name", "Who asked.")
    text: str = inner_field("row.text", "The question: plain text with line breaks.")
    asked_at: datetime = inner_field("row.asked_at", "When it was asked.")
    answers: list[PublicAnswer] = strawberry.field(description="The answers, oldest first.")
    row: strawberry.Private[models.Question]

    @classmethod
    def all_of(cls, rows: Sequence[models.Question]) -> list[Self]:
        """Return what clients may see of questions that were loaded with their answers."""
        return [
            cls(row=row, answers=[PublicAnswer(row=answer) for answer in row.loaded_answers])
            for row in rows
            if row.deleted_at is None
        ]


@strawberry.input(description="A client's question about a document.")
class AskQuestionInput:
    token: str = strawberry.field(
        description="The share token of an invoice, a quote, a credit note or a portal."
    )
    number: str | None = strawberry.field(
        default=None, description="The document's number. Required with a portal's token."
    )
    name: str = strawberry.field(description="Who asks, up to 200 characters.")
    email: str | None = strawberry.field(
        default=None,
        description="Where the answer is sent. Defaults to the customer's own address.",
    )
    text: str = strawberry.field(description="Plain text of up to 2,000 characters.")

    def draft(self, ip: str | None) -> QuestionDraft:
        return QuestionDraft(name=self.name, email=self.email, text=self.text, ip=ip)


@strawberry.type(description="The result of asking.")
class AskQuestionPayload:
    asked: bool = strawberry.field(
        description="Always true: the business has the question. Everything else is an error."
    )


@strawberry.input(description="An answer to a client's question.")
class AnswerQuestionInput:
    question_id: strawberry.ID = strawberry.field(description="The question's ID.")
    text: str = strawberry.field(description="Plain text of up to 5,000 characters.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of up to 64 characters that makes this request safe to repeat.",
    )


@strawberry.input(description="A question of a client.")
class QuestionRef:
    question_id: strawberry.ID = strawberry.field(description="The question's ID.")


@strawberry.type(description="The updated question.")
class QuestionPayload:
    question: Question = strawberry.field(description="The updated question.")

    @classmethod
    def of(cls, row: models.Question) -> Self:
        return cls(question=Question.of(row))
