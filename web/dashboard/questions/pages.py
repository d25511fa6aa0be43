"""The list of clients' questions, and answering, closing and deleting one."""

from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from models import Question
from services.common.listings import newest_first
from services.common.lookups import get_owned
from services.common.pagination import BY_ASKED
from services.email import answers
from services.sharing.questions import questions
from services.sharing.streams import load_stream_cursors
from web.dashboard.documents.lookups import document_url
from web.dashboard.forms.fields import Field, Form, parse_text
from web.dashboard.forms.pages import Confirmation, confirmation_page, form_page
from web.dashboard.lists.pagination import PageLinks
from web.dashboard.requests import DashboardRequest, login_required

_PATH: Final = "/dashboard/questions"
_PAGE_SIZE: Final = 25
_PARENTS: Final = ("customer", "invoice", "quote", "credit_note")


class AnswerForm(Form):
    """What staff write back."""

    text = Field(
        "Answer",
        parse_text,
        required=True,
        max_length=answers.MAX_ANSWER,
        hint="It appears on your client's page. Everyone who has the link can read it.",
    )


@login_required(Permission.VIEW_INVOICES)
async def questions_page(request: DashboardRequest) -> Response:
    """Show the questions that wait for an answer, or all of them."""
    [cursors] = await load_stream_cursors([request.staff.company_id])
    shows_all = request.query.get("show") == "all"
    rows = questions(request.staff, answered=None if shows_all else False)
    page = await newest_first(
        rows.select_related(*_PARENTS), _PAGE_SIZE, request.query.get("after") or None, BY_ASKED
    )
    values = {
        "questions": [(row, document_url(row.document)) for row in page.rows],
        "shows_all": shows_all,
        "cursors": cursors,
        "pages": PageLinks.of(page, _PATH, {"show": "all"} if shows_all else {}),
    }
    return await request.render("questions/list.html", values)


@login_required(Permission.MANAGE_INVOICES)
async def answer_page(request: DashboardRequest) -> Response:
    """Show the question, and answer it."""
    question = await _get_question(request)
    form = AnswerForm(request.form, request.staff.language)
    url = _thread_url(question)

    async def answer() -> str:
        await answers.answer_question(
            request.staff,
            str(question.id),
            form.text.value,
            limits=request.services.email_limits,
            idempotency_key=form.idempotency_key,
        )
        return url

    values = {
        "form": form,
        "asked": question,
        "address": question.email or question.customer.email,
        "back_url": url,
    }
    return await form_page(request, "questions/answer.html", values, answer)


@login_required(Permission.MANAGE_INVOICES)
async def close_page(request: DashboardRequest) -> Response:
    """Ask, then take the question off the list of those that wait."""
    question = await _get_question(request)
    url = _thread_url(question)

    async def close() -> str:
        await answers.close_question(request.staff, str(question.id))
        return url

    confirmation = Confirmation(
        title=f"Close the question from {question.name}?",
        text="It leaves the list of open questions. We don't tell your client, and you can still"
        " answer it.",
        button="Close question",
        back_url=url,
    )
    return await confirmation_page(request, confirmation, close)


@login_required(Permission.MANAGE_INVOICES)
async def delete_question_page(request: DashboardRequest) -> Response:
    """Ask, then delete what the client wrote and the answers to it."""
    question = await _get_question(request)
    url = _thread_url(question)

    async def delete() -> str:
        await answers.delete_question(request.staff, str(question.id))
        return url

    confirmation = Confirmation(
        title="Delete this question?",
        text="What your client wrote, their name and address, and the answers are deleted for good."
        " Your client's page no longer shows them; you still see that there was a question. E-mails"
        " that were already sent can't be taken back.",
        button="Delete question",
        back_url=url,
        is_destructive=True,
    )
    return await confirmation_page(request, confirmation, delete)


async def _get_question(request: DashboardRequest) -> Question:
    question = await get_owned(Question, request.staff, request.path_id)
    await question.fetch_related(*_PARENTS)
    return question


def _thread_url(question: Question) -> str:
    return f"{document_url(question.document)}#questions"
