"""Questions that clients ask about the documents behind their links."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from auth.staff import Staff, system_actor
from core.response_budget import ResponseBudget
from core.urls import Urls
from db.statements import database_time
from db.transactions import transactional
from errors import NotFound, RateLimited, Text, gather_refusals
from models import (
    Answer,
    CreditNote,
    Customer,
    Invoice,
    InvoiceChange,
    Question,
    Quote,
    SubjectType,
    WebhookEvent,
)
from services.common.lookups import lock_document
from services.common.validation import clean, clean_email
from services.common.webhook_events import Subject, publish
from services.ledger.document_numbers import REFERENCES, Document
from services.ledger.invoice_events import record_event

MAX_QUESTION: Final = 2000
"""Characters of a question."""
MAX_THREAD: Final = 50
"""Questions on the page of a document."""
_DAY: Final = timedelta(days=1)
_MAX_PER_DOCUMENT: Final = 10
_MAX_PER_CUSTOMER: Final = 30
"""Questions within a day."""
_TOO_MANY: Final = Text("You have asked many questions today. Please wait for an answer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDraft:
    """What a client asks."""

    name: str
    text: str
    email: str | None = None
    """Where the answer goes; None for the customer's own address."""
    ip: str | None = None

    def columns(self) -> dict[str, str | None]:
        """Return the columns of a question. Raises BadInput with all that is wrong."""
        with gather_refusals() as refusals:
            return {
                "name": refusals.of(clean, self.name, "name", most=200),
                "email": refusals.of(clean_email, self.email),
                "text": refusals.of(clean, self.text, "text", most=MAX_QUESTION, multiline=True),
                "ip": self.ip,
            }


@transactional
async def ask(shared: Document, token: str, draft: QuestionDraft) -> Question:
    """Add a question about a document that `token` opens, or return the same one of today.

    Raises NotFound if the link was revoked in the meantime, BadInput, and RateLimited if the
    document or its customer has many questions of the last day.
    """
    columns = draft.columns()
    actor = system_actor(shared.company_id, shared.company.name)
    document = await lock_document(type(shared), actor, str(shared.id))
    customer = await Customer.get(id=document.customer_id)
    if token not in {str(document.share_token), str(customer.portal_token)}:
        raise NotFound
    owner = {REFERENCES[type(document)]: document.id}
    now = await database_time()
    recent = Question.filter(customer_id=customer.id, asked_at__gt=now - _DAY)
    said = {name: columns[name] for name in ("name", "email", "text")}
    if same := await recent.filter(**owner, **said).first():
        return same
    await _require_below(recent.filter(**owner), _MAX_PER_DOCUMENT, now)
    await _require_below(recent, _MAX_PER_CUSTOMER, now)
    content: dict[str, Any] = columns | owner | {"asked_at": now}
    question = await Question.create(
        company_id=document.company_id, customer_id=customer.id, **content
    )
    if not document.has_questions:
        document.has_questions = True
        await document.save(update_fields=["has_questions"])
    publish(
        document.company_id,
        WebhookEvent.QUESTION_ASKED,
        Subject(SubjectType.QUESTION, question.id),
    )
    await record_event(document, InvoiceChange.QUESTION_ASKED, subject_id=question.id)
    return question


async def _require_below(recent: QuerySet[Question], most: int, now: datetime) -> None:
    """Raise RateLimited if there are so many, until the oldest of these is a day old."""
    newest = await recent.order_by("-asked_at").limit(most)
    if len(newest) < most:
        return
    until = newest[-1].asked_at + _DAY - now
    raise RateLimited(_TOO_MANY, retry_after=max(1, int(until.total_seconds()) + 1))


def page_of(document: Document, urls: Urls) -> str | None:
    """Return the page of a document that comes with its customer, if a link to one works."""
    kind, portal_token = type(document), document.customer.portal_token
    if document.share_token is not None:
        own: dict[type[Document], Callable[[object], str]] = {
            Invoice: urls.invoice,
            Quote: urls.quote,
            CreditNote: urls.credit_note,
        }
        return own[kind](document.share_token)
    if portal_token is None:
        return None
    in_portal: dict[type[Document], Callable[[object, str], str]] = {
        Invoice: urls.portal_invoice,
        Quote: urls.portal_quote,
        CreditNote: urls.portal_credit_note,
    }
    return in_portal[kind](portal_token, document.label)


# --- reading --------------------------------------------------------------------------------------


def questions(staff: Staff, *, answered: bool | None = None) -> QuerySet[Question]:
    """Return the company's questions, or those that are or aren't `answered`."""
    rows = Question.filter(company_id=staff.company_id)
    return rows if answered is None else rows.filter(answered_at__isnull=not answered)


@dataclass(frozen=True, slots=True)
class Thread:
    """The newest questions about a document with their answers, oldest first."""

    questions: Sequence[Question] = ()
    has_older: bool = False
    """Whether there were more than MAX_THREAD."""


async def load_thread(document: Document, *, with_deleted: bool = False) -> Thread:
    """Return what the page of a document shows of its questions, in two statements at most.

    Only staff see that some were deleted.
    """
    if not document.has_questions:
        return Thread()
    asked = _about([document.id])
    shown = asked if with_deleted else asked.filter(deleted_at=None)
    newest = await shown.order_by("-asked_at", "-id").limit(MAX_THREAD + 1)
    questions = newest[:MAX_THREAD][::-1]
    await _add_answers(questions)
    return Thread(questions, has_older=len(newest) > MAX_THREAD)


async def load_threads(document_ids: list[UUID], budget: ResponseBudget) -> list[list[Question]]:
    """Return the questions about each document with their answers, oldest first.

    It takes two statements for all documents.
    """
    asked = await _about(document_ids).order_by("asked_at", "id").limit(budget.max_rows)
    budget.spend_rows(len(asked))
    await _add_answers(asked, budget)
    threads: defaultdict[UUID, list[Question]] = defaultdict(list)
    for question in asked:
        threads[question.document_id].append(question)
    return [threads[document_id] for document_id in document_ids]


def _about(document_ids: list[UUID]) -> QuerySet[Question]:
    return Question.filter(
        Q(invoice_id__in=document_ids)
        | Q(quote_id__in=document_ids)
        | Q(credit_note_id__in=document_ids)
    )


async def _add_answers(questions: Sequence[Question], budget: ResponseBudget | None = None) -> None:
    answers = await load_answers([question.id for question in questions], budget)
    for question, own in zip(questions, answers, strict=True):
        question.loaded_answers = own


async def load_answers(
    question_ids: list[UUID], budget: ResponseBudget | None = None
) -> list[list[Answer]]:
    """Return the answers to each question, oldest first, in one statement at most."""
    if not question_ids:
        return []
    rows = Answer.filter(question_id__in=question_ids).order_by("answered_at", "id")
    answers = await (rows.limit(budget.max_rows) if budget else rows)
    if budget:
        budget.spend_rows(len(answers))
    by_question: defaultdict[UUID, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_question[answer.question_id].append(answer)
    return [by_question[question_id] for question_id in question_ids]
