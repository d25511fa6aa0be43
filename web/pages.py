"""The pages that a link opens."""

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from structlog import get_logger

from auth.visitor import Visitor, visitor_of
from context import Services
from errors import PortalError
from models import ViewSource
from schema.public_invoice import PublicInvoice
from services.documents import lines_of
from web.templating import render

log = get_logger(__name__)


def _visitor(request: Request) -> Visitor:
    services: Services = request.app.state.services
    peer = request.client.host if request.client else None
    proxies = services.settings.trusted_proxies
    return visitor_of(peer, request.method, request.headers, proxies)


async def invoice_page(request: Request) -> Response:
    """Show the invoice behind a link, and record the open once the page is on its way."""
    services: Services = request.app.state.services
    token, visitor = request.path_params["token"], _visitor(request)
    row = await services.doorman.find_shared_invoice(token, visitor)
    pdf_url = f"{services.settings.invoice_url(token)}.pdf"
    response = render(
        request,
        "invoice.html",
        {"invoice": PublicInvoice.of(row, await lines_of(row), pdf_url)},
    )
    response.background = BackgroundTask(_record, services, token, visitor, _source(request))
    return response


async def _record(services: Services, token: str, visitor: Visitor, source: ViewSource) -> None:
    """Record an open; the page has been sent, so nobody is left to be told of a failure."""
    try:
        await services.viewing.record(token, visitor, source=source)
    except PortalError:
        return
    except Exception:
        log.exception("page.view_not_recorded")


def _source(request: Request) -> ViewSource:
    said = request.query_params.get("source", "").upper()
    return ViewSource(said) if said in ViewSource.__members__ else ViewSource.LINK


async def robots(_: Request) -> Response:
    """Disallow nothing: a crawler that may not read a page does not see its noindex either."""
    return PlainTextResponse("User-agent: *\nDisallow:\n")
