"""Where the forms on clients' pages are sent that ask the business about a document."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from context import services_of
from core.urls import PATHS
from errors import NotFound, PortalError
from services.ledger.document_numbers import Document
from services.sharing.questions import ask
from web.http.client_info import client_info_of
from web.public.asking import ASKED, RefusedQuestion, read_question, refusal_headers
from web.public.pages import (
    CreditNotePage,
    InvoicePage,
    find_credit_note,
    find_invoice,
    render_credit_note,
    render_invoice,
)
from web.public.quotes import QuotePage, find_quote, render_quote


async def ask_about_invoice(request: Request) -> Response:
    """Ask about the invoice that the path names. Raises NotFound."""
    link = await find_invoice(request)

    async def show(refused: RefusedQuestion) -> Response:
        page = InvoicePage(
            link=link,
            question=refused,
            status=refused.error.status,
            headers=refusal_headers(refused.error),
        )
        return await render_invoice(request, page)

    return await _ask(request, link.invoice, link.url(PATHS), show)


async def ask_about_quote(request: Request) -> Response:
    """Ask about the quote that the path names. Raises NotFound."""
    link = await find_quote(request)

    async def show(refused: RefusedQuestion) -> Response:
        return await render_quote(request, QuotePage(link=link, question=refused))

    return await _ask(request, link.quote, link.url(PATHS), show)


async def ask_about_credit_note(request: Request) -> Response:
    """Ask about the credit note that the path names. Raises NotFound."""
    link = await find_credit_note(request)

    async def show(refused: RefusedQuestion) -> Response:
        return await render_credit_note(request, CreditNotePage(link=link, question=refused))

    return await _ask(request, link.note, link.url(PATHS), show)


async def _ask(
    request: Request,
    document: Document,
    url: str,
    show: Callable[[RefusedQuestion], Awaitable[Response]],
) -> Response:
    """Ask, and return to the page at `url`, or show it again with what is wrong."""
    client_info, typed = client_info_of(request), await read_question(request)
    try:
        await services_of(request).message_limits.count(document.id, client_info)
        await ask(document, request.path_params["token"], typed.draft(client_info.ip))
    except NotFound:
        raise
    except PortalError as error:
        return await show(RefusedQuestion(typed, error))
    return RedirectResponse(f"{url}?{ASKED}=yes#questions", 303)
