"""Answers of staff to clients' questions."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from auth.staff import Staff
from db.statements import database_time
from db.transactions import transactional
from errors import Conflict, Text
from models import (
    Answer,
    AuditAction,
    Customer,
    DeliveryState,
    EmailDelivery,
    InvoiceChange,
    MailKind,
    Question,
    SubjectType,
    WebhookDelivery,
)
from services.common import audit_log, idempotency
from services.common.lookups import get_owned, lock_document
from services.common.notices import EMAILS_QUEUED
from services.common.validation import clean
from services.email.daily_limits import DailyLimits, DailyQuota
from services.email.email_content import OPTED_OUT
from services.email.preferences import preference_for
from services.ledger.document_numbers import REFERENCES, Document
from services.ledger.invoice_events import record_event

MAX_ANSWER: Final = 5000
"""Characters of an answer."""
_MAX_ANSWERS: Final = 50
"""Answers to one question."""


@transactional
async def answer_question(
    staff: Staff,
    question_id: str,
    text: str,
    *,
    limits: DailyLimits,
    idempotency_key: str | None = None,
) -> Question:
    """Answer a question, which the client sees on the document's page and gets by e-mail.

    The e-mail goes to the address that the client gave, or else to the customer's own. So a
    stranger who has a link can have an e-mail sent to any address, but only once staff answer, to
    one address for each question, and with nothing that the stranger has typed. Raises NotFound,
    BadInput, Conflict for a question that is deleted or has 50 answers, and RateLimited over the
    day's limit of e-mails.
    """
    request = idempotency.identify(idempotency_key, question_id, text)
    if earlier := await idempotency.find_earlier(Answer, staff, request):
        return await Question.get(id=earlier.question_id)
    quota = await limits.lock(staff)
    cleaned = clean(text, "text", most=MAX_ANSWER, multiline=True)
    question, document = await _lock(staff, question_id)
    if question.deleted_at is not None:
        raise Conflict(Text("This question was deleted."))
    if await Answer.filter(question_id=question.id).count() >= _MAX_ANSWERS:
        raise Conflict(Text("This question has too many answers."))
    now = await database_time()
    answer = await Answer.create(
        company_id=staff.company_id,
        question_id=question.id,
        author=staff.name,
        text=cleaned,
        answered_at=now,
        **request.columns,
    )
    await _queue(quota, answer, question, document)
    await _mark_answered(staff, question, document, now, answer.id)
    return question


async def _queue(quota: DailyQuota, answer: Answer, question: Question, document: Document) -> None:
    """Queue the e-mail with an answer, unless there is no address or it has opted out."""
    customer = await Customer.get(id=question.customer_id)
    address = question.email or customer.email
    if address is None:
        return
    language = document.language or customer.language_with(quota.company)
    preference = await preference_for(answer.company_id, address, language)
    columns: dict[str, Any] = {"status": DeliveryState.SKIPPED, "detail": OPTED_OUT}
    if preference.allows(MailKind.ANSWER.category):
        await quota.require(1)
        columns = {"next_attempt_at": answer.answered_at}
    await EmailDelivery.create(
        company_id=answer.company_id,
        customer_id=customer.id,
        answer_id=answer.id,
        kind=MailKind.ANSWER,
        recipient=preference.address,
        **columns,
    )
    EMAILS_QUEUED.send_after_commit(answer.company_id)


async def load_deliveries(answer_ids: list[UUID]) -> list[EmailDelivery | None]:
    """Return the e-mail with each answer, in one statement; None if there is none."""
    rows = {row.answer_id: row for row in await EmailDelivery.filter(answer_id__in=answer_ids)}
    return [rows.get(answer_id) for answer_id in answer_ids]


@transactional
async def close_question(staff: Staff, question_id: str) -> Question:
    """Take a question off the list of those that wait for an answer. Raises NotFound."""
    question, document = await _lock(staff, question_id)
    if question.answered_at is None:
        await _mark_answered(staff, question, document, await database_time())
    return question


@transactional
async def delete_question(staff: Staff, question_id: str) -> Question:
    """Delete what the client wrote in a question, and the answers to it. Raises NotFound.

    What is left says that there was a question, and when. E-mails and webhooks that wait are not
    sent. Does nothing to a deleted question.
    """
    question, document = await _lock(staff, question_id)
    if question.deleted_at is not None:
        return question
    now = await database_time()
    question.update_from_dict(
        {"name": "", "text": "", "email": None, "ip": None, "deleted_at": now}
        | {"answered_at": question.answered_at or now}
    )
    await question.save()
    await Answer.filter(question_id=question.id).update(text="", deleted_at=now)
    # Payloads have the client's words. A delivery is never older than what it is about.
    await WebhookDelivery.filter(
        company_id=staff.company_id,
        subject_type=SubjectType.QUESTION,
        subject_id=str(question.id),
        queued_at__gte=question.asked_at,
    ).delete()
    await audit_log.note(staff, AuditAction.QUESTION_DELETED, question.id, document.name)
    await record_event(
        document, InvoiceChange.QUESTION_DELETED, actor=staff.name, subject_id=question.id
    )
    return question


async def _lock(staff: Staff, question_id: str) -> tuple[Question, Document]:
    """Lock a question after its customer and document, and return it with the document.

    Raises NotFound.
    """
    found = await get_owned(Question, staff, question_id)
    [model] = [model for model, column in REFERENCES.items() if getattr(found, column)]
    document = await lock_document(model, staff, str(found.document_id))
    return await get_owned(Question, staff, question_id, lock=True), document


async def _mark_answered(
    staff: Staff,
    question: Question,
    document: Document,
    now: datetime,
    answer_id: UUID | None = None,
) -> None:
    if question.answered_at is None:
        question.answered_at = now
        await question.save(update_fields=["answered_at"])
    await record_event(
        document, InvoiceChange.QUESTION_ANSWERED, actor=staff.name, subject_id=answer_id
    )
