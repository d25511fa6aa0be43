"""The pages that a link opens."""

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from structlog import get_logger

from auth.staff import Staff, authenticate
from auth.visitor import Visitor
from context import Services
from errors import PortalError, Unauthenticated
from models import ViewSource
from schema.public_invoice import PublicInvoice
from services.documents import lines_of
from web.templating import render
from web.visitors import visitor_behind

log = get_logger(__name__)


async def invoice_page(request: Request) -> Response:
    """Show the invoice behind a link, and record the open once the page is on its way."""
    services: Services = request.app.state.services
    token, visitor = request.path_params["token"], visitor_behind(request)
    row = await services.tokens.find_shared_invoice(token, visitor)
    pdf_url = f"{services.settings.invoice_url(token)}.pdf"
    response = render(
        request,
        "invoice.html",
        {"invoice": PublicInvoice.of(row, await lines_of(row), pdf_url)},
    )
    response.background = BackgroundTask(_record, request, token, visitor)
    return response


async def _record(request: Request, token: str, visitor: Visitor) -> None:
    """Record an open; the page has been sent, so nobody is left to be told of a failure."""
    services: Services = request.app.state.services
    try:
        staff = await _staff(request.headers.get("authorization"))
        await services.viewing.record(token, visitor, source=_source(request), staff=staff)
    except PortalError:
        return
    except Exception:
        log.exception("page.view_not_recorded")


async def _staff(authorization: str | None) -> Staff | None:
    """Return who is looking, or None for a stranger."""
    try:
        return await authenticate(authorization)
    except Unauthenticated:
        return None


def _source(request: Request) -> ViewSource:
    said = request.query_params.get("source", "").upper()
    return ViewSource(said) if said in ViewSource.__members__ else ViewSource.LINK


async def robots(_: Request) -> Response:
    """Disallow nothing: a crawler that may not read a page does not see its noindex either."""
    return PlainTextResponse("User-agent: *\nDisallow:\n")
