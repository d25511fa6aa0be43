"""PDFs as responses, and clients that disconnect while one is rendered."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from context import services_of
from pdf.documents import PdfDocument
from services.billing.pdf_documents import filename_of
from web.http.file_responses import Count, CreatedFile, file_response


async def pdf_response(
    request: Request,
    document: PdfDocument,
    count: Count | None = None,
    client: str | None = None,
) -> Response:
    """Return the PDF of `document`, which is rendered only if the client needs it.

    Browsers show it, or save it if the query has `download`, since links on pages of other origins
    can't choose.
    """

    async def render() -> bytes:
        return await _render_unless_disconnected(
            request, services_of(request).pdf.render(document, client=client)
        )

    file = CreatedFile(
        fingerprint=document.fingerprint(),
        name=filename_of(document),
        media_type="application/pdf",
        is_saved="download" in request.query_params,
        create=render,
    )
    return await file_response(request, file, count)


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
