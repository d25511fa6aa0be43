"""PDFs as responses: ETags, file names, and clients that disconnect."""

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from pdf.documents import PdfDocument
from services.billing.pdf_documents import filename_of

_MEDIA_TYPE: Final = "application/pdf"
_ETAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
"""RFC 9110 8.8.3. If-None-Match compares weakly, so the `W/` prefix is ignored (13.1.2)."""
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9 !#$&'()+,.;=@\[\]^_`{}~-]")
"""Characters that a quoted string in a header shouldn't contain."""


async def pdf_response(
    request: Request,
    document: PdfDocument,
    count: Callable[[], Awaitable[None]] | None = None,
    client: str | None = None,
) -> Response:
    """Return the PDF of `document`, rendering and counting it only if the client needs it.

    Browsers show it, or save it if the query has `download`, since links on pages of other origins
    can't choose. A client that has it already gets a 304 (RFC 9110 13.1.2). HEAD gets the headers
    that are known without rendering.
    """
    tag = f'"{document.fingerprint()}"'
    headers = {"etag": tag}
    if matches(request.headers, tag):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = disposition(
        filename_of(document), is_saved="download" in request.query_params
    )
    if request.method == "HEAD":
        response = Response(headers=headers, media_type=_MEDIA_TYPE)
        del response.headers["content-length"]  # it would be 0
        return response
    if count:
        await count()
    content = await _render_unless_disconnected(
        request, services_of(request).pdf.render(document, client=client)
    )
    return Response(content, headers=headers, media_type=_MEDIA_TYPE)


async def _render_unless_disconnected(
    request: Request, rendering: Coroutine[Any, Any, bytes]
) -> bytes:
    """Return the PDF, or b"" if the client disconnects, which cancels the rendering."""
    task = asyncio.create_task(rendering)
    disconnect = asyncio.create_task(_disconnect(request))
    try:
        await asyncio.wait({task, disconnect}, return_when=asyncio.FIRST_COMPLETED)
        return b"" if not task.done() else task.result()
    finally:
        task.cancel()
        disconnect.cancel()
        await asyncio.gather(task, disconnect, return_exceptions=True)


async def _disconnect(request: Request) -> None:
    """Wait until the client disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def matches(headers: Headers, tag: str) -> bool:
    """Whether If-None-Match contains `tag`."""
    condition = ", ".join(headers.getlist("if-none-match"))
    return condition.strip() == "*" or tag in _ETAG.findall(condition)


def disposition(filename: str, *, is_saved: bool = False) -> str:
    """Return the Content-Disposition that shows a file or saves it, by its name (RFC 6266).

    Old programs read the ASCII name, all others the full one (RFC 8187).
    """
    plain = unicodedata.normalize("NFKD", filename)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _NOT_PLAIN.sub("_", plain)
    kind = "attachment" if is_saved else "inline"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
