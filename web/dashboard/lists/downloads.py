"""Lists as files: CSV, and the PDFs of documents in a zip. For sessions and API keys.

The query narrows them like the address of the list, or names rows as `id`.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from structlog import get_logger

from auth.browser_sessions import is_navigation
from auth.permissions import Permission
from auth.staff import Staff, authenticate
from context import services_of
from errors import BadInput, Unauthenticated
from models import CreditNote, Invoice, Quote
from services.billing.lists.archives import find_ids, to_zip
from services.billing.lists.csv_exports import to_csv
from services.billing.pdf_documents import Row
from web.dashboard.lists.addresses import parse
from web.dashboard.lists.kinds import CREDIT_NOTES, CUSTOMERS, INVOICES, QUOTES, AnyFilter, ListKind
from web.dashboard.requests import redirect_to_sign_in
from web.http.file_responses import disposition
from web.http.session_cookie import authorization_of

_NEWEST: Final = "NEWEST"
_MODELS: Final[dict[str, type[Row]]] = {
    INVOICES.things: Invoice,
    QUOTES.things: Quote,
    CREDIT_NOTES.things: CreditNote,
}

log = get_logger(__name__)


class _Download(StreamingResponse):
    """A file that is made while it is sent. When it ends, however it does, `ended` is called."""

    def __init__(
        self,
        content: AsyncIterator[bytes],
        headers: Mapping[str, str],
        media_type: str,
        ended: Callable[[], None],
    ) -> None:
        super().__init__(content, headers=headers, media_type=media_type)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()


def _csv_of(kind: ListKind[Any]) -> Callable[[Request], Any]:
    async def download(request: Request) -> Response:
        staff = await _authenticate(request)
        if staff is None:
            return redirect_to_sign_in(request)
        listing = await _wanted(request, kind).listing(staff, _NEWEST)
        return await _respond(request, staff, kind, to_csv(listing), "csv", "text/csv")

    return download


def _zip_of(kind: ListKind[Any]) -> Callable[[Request], Any]:
    async def download(request: Request) -> Response:
        staff = await _authenticate(request)
        if staff is None:
            return redirect_to_sign_in(request)
        ids = await find_ids(await _wanted(request, kind).listing(staff, _NEWEST))
        services = services_of(request)

        async def render(document: Any) -> bytes:  # noqa: ANN401  # a PdfDocument
            return await services.pdf.render(document, client=str(staff.company_id))

        content = to_zip(_MODELS[kind.things], staff, ids, services.urls, render)
        return await _respond(request, staff, kind, content, "zip", "application/zip")

    return download


async def _authenticate(request: Request) -> Staff | None:
    """Return the caller, or None for a person who must sign in. Raises Unauthenticated."""
    try:
        staff = await authenticate(authorization_of(request))
    except Unauthenticated:
        if is_navigation(request.headers):
            return None
        raise
    staff.require(Permission.VIEW_INVOICES)
    return staff


def _wanted(request: Request, kind: ListKind[Any]) -> AnyFilter:
    """Return what the query narrows the list to. Raises BadInput if it can't be understood."""
    query = parse(kind, request.query_params)
    for name, message in query.errors.items():
        raise BadInput(message, field=name)
    wanted: AnyFilter = query.wanted
    return wanted


async def _respond(  # what a file consists of
    request: Request,
    staff: Staff,
    kind: ListKind[Any],
    content: AsyncIterator[bytes],
    extension: str,
    media_type: str,
) -> Response:
    """Respond with a file. Raises RateLimited for too many, or while another one is sent."""
    filename = f"{kind.file_name}-{staff.today}.{extension}"
    headers = {"content-disposition": disposition(filename, is_saved=True)}
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media_type)
    services, caller = services_of(request), staff.user_id or staff.credential_id
    await services.rate_limiter.hit(services.settings.rate_exports, "exports", str(caller))
    services.exports.begin(caller)
    log.info("list.exported", company_id=str(staff.company_id), list=kind.things, file=extension)
    return _Download(content, headers, media_type, lambda: services.exports.end(caller))


ROUTES: Final = (
    *(
        Route(kind.file_path("csv"), _csv_of(kind), methods=["GET"])
        for kind in (INVOICES, QUOTES, CREDIT_NOTES, CUSTOMERS)
    ),
    *(
        Route(kind.file_path("zip"), _zip_of(kind), methods=["GET"])
        for kind in (INVOICES, QUOTES, CREDIT_NOTES)
    ),
)
