"""Answers of staff to clients' questions."""

from datetime import UTC, datetime
from typing import Final

from auth.staff import Staff
from db.transactions import transactional
from errors import Conflict, Text
from models import Answer, Invoice, InvoiceChange, Question
from services.common import idempotency
from services.common.lookups import get_owned
from services.common.validation import clean
from services.ledger.invoice_events import record_event

MAX_ANSWER: Final = 5000
"""Characters of an answer."""
_MAX_ANSWERS: Final = 50
"""Answers to one question."""


@transactional
async def answer_question(
    staff: Staff, question_id: str, text: str, *, idempotency_key: str | None = None
) -> Question:
    """Answer a question, which the client sees on the document's page.

    Raises NotFound, BadInput, and Conflict for a question with 50 answers.
    """
    request = idempotency.identify(idempotency_key, question_id, text)
    if earlier := await idempotency.find_earlier(Answer, staff, request):
        return await Question.get(id=earlier.question_id)
    cleaned = clean(text, "text", most=MAX_ANSWER, multiline=True)
    question = await get_owned(Question, staff, question_id, lock=True)
    if await Answer.filter(question_id=question.id).count() >= _MAX_ANSWERS:
        raise Conflict(Text("This question has too many answers."))
    await Answer.create(
        company_id=staff.company_id,
        question_id=question.id,
        author=staff.name,
        text=cleaned,
        **request.columns,
    )
    await _mark_answered(staff, question)
    return question


@transactional
async def close_question(staff: Staff, question_id: str) -> Question:
    """Take a question off the list of those that wait for an answer. Raises NotFound."""
    question = await get_owned(Question, staff, question_id, lock=True)
    if question.answered_at is None:
        await _mark_answered(staff, question)
    return question


async def _mark_answered(staff: Staff, question: Question) -> None:
    if question.answered_at is None:
        question.answered_at = datetime.now(UTC)
        await question.save(update_fields=["answered_at"])
    if question.invoice_id is not None:
        invoice = await Invoice.get(id=question.invoice_id)
        await record_event(invoice, InvoiceChange.QUESTION_ANSWERED, actor=staff.name)
