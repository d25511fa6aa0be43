"""The questions on a document's page, and the form that asks another one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from markupsafe import Markup
from starlette.requests import Request

from errors import BadInput, PortalError
from i18n.error_messages import in_language
from i18n.templates import moment_element
from i18n.translations import translations_for
from models import Question
from services.ledger.document_numbers import Document
from services.sharing.questions import QuestionDraft, Thread, load_thread
from web.http.body_limits import limit_body

MAX_BODY: Final = 64 * 1024
"""Bytes of a form: texts of 2,000 characters take up to nine bytes each."""
TOO_LARGE: Final = "This form is too large."
ASKED: Final = "asked"
"""The query parameter of a page to which a question has led."""


class Message(NamedTuple):
    """A question of a client, or an answer of the business."""

    is_own: bool
    text: str
    author: str
    moment: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedQuestion:
    """What was entered in the form."""

    name: str = ""
    email: str = ""
    text: str = ""

    def draft(self, ip: str | None) -> QuestionDraft:
        """Return the question to ask."""
        return QuestionDraft(name=self.name, email=self.email, text=self.text, ip=ip)


@dataclass(frozen=True, slots=True)
class RefusedQuestion:
    """A question that wasn't asked, and why."""

    typed: TypedQuestion
    error: PortalError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a page shows of a document's questions."""

    action: str
    """Where the form is sent."""
    messages: Sequence[Message]
    has_older: bool
    """Whether there are more than these."""
    typed: TypedQuestion
    errors: Mapping[str, str]
    """What is wrong with the fields, by their names."""
    problem: str | None
    """Why it was refused, if that isn't about a field."""
    is_asked: bool
    """Whether a question was just asked."""
    hint: str
    """Where the answer goes."""

    @classmethod
    async def of(
        cls, request: Request, document: Document, url: str, refused: RefusedQuestion | None
    ) -> Self:
        """Return the questions about a document, which comes with its parties.

        `url` is the path of its page.
        """
        language = document.written_in
        _ = translations_for(language).gettext
        error = refused.error if refused else None
        thread = await load_thread(document)
        return cls(
            action=f"{url}/questions",
            messages=_messages(document, thread),
            has_older=thread.has_older,
            typed=refused.typed if refused else TypedQuestion(name=document.buyer.name),
            errors=errors_of(error, language),
            problem=problem_of(error, language),
            is_asked=ASKED in request.query_params,
            hint=(
                _("The answer appears here and comes by e-mail.")
                if document.customer.email
                else _("The answer appears here. Enter your address to get it by e-mail, too.")
            ),
        )


def errors_of(error: PortalError | None, language: str) -> dict[str, str]:
    """Return what is wrong with the fields of a form, by their names."""
    if not isinstance(error, BadInput):
        return {}
    return {each.field: in_language(each.message, language) for each in error.all if each.field}


def problem_of(error: PortalError | None, language: str) -> str | None:
    """Return why a form was refused, unless that is about its fields."""
    if error is None or errors_of(error, language):
        return None
    return in_language(error.message, language)


def refusal_headers(error: PortalError | None) -> dict[str, str]:
    """Return the headers of a page that says why something was refused."""
    return {"retry-after": str(error.retry_after)} if error and error.retry_after else {}


async def read_question(request: Request) -> TypedQuestion:
    """Return what was entered. Raises BadInput for a form that isn't ours."""
    fields = await read_fields(request, "name", "email", "text")
    return TypedQuestion(**fields)


async def read_fields(request: Request, *names: str) -> dict[str, str]:
    """Return the texts of a form's fields; empty ones for those that it lacks.

    Raises BadInput for a field that comes twice, or with a file.
    """
    form = await limit_body(request, MAX_BODY, TOO_LARGE).form(max_files=0)
    values = {name: form.getlist(name) for name in names}
    if any(len(each) > 1 for each in values.values()):
        raise BadInput
    return {name: str(each[0]) if each else "" for name, each in values.items()}


def _messages(document: Document, thread: Thread) -> list[Message]:
    zone, language = document.company.time_zone, document.written_in
    _ = translations_for(language).gettext

    def message(question: Question) -> Message:
        moment = moment_element(question.asked_at, language, zone)
        return Message(is_own=True, text=question.text, author=question.name, moment=moment)

    messages = [(question.asked_at, message(question)) for question in thread.questions]
    for question in thread.questions:
        for answer in question.loaded_answers:
            author = _("%(name)s at %(business)s") % {
                "name": answer.author,
                "business": document.seller.name,
            }
            moment = moment_element(answer.answered_at, language, zone)
            reply = Message(is_own=False, text=answer.text, author=author, moment=moment)
            messages.append((answer.answered_at, reply))
    return [each for _, each in sorted(messages, key=lambda pair: pair[0])]
