"""Asking questions about shared documents, and answering them."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from errors import worded_in
from schema.permissions import Requires
from schema.questions import (
    AnswerQuestionInput,
    AskQuestionInput,
    AskQuestionPayload,
    QuestionPayload,
    QuestionRef,
)
from services.email import answers
from services.sharing.questions import ask


@strawberry.type
class QuestionMutations:
    @strawberry.mutation(
        description="Asks the business a question about a document. The same question within a day "
        "is asked once. Up to 10 questions a day can be asked about a document, and 30 "
        "about all of a customer's; more are refused with RATE_LIMITED."
    )
    async def ask_question(
        self,
        info: Info,
        input: Annotated[AskQuestionInput, strawberry.argument(description="The question.")],
    ) -> AskQuestionPayload:
        context = info.context
        services, client_info = context.services, context.client_info
        document = await services.tokens.find_document(
            input.token, client_info, number=input.number
        )
        with worded_in(document.written_in):
            await services.message_limits.count(document.id, client_info)
            await ask(document, input.token, input.draft(client_info.ip))
        return AskQuestionPayload(asked=True)

    @strawberry.mutation(
        description="Answers a client's question. The client sees the answer on the document's "
        "page and gets it by e-mail.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def answer_question(
        self,
        info: Info,
        input: Annotated[AnswerQuestionInput, strawberry.argument(description="The answer.")],
    ) -> QuestionPayload:
        row = await answers.answer_question(
            info.context.staff,
            input.question_id,
            input.text,
            limits=info.context.services.email_limits,
            idempotency_key=input.idempotency_key,
        )
        return QuestionPayload.of(row)

    @strawberry.mutation(
        description="Takes a question off the list of those that wait for an answer, for example "
        "because it was answered on the phone.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def close_question(
        self,
        info: Info,
        input: Annotated[QuestionRef, strawberry.argument(description="The question.")],
    ) -> QuestionPayload:
        return QuestionPayload.of(
            await answers.close_question(info.context.staff, input.question_id)
        )

    @strawberry.mutation(
        description="Deletes what a client wrote in a question, for example personal data, and "
        "the answers to it. The client no longer sees it; staff see that there was one. E-mails "
        "and webhooks that were already sent can't be taken back.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def delete_question(
        self,
        info: Info,
        input: Annotated[QuestionRef, strawberry.argument(description="The question.")],
    ) -> QuestionPayload:
        return QuestionPayload.of(
            await answers.delete_question(info.context.staff, input.question_id)
        )
