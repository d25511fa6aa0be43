"""A document's PDF as a response: validators, file names, and clients that go away."""

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
from errors import Busy
from pdf.documents import PdfDocument
from services.billing.pdf_documents import filename_of

_MEDIA_TYPE: Final = "application/pdf"
_ETAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
"""RFC 9110 8.8.3; a 304 compares weakly, that is without what says that a tag is weak (13.1.2)."""
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9 !#$&'()+,.;=@\[\]^_`{}~-]")
"""What no quoted string of a header's parameter should have."""
_AFTER_THE_END: Final = 5
"""Seconds after which somebody else serves whom a server that ends has cut off."""


async def pdf_response(
    request: Request,
    document: PdfDocument,
    count: Callable[[], Awaitable[None]] | None = None,
    client_info: str | None = None,
) -> Response:
    """Answer with the PDF of `document`; it is rendered, and counted, only if it is wanted.

    Who has it is told so (RFC 9110 13.1.2), and HEAD gets the headers that are known without.
    """
    tag = f'"{document.fingerprint()}"'
    headers = {"etag": tag}
    if _has(request.headers, tag):
        return Response(status_code=304, headers=headers)
    headers["content-disposition"] = disposition(filename_of(document))
    if request.method == "HEAD":
        response = Response(headers=headers, media_type=_MEDIA_TYPE)
        del response.headers["content-length"]  # it would be 0
        return response
    if count:
        await count()
    try:
        content = await _unless_gone(
            request, services_of(request).pdf.render(document, client_info=client_info)
        )
    except asyncio.CancelledError:
        # The server ends and lets go of whom it can't serve in time.
        raise Busy(retry_after=_AFTER_THE_END) from None
    return Response(content, headers=headers, media_type=_MEDIA_TYPE)


async def _unless_gone(request: Request, rendering: Coroutine[Any, Any, bytes]) -> bytes:
    """Return what is rendered, or nothing once the client has gone: it gives up its place."""
    task, gone = asyncio.create_task(rendering), asyncio.create_task(_disconnect(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return b"" if not task.done() else task.result()
    finally:
        task.cancel()
        gone.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _disconnect(request: Request) -> None:
    """Wait until the client goes away."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _has(headers: Headers, tag: str) -> bool:
    """Whether If-None-Match says that the client has what `tag` stands for."""
    said = ", ".join(headers.getlist("if-none-match"))
    return said.strip() == "*" or tag in _ETAG.findall(said)


def disposition(filename: str) -> str:
    """Return the Content-Disposition that shows a file, and saves it under its name (RFC 6266).

    Old programs get a name in ASCII, all others the true one (RFC 8187).
    """
    plain = unicodedata.normalize("NFKD", filename)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _NOT_PLAIN.sub("_", plain)
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
