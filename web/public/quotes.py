"""The page behind a client's link to a quote, and where its answers are sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from core.urls import PATHS
from errors import BadInput, NotFound, PortalError
from i18n.quotes import describe_answer
from models import QuoteStatus
from schema.public_quotes import PublicQuote
from services.billing.quote_answers import QuoteAnswer, answer_quote
from services.sharing.tokens import SharedQuote
from web.http.client_info import client_info_of
from web.http.languages import reader_language
from web.http.middleware import page_headers
from web.http.templating import render_client_page
from web.public.asking import (
    Asking,
    RefusedQuestion,
    errors_of,
    problem_of,
    read_fields,
    refusal_headers,
)
from web.public.numbers import number_of

_ANSWERS: Final = {"accept": True, "decline": False}
"""The values of the buttons, and whether they accept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAnswer:
    """What was entered, and the button that was pressed."""

    answer: str = ""
    name: str = ""
    purchase_order: str = ""
    note: str = ""

    def answer_from(self, ip: str | None) -> QuoteAnswer:
        """Return the answer. Raises BadInput for a button that isn't ours."""
        if self.answer not in _ANSWERS:
            raise BadInput(field="answer")
        return QuoteAnswer(
            accepts=_ANSWERS[self.answer],
            name=self.name,
            note=self.note,
            purchase_order=self.purchase_order,
            ip=ip,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What a quote's page shows of its answer, and of the forms that answer it."""

    action: str
    typed: TypedAnswer
    errors: Mapping[str, str]
    problem: str | None
    opens: str
    """Which of the ways to answer is open: accept, decline or ask."""
    sentence: str | None
    """Who answered it, and when."""
    note: str | None

    @classmethod
    def of(cls, page: "QuotePage") -> Self:
        """Return the view of a page's quote."""
        quote = page.link.quote
        language, day = quote.written_in, quote.decided_on
        errors = errors_of(page.error, language)
        return cls(
            action=f"{page.link.url(PATHS)}/answer",
            typed=page.typed,
            errors={_FIELDS.get(name, name): text for name, text in errors.items()},
            problem=problem_of(page.error, language),
            opens="ask" if page.question else page.typed.answer or "accept",
            sentence=None
            if day is None
            else describe_answer(
                accepted=quote.status is QuoteStatus.ACCEPTED,
                name=quote.answered_by,
                day=day,
                language=language,
            ),
            note=quote.answer_note,
        )


_FIELDS: Final = {"purchaseOrder": "purchase_order"}
"""The names of fields in the form that are others in errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotePage:
    """What a quote's page shows: the quote, and an answer or a question that was refused."""

    link: SharedQuote
    typed: TypedAnswer = TypedAnswer()
    error: PortalError | None = None
    question: RefusedQuestion | None = None


async def quote_page(request: Request) -> Response:
    """Show a quote, behind its own link or its customer's portal."""
    return await render_quote(request, QuotePage(link=await find_quote(request)))


async def answer(request: Request) -> Response:
    """Accept or decline the quote, and show it, or show the form again with what is wrong.

    Raises NotFound, and BadInput for a form that isn't ours.
    """
    services, client_info = services_of(request), client_info_of(request)
    link = await find_quote(request)
    fields = await read_fields(request, "answer", "name", "purchase_order", "note")
    typed = TypedAnswer(**fields)
    given = typed.answer_from(client_info.ip)
    try:
        await services.message_limits.count(link.quote.id, client_info)
        await answer_quote(link, given)
    except NotFound:
        raise
    except PortalError as error:
        link = await find_quote(request)  # somebody's answer may be why it was refused
        return await render_quote(request, QuotePage(link=link, typed=typed, error=error))
    return RedirectResponse(link.url(PATHS), 303)


async def find_quote(request: Request) -> SharedQuote:
    """Find the quote that the path names. Raises NotFound and RateLimited."""
    link = await services_of(request).tokens.find_quote(
        request.path_params["token"],
        client_info_of(request),
        number=number_of(request),
    )
    link.quote.read_in = reader_language(request, link.quote.written_in)
    return link


async def render_quote(request: Request, page: QuotePage) -> Response:
    """Render the page of a quote."""
    services, link, row = services_of(request), page.link, page.link.quote
    data = await services.public_documents.load_quote(link)
    quote = PublicQuote.of(data, services.urls)
    error = page.error or (page.question.error if page.question else None)
    return render_client_page(
        request,
        "quote.html",
        {
            "preview_note": None,
            "quote": quote,
            "business": quote.business,
            "answer": AnswerView.of(page),
            "asking": await Asking.of(request, row, link.url(PATHS), page.question),
            "portal_url": services.urls.portal(link.token) if link.is_portal else None,
            # In a portal, a quote has no link of its own that the client could pass on.
            "share_url": None if link.is_portal else data.url,
            "preview": quote.business.name,
        },
        error.status if error else 200,
        {
            **page_headers(services.settings, pays=False, has_scripts=True),
            **refusal_headers(error),
        },
        language=row.written_in,
        accent=row.company.accent,
        address=link.url(PATHS) if request.method == "POST" else "",
    )
